import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Answers, SocketRequest, SocketRequestType } from '../core/commands.ts';
import type { DomainEvent, EventOf, EventType } from '../core/events.ts';
import type { ConversationId, Json, Message, Position, TimeMs } from '../core/model.ts';
import type { Refusal, RefusalCode } from '../core/refusals.ts';

/**
 * The grammar of a dialect: the tables in which it says how each request, event, refusal and close reason looks on its wire.
 */

export const dialectNames = ['kenz', 'support', 'direct', 'messaging', 'rooms'] as const;
export type DialectName = (typeof dialectNames)[number];

/** One thing said on a wire: a Socket.IO event with one argument, or a WebSocket message that is the payload alone. */
export type Frame = { readonly name: string; readonly payload: Json };

/**
 * Who of a conversation's connections hears an event.
 * - `joined`: those that have joined it.
 * - `joinedOthers`: these, without the actor's own.
 * - `joinedAndActor`: those that have joined it, and the actor's wherever they are.
 * - `joinedAndParties`: those that have joined it, and the client's and the admin's wherever they are.
 * - `members`: every connection of every member.
 * - `otherMembers`: these, without the actor's own.
 * - `user`: the connections of the user whom the event is about.
 * - `acquaintances`: the connections of everyone else who shares a conversation with that user.
 */
export type Audience =
  | 'joined'
  | 'joinedOthers'
  | 'joinedAndActor'
  | 'members'
  | 'otherMembers'
  | 'joinedAndParties'
  | 'user'
  | 'acquaintances';

/** An event on its way out. `position` is absent for ephemeral ones. */
export type Heard<E extends DomainEvent = DomainEvent> = {
  readonly event: E;
  readonly at: TimeMs;
  readonly position?: Position;
};

/** One frame that an event becomes. */
export type Outbound<T extends EventType = EventType> = {
  readonly name: string;
  readonly to: Audience;
  readonly schema: TSchema;
  /** Pure, synchronous and total; undefined when there is nothing to say. */
  write(heard: Heard<EventOf<T>>): Json | undefined;
  /** Heard also by connections of the shared namespace that have not spoken any dialect yet. */
  readonly forSilentListeners?: true;
};

/** `silent`: this dialect has no words for the event. */
export type OutboundTable = { readonly [T in EventType]: readonly Outbound<T>[] | 'silent' };

/** What a request is answered with on its own connection. */
export type Answered = {
  /** Emitted to the asking connection, in this order. */
  readonly frames: readonly Frame[];
  /** What an acknowledgement, if the client asked for one, is called with after the frames. */
  readonly ack: Json;
};

/**
 * One inbound event: what it looks like, which request it is, how that is answered. `read` gets a payload that fits the
 * schema, and may still refuse it; it is pure and synchronous. `home` is the conversation that the connection entered by its
 * address, where the dialect has an {@link Entrance}; payloads of the others name one themselves.
 */
export type Inbound<T extends SocketRequestType = SocketRequestType> = {
  readonly request: T;
  readonly schema: TSchema;
  read(payload: unknown, home: ConversationId | undefined): Extract<SocketRequest, { type: T }> | Refusal;
  answer(answer: Answers[T], request: Extract<SocketRequest, { type: T }>, at: TimeMs): Answered;
  /** What tells of messages that come before the answer, where that tells of much. */
  earlier?(messages: readonly Message[]): readonly Frame[];
  /** The frames that `answer` may emit, by name, for documents and tests. */
  readonly answers: { readonly [name: string]: TSchema };
  /** What an acknowledgement is called with, for documents and tests. */
  readonly ack: TSchema;
  readonly asHeard?: AsHeard;
};

/**
 * For a request whose answer says the same as what those who hear the message are told, so that it is put into words only once.
 */
export type AsHeard = {
  /** What those who hear it are told by. */
  readonly event: string;
  /** The event that answers; without one only the acknowledgement says it. */
  readonly answer?: string;
};

/** Makes an inbound row whose `read` is typed by its schema. Without `ack`, an acknowledgement repeats the last of `answers`. */
export function inbound<S extends TSchema, T extends SocketRequestType>(row: {
  request: T;
  schema: S;
  read(payload: Static<S>, home: ConversationId | undefined): Extract<SocketRequest, { type: T }> | Refusal;
  answer(answer: Answers[T], request: Extract<SocketRequest, { type: T }>, at: TimeMs): Answered;
  earlier?(messages: readonly Message[]): readonly Frame[];
  answers?: { readonly [name: string]: TSchema };
  ack?: TSchema;
  asHeard?: T extends 'SendMessage' ? AsHeard : never;
}): AnyInbound {
  const { answers = {}, ack = ackOf(answers) } = row;
  return { ...row, answers, ack } as AnyInbound;
}

/** What {@link answeredBy} and {@link acknowledged} make of these answers. */
function ackOf(answers: { readonly [name: string]: TSchema }): TSchema {
  const last = Object.entries(answers).at(-1);
  return last ? repeated(...last) : nothingToSay;
}

const nothingToSay = Type.Object({}, { additionalProperties: false, description: 'It is done.' });

/** The form in which an acknowledgement repeats an event. */
export function repeated(event: string, data: TSchema): TSchema {
  const description = `What the event \`${event}\` says.`;
  return Type.Object(
    { event: Type.Literal(event, { description: 'The event.' }), data },
    { additionalProperties: false, description },
  );
}

/** Compiles a row's schema; called once when its mount is made, since compiling costs far more than checking. */
export function checkerOf({ schema }: AnyInbound): (payload: unknown) => boolean {
  const validator = Compile(schema);
  return (payload) => validator.Check(payload);
}

/** An inbound row of whichever request; the gateway pairs request and answer, so their types stay together. */
export type AnyInbound = { [T in SocketRequestType]: Inbound<T> }[SocketRequestType];

/** An answer that is both emitted as an event and handed to the acknowledgement. */
export function answeredBy(name: string, payload: Json, before?: readonly Frame[]): Answered {
  const frame = { name, payload };
  return { frames: before ? [...before, frame] : [frame], ack: { event: name, data: payload } };
}

/** An answer that only the acknowledgement carries. */
export function acknowledged(ack: Json = {}): Answered {
  return { frames: [], ack };
}

/** Why a connection is ended. Each dialect says it in its own {@link CloseWords}. */
export const closeReasons = [
  'unauthenticated',
  'roomNotFound',
  'tokenExpired',
  'revoked',
  'abuse',
  'tooLarge',
  'slowConsumer',
  'tooManyConnections',
  'shutdown',
  'broken',
] as const;
export type CloseReason = (typeof closeReasons)[number];

/** WebSocket close code and words, where the transport shows them. */
export type CloseWords = { readonly code: number; readonly words: string };

export type Dialect = {
  readonly name: DialectName;
  readonly title: string;
  /** Where it is spoken. */
  readonly mount: '/' | '/chat' | '/ws/chat';
  /** Inbound events by name. The plain WebSocket dialect has one, named `''`: any frame. */
  readonly inbound: { readonly [event: string]: AnyInbound };
  readonly outbound: OutboundTable;
  readonly error: {
    readonly schema: TSchema;
    /** The payload of an `error`. `event` is the inbound event that was refused, where there was one. */
    write(refusal: Refusal, event: string | undefined): Json;
  };
  /** More precise words for some refusals, where the document gives them. */
  readonly words?: { readonly [C in RefusalCode]?: string };
  readonly closes: { readonly [R in CloseReason]: CloseWords };
  /** For a dialect whose connections belong to one conversation from the start. */
  readonly entrance?: Entrance;
};

/** A piece of a long history, and with the first piece who is there. */
export type EarlierPiece = Pick<Answers['JoinConversation'], 'messages'> &
  Partial<Pick<Answers['JoinConversation'], 'presentUsers'>>;

/** Connecting is joining: what the address asks for, and what the newcomer hears first. */
export type Entrance = {
  /** Undefined when the address names no conversation that can exist. */
  read(name: string, query: URLSearchParams): Extract<SocketRequest, { type: 'JoinConversation' }> | undefined;
  answer(answer: Answers['JoinConversation'], at: TimeMs): readonly Frame[];
  /** What tells of a piece that comes before the answer. Pieces come in order, the oldest first. */
  earlier(piece: EarlierPiece): readonly Frame[];
  /** The frames that both may emit, by name, for documents and tests. */
  readonly answers: { readonly [name: string]: TSchema };
};
