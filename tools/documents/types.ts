import type { TSchema } from 'typebox';
import type { AsyncApiDocument } from '../../src/dialects/asyncapi-document.ts';
import { type DialectName, dialectNames } from '../../src/dialects/dialect.ts';
import { asyncApiOf } from './asyncapi.ts';
import { typeOf } from './schema-type.ts';

/** The types of each dialect's events, from the same schemas as its document; each file stands alone. */

export const typePages = dialectNames.map((name) => ({
  path: `types/${name}.d.ts`,
  make: async () => typesOf(name, await asyncApiOf(name)),
}));

function typesOf(name: DialectName, document: AsyncApiDocument): string {
  const said = payloadsOf(document, 'client.');
  const heard = payloadsOf(document, 'server.');
  const head = [
    `/** What ${document.info.title.replace(/^Parlance: /, '')} clients say and hear. Made from src/dialects/${name}/ by \`npm run docs\`. */`,
    '',
    '/** What clients say. */',
    `export type ClientPayloads = ${said};`,
    '',
    '/** What clients hear. */',
    `export type ServerPayloads = ${heard};`,
    '',
  ];
  const isPlain = document.channels.connection.address.startsWith('/ws/');
  return [...head, ...(isPlain ? plain : socketIo(payloadsOf(document, 'ack.')))].join('\n');
}

/** An object type of the payloads of all messages of a kind, by the name of their event. */
function payloadsOf(document: AsyncApiDocument, kind: 'client.' | 'server.' | 'ack.'): string {
  const properties: { [event: string]: TSchema } = {};
  for (const [id, { payload, summary }] of Object.entries(document.components.messages)) {
    const event = id.slice(kind.length);
    // A refusal is the other answer to everything, and stands beside the acknowledgements.
    if (!id.startsWith(kind) || id === 'ack.error') continue;
    properties[event] = { ...payload, description: summary };
  }
  return typeOf({ type: 'object', properties, required: Object.keys(properties) });
}

const plain = [
  '/** One message of the client, as JSON. */',
  "export type ClientFrame = ClientPayloads['message'];",
  '',
  '/** One message of the server, as JSON: told apart by `type`, and a refusal by having none. */',
  'export type ServerFrame = ServerPayloads[keyof ServerPayloads];',
  '',
];

const socketIo = (acknowledgements: string): readonly string[] => [
  '/** What acknowledgements are called with when the request was granted. */',
  `export type Acknowledgements = ${acknowledgements};`,
  '',
  '/** What an acknowledgement is called with when the request was refused. */',
  "export type Refused = { event: 'error'; data: ServerPayloads['error'] };",
  '',
  '/** The first parameter of socket.io-client’s `Socket`: what it can listen to. */',
  'export type ServerToClientEvents = {',
  '  [E in keyof ServerPayloads]: (payload: ServerPayloads[E]) => void;',
  '};',
  '',
  '/** The second parameter of socket.io-client’s `Socket`: what it can emit, with an acknowledgement or without. */',
  'export type ClientToServerEvents = {',
  '  [E in keyof ClientPayloads]: unknown extends ClientPayloads[E]',
  '    ? (payload?: unknown, acknowledge?: (answer: Acknowledgements[E] | Refused) => void) => void',
  '    : (payload: ClientPayloads[E], acknowledge?: (answer: Acknowledgements[E] | Refused) => void) => void;',
  '};',
  '',
  '/** The same for code that always asks for an acknowledgement: with these, `emitWithAck` is typed. */',
  'export type ClientToServerEventsWithAck = {',
  '  [E in keyof ClientPayloads]: (',
  '    payload: ClientPayloads[E],',
  '    acknowledge: (answer: Acknowledgements[E] | Refused) => void,',
  '  ) => void;',
  '};',
  '',
];
