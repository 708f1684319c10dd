import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import type { Json } from '../../src/core/model.ts';
import { type DialectName, dialectNames } from '../../src/dialects/dialect.ts';
import { mountOf } from '../harness/conformity.ts';
import type { OpenHouse, Settings } from '../harness/house.ts';
import { Raw } from '../security/raw.ts';
import { examplesOf, inboundEvents } from './dialects.ts';
import { nearJson, nearText } from './mutations.ts';
import { law, type Target } from './target.ts';

/** The whole server: whatever it is sent, it goes on, and what it logs as an error is a bug. */

/** As if nobody were in a hurry: limits are tried elsewhere, and would hide what is behind them here. */
export const patientSettings: Settings = {
  ...{ MESSAGES_PER_SECOND: '100000', EVENTS_PER_SECOND: '100000', CONVERSATIONS_PER_USER: '100000' },
  ...{ CONNECTIONS_PER_USER: '10000', ALLOWED_ORIGINS: 'https://app.example.com' },
};

export const liveTargetNames = ['live-frames', 'live-requests', 'live-forms', 'live-heads'] as const;

/** In the order of their names. */
export function liveTargets(house: OpenHouse): readonly Target[] {
  let errorsSeen = 0;
  const noErrors = (): void => {
    const lines = house.log.slice(errorsSeen);
    errorsSeen = house.log.length;
    const bug = lines.find((line) => Number((JSON.parse(line) as { level: unknown }).level) >= 50);
    law(bug === undefined, () => `logged ${bug?.slice(0, 2_000)}`);
  };
  let checks = 0;
  /** Of somebody else every now and then: it happens that one is banned, or revoked. */
  const token = (): string => house.token({ sub: `fuzz-${Math.floor(checks++ / 100)}`, role: 'ADMIN' });

  const frames: Target = {
    name: 'live-frames',
    inputs: fc.constantFrom(...dialectNames).chain((name) => {
      const frame = fc
        .constantFrom(...inboundEvents(name))
        .chain((event) => nearJson(examplesOf(name, event)).map((payload) => framed(name, event, payload)));
      const broken = frame.chain((text) => nearText([text]));
      const either = fc.oneof({ weight: 5, arbitrary: frame }, { weight: 1, arbitrary: broken });
      return fc.array(either, { minLength: 1, maxLength: 12 }).map((texts): Json => [name, ...texts]);
    }),
    async check(input) {
      const [name, ...texts] = input as [DialectName, ...string[]];
      const websocket = await opened(house.address, name, token());
      for (const text of texts) if (websocket.readyState === WebSocket.OPEN) websocket.send(text);
      // Answered when all before it has been read, or never, where one of them has ended the connection.
      if (websocket.readyState === WebSocket.OPEN) {
        websocket.ping();
        await Promise.race([once(websocket, 'pong'), once(websocket, 'close')]);
      }
      const health = await house.call('GET', '/health', 'nobody');
      law(health.status === 200, () => `health ${health.status}`);
      websocket.terminate();
      noErrors();
    },
  };

  const requests: Target = {
    name: 'live-requests',
    inputs: fc.constantFrom(...operations).chain(({ method, path }) => {
      const place = path.replaceAll(/\{\w+\}/g, '{}');
      const part = fc.oneof(fc.constantFrom('1', '123', 'fuzz-0', '%F0%9F%AB%96', '0', '-1'), oddPart);
      const query = fc.oneof(fc.constantFrom(...queries), nearText(queries).map(encoded));
      const body = method === 'GET' ? fc.constant('') : nearJson(bodies);
      return fc
        .tuple(fc.array(part, { minLength: 3, maxLength: 3 }), query, body, fc.constantFrom('host', 'user', 'nobody'))
        .map(([parts, query, body, who]): Json => {
          let used = 0;
          return [who, method, `${place.replaceAll('{}', () => parts[used++] ?? '1')}${query && `?${query}`}`, body];
        });
    }),
    async check(input) {
      const [who, method, path, body] = input as [string, string, string, string];
      const response = await fetch(house.address + path, {
        method,
        headers: {
          ...(who === 'host' ? house.hostHeaders : {}),
          ...(who === 'user' ? { authorization: `Bearer ${token()}` } : {}),
          ...(body === '' ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === '' ? {} : { body }),
        redirect: 'manual',
      });
      await response.arrayBuffer();
      law(response.status < 500, () => `${method} ${path} is answered ${response.status}`);
      noErrors();
    },
  };

  const forms: Target = {
    name: 'live-forms',
    inputs: nearText([form, `${form}${form}`, form.replace('name="file"', 'name="other"')]),
    async check(input) {
      using raw = new Raw(house.address);
      const body = Buffer.from(input as string, 'latin1');
      raw.socket.write(
        `POST /api/v1/files HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token()}\r\n` +
          `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      raw.socket.write(body);
      const answer = await raw.closed();
      law(/^HTTP\/1.1 [2-4]\d\d /.test(answer), () => `is answered ${answer.slice(0, 200)}`);
      noErrors();
    },
  };

  const heads: Target = {
    name: 'live-heads',
    inputs: nearText([
      'GET /api/v1/me?a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer x.y.z\r\nRange: bytes=0-\r\n\r\n',
      'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: token=x\r\nOrigin: http://x\r\n\r\n',
      'GET /ws/chat/den/?token=x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n\r\n',
    ]),
    async check(input) {
      using raw = new Raw(house.address);
      raw.socket.end(Buffer.from(input as string, 'latin1'));
      const answer = await raw.closed();
      law(!/^HTTP\/1.1 5\d\d /.test(answer), () => `is answered ${answer.slice(0, 200)}`);
      noErrors();
    },
  };

  return [frames, requests, forms, heads];
}

/** As the dialect's own clients write it. */
function framed(name: DialectName, event: string, payload: string): string {
  const mount = mountOf(name);
  if (mount === '/ws/chat') return payload;
  return `42${mount === '/' ? '' : `${mount},`}7[${JSON.stringify(event)},${payload}]`;
}

async function opened(address: string, name: DialectName, token: string): Promise<WebSocket> {
  const mount = mountOf(name);
  const isPlain = mount === '/ws/chat';
  const path = isPlain ? '/ws/chat/den/' : '/socket.io/?EIO=4&transport=websocket';
  const headers = { authorization: `Bearer ${token}` };
  const websocket = new WebSocket(address.replace('http', 'ws') + path, { headers });
  websocket.on('error', () => undefined);
  if (isPlain) {
    await once(websocket, 'open');
    return websocket;
  }
  const to = mount === '/' ? '' : `${mount},`;
  await once(websocket, 'message');
  websocket.send(`40${to}`);
  for (;;) {
    const [data] = (await once(websocket, 'message')) as [Buffer];
    if (data.toString().startsWith(`40${to}`)) return websocket;
  }
}

type Operation = { readonly method: string; readonly path: string };

/** All that is documented, except what makes the server call others: their addresses would be the fuzzer's. */
const operations: readonly Operation[] = Object.entries(
  (
    JSON.parse(readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')) as {
      paths: Readonly<Record<string, object>>;
    }
  ).paths,
).flatMap(([path, methods]) =>
  Object.keys(methods)
    .map((method) => ({ method: method.toUpperCase(), path }))
    .filter(({ method }) => method === 'GET' || !path.startsWith('/api/v1/webhooks')),
);

/** Short enough for a head: of longer ones the connection is cut, which `fetch` takes for a fault. */
const encoded = (text: string): string => encodeURI(text.toWellFormed()).replaceAll('#', '%23').slice(0, 4_000);
const oddPart = fc.oneof(
  fc.constantFrom(
    '%00',
    '%ff',
    '%',
    '..',
    '%2e%2e%2f',
    '__proto__',
    'constructor',
    'x'.repeat(300),
    '9007199254740993',
    '1e3',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => encodeURIComponent(text.toWellFormed()) || '0'),
);
const queries = [
  ...[
    '',
    'limit=2',
    'before=5',
    'after=5&limit=3',
    'cursor=WzUsImMiXQ',
    'q=tea',
    'q=tea*+-coffee&limit=5',
    'q=%22(tea',
  ],
  ...[
    'q=tea&since=2031-04-05T06:07:08Z&senderId=1',
    'userIds=1,2',
    'ids=1',
    'status=PENDING',
    'limit=1e999',
    'before=-1',
  ],
];
const bodies: readonly Json[] = [
  { kind: 'group', memberIds: ['1', 'fuzz-0'], title: 'Tea' },
  { kind: 'support', id: 'help', members: ['1'] },
  { id: 123, kind: 'group', members: [1, 2] },
  { senderId: 'fuzz-0', text: 'Hi', clientMessageId: 'c', metadata: { mood: 'merry' }, replyToId: '5' },
  { userId: '1', role: 'owner' },
  { upTo: '5', messageIds: ['5'] },
  { isArchived: true, isMuted: false },
  { name: 'Ann', email: 'ann@example.com', imageUrl: 'https://files.example.org/a.png' },
  { reason: 'spam', until: '2031-04-05T06:07:08Z' },
  { userId: '1', title: 'Kettle', message: 'It boils', type: 'kettle_boils' },
  { status: 'ACTIVE', adminId: '1', title: 'x' },
];
const form =
  '--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nbytes of it\r\n--b--\r\n';
