import type { EventType } from '../core/events.ts';
import type { Json } from '../core/model.ts';
import type { Dialect, Outbound } from './dialect.ts';

/** A first client of a dialect, to be copied: it connects, listens to everything, joins and speaks. */

/** Payloads that were really said and heard, by the id of their message. */
export type Examples = { readonly [id: string]: readonly Json[] };

/** JavaScript that runs as it stands, with `token` given. `examples`: without one of a request, nothing is said. */
export function clientCode(dialect: Dialect, examples: Examples): string {
  return dialect.mount === '/ws/chat' ? plainCode(examples) : socketIoCode(dialect, examples);
}

function socketIoCode(dialect: Dialect, examples: Examples): string {
  const heard = Object.values(dialect.outbound).flatMap((rows) =>
    rows === 'silent' ? [] : (rows as readonly Outbound<EventType>[]).map(({ name }) => name),
  );
  const saysFirst = ['JoinConversation', 'SendMessage'].flatMap((request) =>
    Object.entries(dialect.inbound).flatMap(([event, row]) => {
      const [example] = examples[`client.${event}`] ?? [];
      return row.request === request && example !== undefined ? [{ event, example }] : [];
    }),
  );
  const namespace = dialect.mount === '/' ? '' : dialect.mount;
  const hint = dialect.mount === '/' ? `, dialect: '${dialect.name}'` : '';
  return [
    `import { io } from 'socket.io-client';`,
    '',
    `const socket = io('http://localhost:8000${namespace}', { auth: { token${hint} } });`,
    '',
    `socket.on('connect_error', (error) => console.error('cannot connect:', error.message));`,
    `socket.on('error', (refusal) => console.error('refused:', refusal));`,
    `for (const event of ${literal([...new Set(heard)])}) {`,
    '  socket.on(event, (payload) => console.log(event, payload));',
    '}',
    '',
    ...saysFirst.map(({ event, example }) => `console.log(await socket.emitWithAck('${event}', ${literal(example)}));`),
  ].join('\n');
}

function plainCode(examples: Examples): string {
  const [example = { message: '' }] = examples['client.message'] ?? [];
  return [
    `const socket = new WebSocket(\`ws://localhost:8000/ws/chat/general/?token=\${token}\`);`,
    '',
    `socket.addEventListener('message', ({ data }) => {`,
    '  const frame = JSON.parse(data);',
    `  if ('error' in frame) console.error('refused:', frame.error);`,
    '  else console.log(frame.type, frame);',
    '});',
    `socket.addEventListener('close', ({ code, reason }) => console.log('closed:', code, reason));`,
    `socket.addEventListener('open', () => socket.send(JSON.stringify(${literal(example)})));`,
  ].join('\n');
}

const widthLimit = 80;

/** A value as people write it in JavaScript: on one line where that is short enough, names and texts with as few quotes as can be. */
function literal(value: Json, indent = ''): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const parts = (depth: string): string[] =>
    isList
      ? value.map((item: Json) => literal(item, depth))
      : Object.entries(value).map(([key, item]) => `${nameOf(key)}: ${literal(item as Json, depth)}`);
  const [open, close, space] = isList ? ['[', ']', ''] : ['{', '}', ' '];
  const short = `${open}${space}${parts(indent).join(', ')}${space}${close}`;
  if (short.length + indent.length <= widthLimit && !short.includes('\n')) return short;
  return `${open}\n${parts(inner)
    .map((part) => `${inner}${part},\n`)
    .join('')}${indent}${close}`;
}

const nameOf = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key));

const quoted = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
