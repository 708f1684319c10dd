import type { TSchema } from 'typebox';
import type { EventType } from '../core/events.ts';
import type { RefusalCode } from '../core/refusals.ts';
import type { AsyncApiDocument, CloseRow, Message, MessageId, Operation, Ref } from './asyncapi-document.ts';
import {
  aboutPlain,
  aboutSocketIo,
  bookmark,
  plainBindings,
  plainSecurity,
  roomParameter,
  serverOf,
  socketIoSecurity,
} from './asyncapi-transport.ts';
import { clientCode, type Examples } from './client-code.ts';
import { type Audience, type CloseReason, closeReasons, type Dialect, type Outbound, repeated } from './dialect.ts';

/**
 * Prints a dialect's table as an AsyncAPI 3 document, seen from the server: it receives what clients say, and sends what
 * they hear. Pure: the same table, words and examples give the same document.
 */

const heardBy: { readonly [A in Audience]: string } = {
  joined: 'Heard by every connection that has joined the conversation.',
  joinedOthers: 'Heard by every connection that has joined the conversation, but those of the user whose doing it is.',
  joinedAndActor:
    'Heard by every connection that has joined the conversation, and by all of the user whose doing it is.',
  members: 'Heard by every connection of every member of the conversation.',
  otherMembers: 'Heard by every connection of every member of the conversation, but those of the sender.',
  joinedAndParties:
    'Heard by every connection that has joined the conversation, and by all of its client and its admin.',
  user: 'Heard by every connection of the user whom it is about.',
  acquaintances: 'Heard by everyone else who shares a conversation with the user.',
};

/**
 * Which refusals a socket can meet. The others answer HTTP alone: it asks for things that no socket can name, and shows its token
 * with each request.
 */
const isMetOnSockets: { readonly [C in RefusalCode]: boolean } = {
  NOT_FOUND: true,
  MESSAGE_NOT_FOUND: true,
  FILE_NOT_FOUND: true,
  USER_NOT_FOUND: false,
  WEBHOOK_NOT_FOUND: false,
  NOTIFICATION_NOT_FOUND: false,
  FORBIDDEN: true,
  INVALID: true,
  MISSING_CONTENT: true,
  MALFORMED: true,
  TOO_LARGE: true,
  UNKNOWN_EVENT: true,
  BLOCKED: true,
  CONVERSATION_CLOSED: true,
  CONVERSATION_TAKEN: false,
  CONVERSATION_EXISTS: false,
  RATE_LIMITED: true,
  UNAVAILABLE: true,
  UNAUTHENTICATED: false,
};

/**
 * What helps after a connection was ended for this reason: `return`: to come back, which Socket.IO clients do by themselves;
 * `wait`: to come back later, which they do not do by themselves; `never`: nothing but another token or another room.
 */
const remedies: { readonly [R in CloseReason]: 'return' | 'wait' | 'never' } = {
  unauthenticated: 'never',
  roomNotFound: 'never',
  tokenExpired: 'return',
  revoked: 'never',
  abuse: 'wait',
  tooLarge: 'return',
  slowConsumer: 'return',
  tooManyConnections: 'wait',
  shutdown: 'return',
  broken: 'return',
};

const channelRef: Ref = { $ref: '#/channels/connection' };

/** `words`: of every refusal there is. `version`: of the API, in the document's own head. */
export function asyncApi(
  dialect: Dialect,
  {
    words,
    version,
    examples = {},
  }: { words: { readonly [C in RefusalCode]: string }; version: string; examples?: Examples },
): AsyncApiDocument {
  const isPlain = isPlainWebSocket(dialect);
  const messages = new Messages(examples);
  // In this order, since the first description of a message is the one that is shown.
  const heard = heardOperations(dialect, messages);
  const error = messages.add('server.error', 'error', dialect.error.schema, {
    description:
      'A refusal answers a request on its own connection, and ends nothing. Words may be more precise than these.',
    'x-refusals': refusalsOf(dialect, words),
  });
  const said = saidOperations(dialect, messages, error);
  const operations = {
    ...heard,
    ...said,
    ...arrivalOperation(dialect, messages),
    'hear.error': hear('error', descriptionOf(dialect.error.schema), [error]),
    ...(isPlain ? {} : positionOperation(messages)),
  };
  const shown = inReadingOrder(messages.all());
  return {
    asyncapi: '3.0.0',
    info: {
      title: `Parlance: ${dialect.title}`,
      version,
      description: isPlain ? aboutPlain : aboutSocketIo(dialect.mount, dialect.name),
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: { parlance: serverOf(isPlain) },
    channels: {
      connection: {
        address: isPlain ? '/ws/chat/{room}/' : dialect.mount,
        title: isPlain ? 'A room' : `Namespace ${dialect.mount}`,
        description: isPlain
          ? 'One WebSocket is one connection to one room. Each frame is one JSON object.'
          : 'One Socket.IO connection. An event has one argument, and an acknowledgement one answer.',
        messages: Object.fromEntries(shown.map(([id]) => [id, { $ref: `#/components/messages/${id}` }])),
        ...(isPlain && { parameters: roomParameter, bindings: plainBindings }),
        'x-client-code': clientCode(dialect, examples),
        'x-close-reasons': closeRows(dialect),
      },
    },
    operations: Object.fromEntries(inReadingOrder(Object.entries(operations))),
    components: {
      securitySchemes: isPlain ? plainSecurity : socketIoSecurity,
      messages: Object.fromEntries(shown),
    },
  };
}

type Operations = { readonly [id: string]: Operation };

/** The messages of a document, each once. */
class Messages {
  readonly #examples: Examples;
  readonly #byId = new Map<MessageId, Message>();

  constructor(examples: Examples) {
    this.#examples = examples;
  }

  /** Of a message that was added before, the first one stays: who hears it is said by the row that is heard unasked. */
  add(id: MessageId, name: string, payload: TSchema, more: Partial<Message> = {}): Ref {
    const isAck = id.startsWith('ack.');
    const examples = this.#examples[id]?.map((example) => ({ payload: example }));
    const message: Message = {
      ...(isAck || name === '' ? {} : { name }),
      title: isAck ? `Acknowledgement of ${name}` : name || 'A message',
      summary: descriptionOf(payload),
      contentType: 'application/json',
      payload,
      ...more,
      ...(examples && { examples }),
    };
    if (!this.#byId.has(id)) this.#byId.set(id, message);
    return { $ref: `#/channels/connection/messages/${id}` };
  }

  all(): readonly (readonly [MessageId, Message])[] {
    return [...this.#byId];
  }
}

function hear(title: string, summary: string, messages: readonly Ref[]): Operation {
  return { action: 'send', channel: channelRef, title, summary, messages };
}

/** What clients hear of events. */
function heardOperations(dialect: Dialect, messages: Messages): Operations {
  const operations: { [id: string]: Operation } = {};
  const rows = Object.values(dialect.outbound).flatMap((outbound) =>
    outbound === 'silent' ? [] : (outbound as readonly Outbound<EventType>[]),
  );
  for (const row of rows) {
    const ref = messages.add(`server.${row.name}`, row.name, row.schema, { description: audienceOf(row) });
    operations[`hear.${row.name}`] = hear(row.name, descriptionOf(row.schema), [ref]);
  }
  return operations;
}

/** What clients say, and how that is answered. */
function saidOperations(dialect: Dialect, messages: Messages, error: Ref): Operations {
  const operations: { [id: string]: Operation } = {};
  const hasAcks = !isPlainWebSocket(dialect);
  const refused = hasAcks
    ? [messages.add('ack.error', 'what was refused', repeated('error', dialect.error.schema))]
    : [];
  for (const [event, row] of Object.entries(dialect.inbound)) {
    const key = event || 'message';
    const answers = Object.entries(row.answers).map(([name, schema]) =>
      messages.add(`server.${name}`, name, schema, { description: 'Heard by the connection that asked.' }),
    );
    const acks = hasAcks ? [messages.add(`ack.${key}`, key, row.ack), ...refused] : [];
    operations[`say.${key}`] = {
      action: 'receive',
      channel: channelRef,
      title: event || 'Say something',
      summary: descriptionOf(row.schema),
      messages: [messages.add(`client.${key}`, event, row.schema)],
      reply: { channel: channelRef, messages: [...answers, ...acks, error] },
    };
  }
  return operations;
}

/** What a connection hears first where connecting is joining. */
function arrivalOperation({ entrance }: Dialect, messages: Messages): Operations {
  if (!entrance) return {};
  const refs = Object.entries(entrance.answers).map(([name, schema]) => messages.add(`server.${name}`, name, schema));
  const summary =
    'What a connection hears first, in this order: who is there, what was said before, and its own coming.';
  return { 'hear.arrival': hear('Arrival', summary, refs) };
}

function positionOperation(messages: Messages): Operations {
  const ref = messages.add('server.position', 'position', bookmark);
  return { 'hear.position': hear('position', descriptionOf(bookmark), [ref]) };
}

function refusalsOf(
  { words: precise }: Dialect,
  words: { readonly [C in RefusalCode]: string },
): NonNullable<Message['x-refusals']> {
  const codes = Object.keys(words) as RefusalCode[];
  return codes.filter((code) => isMetOnSockets[code]).map((code) => ({ code, words: precise?.[code] ?? words[code] }));
}

function closeRows(dialect: Dialect): readonly CloseRow[] {
  const isPlain = isPlainWebSocket(dialect);
  const comesBack = (reason: CloseReason): boolean =>
    isPlain ? remedies[reason] !== 'never' : remedies[reason] === 'return';
  return closeReasons
    .filter((reason) => isPlain || reason !== 'roomNotFound')
    .map((reason) => ({ reason, comesBack: comesBack(reason), ...(isPlain && dialect.closes[reason]) }));
}

function isPlainWebSocket({ mount }: Dialect): boolean {
  return mount === '/ws/chat';
}

/** First what clients say, then what they hear, then acknowledgements; each in the order of the table. */
function inReadingOrder<T>(rows: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  const rank = (id: string): number => ['say', 'client', 'hear', 'server', 'ack'].indexOf(id.split('.')[0] ?? '');
  return rows.toSorted(([a], [b]) => rank(a) - rank(b));
}

function audienceOf({ to, forSilentListeners }: Outbound): string {
  const silent = 'A connection of the namespace that has not said anything yet hears it too.';
  return forSilentListeners ? `${heardBy[to]} ${silent}` : heardBy[to];
}

function descriptionOf(schema: TSchema): string {
  const { description } = schema as { readonly description?: string };
  return description ?? '';
}
