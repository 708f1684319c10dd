import type { TSchema } from 'typebox';
import type { EventType } from '../core/events.ts';
import type { Json } from '../core/model.ts';
import type { RefusalCode } from '../core/refusals.ts';
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

/** What a message's id begins with: `client.` is said by clients, `server.` heard by them, `ack.` answers an acknowledgement. */
export type MessageId = `${'client' | 'server' | 'ack'}.${string}`;

type Ref = { readonly $ref: string };

type Message = {
  readonly name?: string;
  readonly title: string;
  readonly summary: string;
  readonly description?: string;
  readonly contentType: string;
  readonly payload: TSchema;
  readonly examples?: readonly { readonly payload: Json }[];
  readonly 'x-refusals'?: readonly { readonly code: string; readonly words: string }[];
};

type Operation = {
  readonly action: 'receive' | 'send';
  readonly channel: Ref;
  readonly title: string;
  readonly summary: string;
  readonly messages: readonly Ref[];
  readonly reply?: { readonly channel: Ref; readonly messages: readonly Ref[] };
};

type CloseRow = {
  readonly reason: CloseReason;
  /** Socket.IO: whether clients come back by themselves. WebSocket: whether coming back, with a new token if need be, helps. */
  readonly comesBack: boolean;
  /** Plain WebSockets show them; Socket.IO clients do not. */
  readonly code?: number;
  readonly words?: string;
};

export type AsyncApiDocument = {
  readonly asyncapi: '3.0.0';
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string };
  };
  readonly defaultContentType: 'application/json';
  readonly servers: { readonly [name: string]: object };
  readonly channels: {
    readonly connection: {
      readonly address: string;
      readonly title: string;
      readonly description: string;
      readonly messages: { readonly [id: string]: Ref };
      readonly parameters?: object;
      readonly bindings?: object;
      readonly 'x-client-code': string;
      readonly 'x-close-reasons': readonly CloseRow[];
    };
  };
  readonly operations: { readonly [id: string]: Operation };
  readonly components: {
    readonly securitySchemes: object;
    readonly messages: { readonly [id: string]: Message };
  };
};

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

/** What only HTTP is refused with: its requests ask for things that no socket can name, and its tokens are checked each time. */
const neverOnSockets: ReadonlySet<string> = new Set<RefusalCode>([
  'USER_NOT_FOUND',
  'WEBHOOK_NOT_FOUND',
  'CONVERSATION_TAKEN',
  'NOTIFICATION_NOT_FOUND',
  'CONVERSATION_EXISTS',
  'UNAUTHENTICATED',
]);

/** What coming back alone does not help against. */
const hopeless: ReadonlySet<CloseReason> = new Set(['unauthenticated', 'roomNotFound', 'revoked']);
/** After these, Socket.IO clients do not come back by themselves: they are told to stay away, or were never let in. */
const staysAway: ReadonlySet<CloseReason> = new Set([...hopeless, 'abuse', 'tooManyConnections']);

const channelRef: Ref = { $ref: '#/channels/connection' };
const inChannel = (id: MessageId): Ref => ({ $ref: `#/channels/connection/messages/${id}` });

/** `words`: of every refusal there is. `version`: of the API, in the document's own head. */
export function asyncApi(
  dialect: Dialect,
  {
    words,
    version,
    examples = {},
  }: { words: { readonly [code: string]: string }; version: string; examples?: Examples },
): AsyncApiDocument {
  const messages = new Map<MessageId, Message>();
  const operations: { [id: string]: Operation } = {};
  const isPlain = dialect.mount === '/ws/chat';

  const add = (id: MessageId, name: string, payload: TSchema, more: Partial<Message> = {}): Ref => {
    const summary = descriptionOf(payload);
    const shown = examples[id]?.map((example) => ({ payload: example }));
    const title = id.startsWith('ack.') ? `Acknowledgement of ${name}` : name || 'A message';
    const message: Message = {
      ...(id.startsWith('ack.') || name === '' ? {} : { name }),
      title,
      summary,
      contentType: 'application/json',
      payload,
      ...more,
      ...(shown && { examples: shown }),
    };
    // An answer may also be heard unasked: the row that says who hears it comes first.
    if (!messages.has(id)) messages.set(id, message);
    return inChannel(id);
  };

  const outbound = Object.values(dialect.outbound).flatMap((rows) =>
    rows === 'silent' ? [] : (rows as readonly Outbound<EventType>[]),
  );
  for (const row of outbound) {
    const ref = add(`server.${row.name}`, row.name, row.schema, { description: audienceOf(row) });
    operations[`hear.${row.name}`] = {
      action: 'send',
      channel: channelRef,
      title: row.name,
      summary: descriptionOf(row.schema),
      messages: [ref],
    };
  }

  const refusals = Object.entries(words)
    .filter(([code]) => !neverOnSockets.has(code))
    .map(([code, standard]) => ({ code, words: preciseWords(dialect, code) ?? standard }));
  const error = add('server.error', 'error', dialect.error.schema, {
    description:
      'A refusal answers a request on its own connection, and ends nothing. Words may be more precise than these.',
    'x-refusals': refusals,
  });
  const refusedAck = isPlain ? [] : [add('ack.error', 'what was refused', repeated('error', dialect.error.schema))];

  for (const [event, row] of Object.entries(dialect.inbound)) {
    const key = event || 'message';
    const answers = Object.entries(row.answers).map(([name, schema]) =>
      add(`server.${name}`, name, schema, { description: 'Heard by the connection that asked.' }),
    );
    const acks = isPlain ? [] : [add(`ack.${key}`, key, row.ack), ...refusedAck];
    operations[`say.${key}`] = {
      action: 'receive',
      channel: channelRef,
      title: event || 'Say something',
      summary: descriptionOf(row.schema),
      messages: [add(`client.${key}`, event, row.schema)],
      reply: { channel: channelRef, messages: [...answers, ...acks, error] },
    };
  }

  if (dialect.entrance) {
    const arrival = Object.entries(dialect.entrance.answers).map(([name, schema]) =>
      add(`server.${name}`, name, schema),
    );
    operations['hear.arrival'] = {
      action: 'send',
      channel: channelRef,
      title: 'Arrival',
      summary: 'What a connection hears first, in this order: who is there, what was said before, and its own coming.',
      messages: arrival,
    };
  }
  operations['hear.error'] = {
    action: 'send',
    channel: channelRef,
    title: 'error',
    summary: descriptionOf(dialect.error.schema),
    messages: [error],
  };
  if (!isPlain) {
    operations['hear.position'] = {
      action: 'send',
      channel: channelRef,
      title: 'position',
      summary: descriptionOf(bookmark),
      messages: [add('server.position', 'position', bookmark)],
    };
  }

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
        messages: Object.fromEntries(
          inReadingOrder([...messages]).map(([id]) => [id, { $ref: `#/components/messages/${id}` }]),
        ),
        ...(isPlain && { parameters: roomParameter, bindings: plainBindings }),
        'x-client-code': clientCode(dialect, examples),
        'x-close-reasons': closeRows(dialect, isPlain),
      },
    },
    operations: Object.fromEntries(inReadingOrder(Object.entries(operations))),
    components: {
      securitySchemes: isPlain ? plainSecurity : socketIoSecurity,
      messages: Object.fromEntries(inReadingOrder([...messages])),
    },
  };
}

function closeRows({ closes }: Dialect, isPlain: boolean): readonly CloseRow[] {
  const isFinal = isPlain ? hopeless : staysAway;
  return closeReasons
    .filter((reason) => isPlain || reason !== 'roomNotFound')
    .map((reason) => ({ reason, comesBack: !isFinal.has(reason), ...(isPlain && closes[reason]) }));
}

/** First what clients say, then what they hear, then acknowledgements; each in the order of the table. */
function inReadingOrder<T>(rows: readonly (readonly [string, T])[]): readonly (readonly [string, T])[] {
  const rank = (id: string): number => ['say', 'client', 'hear', 'server', 'ack'].indexOf(id.split('.')[0] ?? '');
  return rows.toSorted(([a], [b]) => rank(a) - rank(b));
}

function preciseWords(dialect: Dialect, code: string): string | undefined {
  return Object.entries(dialect.words ?? {}).find(([refused]) => refused === code)?.[1];
}

function audienceOf({ to, forSilentListeners }: Outbound): string {
  const silent = 'A connection of the namespace that has not said anything yet hears it too.';
  return forSilentListeners ? `${heardBy[to]} ${silent}` : heardBy[to];
}

function descriptionOf(schema: TSchema): string {
  const { description } = schema as { readonly description?: string };
  return description ?? '';
}
