import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, post, readAll, type ServerProcess, startProcess, tokenFor } from '../faults/process.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { quietMoment, until } from '../harness/until.ts';
import { programOf, proxyNames, type RunningProxy, startProxy } from './proxies.ts';
import { conversationId, RoomsSpeaker, SocketIoSpeaker, type Speaker } from './speakers.ts';

/** Two nodes behind each proxy, with the configurations that operators take. */

const timeout = 60_000;
const speakEveryMs = 25;
/** What a speaker may have said without an answer: a busy machine makes them slower, not breathless. */
const mostOutstanding = 5;

test('nginx and HAProxy are installed, or their tests are skipped where nobody promised them', () => {
  const missing = proxyNames.filter((name) => programOf(name) === undefined);
  if (missing.length > 0 && process.env.CI === 'true') throw new Error(`${missing.join(' and ')} must be installed.`);
});

describe.each(proxyNames)('behind %s', (name) => {
  if (programOf(name) === undefined) {
    test.skip(`skipped: ${name} is not installed (apt-get install nginx-light haproxy)`, () => {});
    return;
  }
  let dataDir = '';
  let nodes: ServerProcess[] = [];
  let proxy: RunningProxy;
  let speakers: Speaker[] = [];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'parlance-deploy-'));
    const DATABASE_URL = await (await sharedPostgres()).createDatabase();
    const settings = { DATABASE_URL, TRUST_PROXY: 'on', DRAIN_MS: '2000', ADMIN_ROLES: 'ADMIN' };
    nodes = await Promise.all(
      ['node1', 'node2'].map(async (NODE_NAME) =>
        startProcess(dataDir, { ...settings, NODE_NAME, PORT: String(await freePort()) }),
      ),
    );
    proxy = await startProxy(name, nodes);
    await post(proxy, '/conversations', { id: conversationId, kind: 'open', members: [] });
  }, timeout);
  afterAll(async () => {
    for (const speaker of speakers) speaker[Symbol.dispose]();
    await proxy?.[Symbol.asyncDispose]();
    for (const node of nodes) node.signal('SIGKILL');
    await Promise.all(nodes.map(({ ended }) => ended));
    await rm(dataDir, { recursive: true, force: true });
  }, timeout);

  test('a client is who the proxy says, whatever it claims itself', { timeout }, async () => {
    const form = new FormData();
    form.append('file', new Blob([Buffer.alloc(6_000_000, 'x')]), 'long.txt');
    const headers = {
      authorization: `Bearer ${tokenFor({ sub: '1' })}`,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
    };
    const response = await fetch(`${proxy.address}/api/v1/files`, { method: 'POST', headers, body: form });
    const { url } = (await response.json()) as { url: string };
    expect(url.startsWith(`${proxy.address}/files/`)).toBe(true);
  });

  test('a node stops under load, and nobody misses or doubles a word, in any dialect', { timeout }, async () => {
    const token = (sub: string) => tokenFor({ sub, name: `user ${sub}` });
    const websocket = ['websocket'];
    const polling = ['polling'];
    const ios = [
      new SocketIoSpeaker(proxy.address, 'kenz', token('1'), 'kenz', websocket),
      new SocketIoSpeaker(proxy.address, 'support', token('2'), 'support', websocket),
      new SocketIoSpeaker(proxy.address, 'direct', token('3'), 'direct', websocket),
      new SocketIoSpeaker(proxy.address, 'messaging', token('4'), 'messaging', websocket),
      new SocketIoSpeaker(proxy.address, 'messaging', token('5'), 'upgrading', ['polling', 'websocket']),
      new SocketIoSpeaker(proxy.address, 'messaging', token('6'), 'polling 1', polling),
      new SocketIoSpeaker(proxy.address, 'messaging', token('7'), 'polling 2', polling),
      new SocketIoSpeaker(proxy.address, 'support', token('8'), 'polling 3', polling),
    ];
    const rooms = [1, 2].map((n) => new RoomsSpeaker(proxy.address, token(`1${n}`), `rooms ${n}`));
    speakers = [...ios, ...rooms];
    for (const speaker of speakers) await speaker.entered();
    // In kenz nobody enters but by speaking, or by the host.
    await post(proxy, `/conversations/${conversationId}/members`, { userId: '1' });
    expect(new Set(ios.map(({ node }) => node))).toEqual(new Set(['node1', 'node2']));

    const speaking = speakers.map((speaker) =>
      setInterval(() => speaker.outstanding.size < mostOutstanding && speaker.say(), speakEveryMs),
    );
    await until(
      () => speakers.every(({ said, outstanding }) => said.length - outstanding.size > 5),
      () => JSON.stringify(speakers.map((speaker) => [speaker.name, speaker.said.length, speaker.outstanding.size])),
    );
    // Requests of polling clients have all come to their node: none was ever thrown out.
    expect(ios.map(({ connects }) => connects)).toEqual(ios.map(() => 1));

    const stopping = ios.find(({ name: one }) => one === 'polling 1')?.node === 'node1' ? 0 : 1;
    const stays = `node${2 - stopping}`;
    nodes[stopping]?.signal('SIGTERM');
    expect(await nodes[stopping]?.ended).toBe(0);
    await until(
      () => ios.every(({ node, socket }) => socket.connected && node === stays),
      () => `not all came to ${stays}: ${ios.map((one) => [one.name, one.node, one.socket.connected])}`,
    );
    await wait(500);
    for (const each of speaking) clearInterval(each);
    await until(
      () => speakers.every(({ outstanding }) => outstanding.size === 0),
      () => JSON.stringify(speakers.map((one) => [one.name, [...one.outstanding].slice(0, 3)])),
    );

    const log = await readAll(proxy, conversationId);
    const said = speakers.flatMap((speaker) => speaker.said);
    expect(log.map(({ text }) => text).sort()).toEqual(said.sort());
    const ids = log.map(({ id }) => Number(id));
    for (const speaker of speakers) {
      await until(
        () => speaker.heard.length >= ids.length,
        () => `${speaker.name} has heard ${speaker.heard.length} of ${ids.length}`,
      );
    }
    await quietMoment();
    for (const speaker of speakers)
      expect([speaker.name, speaker.heard.map(({ id }) => id)]).toEqual([speaker.name, ids]);
    expect(ios.map(({ lost }) => lost)).toEqual(ios.map(() => 0));
  });

  test('even about a node that is gone its log bears neither tokens nor addresses of files', { timeout }, async () => {
    const token = tokenFor({ sub: '1' });
    // One of the nodes is gone by now; for longer than a proxy believes it is, so that it looks again and says so.
    for (let n = 0; n < 10; n++) {
      await fetch(`${proxy.address}/files/the-secret-address-of-a-file?token=${token}`);
      await wait(250);
    }
    await until(
      () => /\b404\b/.test(proxy.log()),
      () => `no line: ${proxy.log()}`,
    );
    expect(proxy.log()).not.toContain(token);
    expect(proxy.log()).not.toContain('the-secret-address');
  });
});
