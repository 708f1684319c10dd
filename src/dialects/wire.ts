import Type, { type Static, type TSchema } from 'typebox';
import type { RequestOf } from '../core/commands.ts';
import { idPattern, isId, isWebAddress, webAddressWords } from '../core/forms.ts';
import type { Id, Json, JsonObject, Message, Position, TimeMs } from '../core/model.ts';
import type { Refusal } from '../core/refusals.ts';
import type { Dialect } from './dialect.ts';

/** What the dialects have in common on the wire. */

/** An id as clients send it: text of 1 to 200 characters, or a whole number that JSON carries exactly. */
export function looseId(description: string) {
  return Type.Union(
    [Type.String({ pattern: idPattern }), Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })],
    { description },
  );
}

/** The same id as the core knows it. */
export function idFrom(id: string | number): Id {
  return String(id);
}

/** A field that may be absent; clients send null for it too. */
export function maybe<S extends TSchema>(schema: S) {
  return Type.Optional(Type.Union([schema, Type.Null()]));
}

/** An id as the numeric dialects write it. */
export function numericId(description: string) {
  return Type.Union([Type.Integer({ minimum: 0 }), Type.String()], { description });
}

const zero = '0'.charCodeAt(0);
/** So many digits are exact, whichever they are. */
const exactDigits = 15;

/** A JSON number when the id is an integer that JSON carries exactly, else the string that it is. */
export function idAsNumber(id: Id): number | string {
  if (id.length > exactDigits) return longIdAsNumber(id);
  // Digit by digit: this is asked several times of each message, and most words show at once that they are none.
  let number = 0;
  for (let at = 0; at < id.length; at++) {
    const digit = id.charCodeAt(at) - zero;
    if (digit < 0 || digit > 9) return id;
    number = number * 10 + digit;
  }
  const isPlain = id.length === 1 || (id.length > 1 && id.charCodeAt(0) !== zero);
  return isPlain ? number : id;
}

function longIdAsNumber(id: Id): number | string {
  const number = Number(id);
  return Number.isSafeInteger(number) && number >= 0 && String(number) === id ? number : id;
}

/** Of a message that was deleted before it could be heard, nothing is said. */
export function unlessDeleted<M extends { readonly deletedAt?: TimeMs }, P>(
  message: M,
  write: (message: M) => P,
): P | undefined {
  return message.deletedAt === undefined ? write(message) : undefined;
}

/** Which message of the conversation is edited, deleted or reacted to. */
export const namedMessageId = Type.Unknown({ description: 'The id of the message, as a number or a string.' });

/** What a reaction says in every dialect, beside where. */
export const reaction = {
  emoji: Type.String({ description: 'The emoji, or a word in its place: 1 to 64 characters without blanks.' }),
  isSet: maybe(Type.Boolean({ description: 'False takes the reaction back; absent or true adds it.' })),
};

/** A reaction as it is heard. */
export const heardReaction = {
  emoji: Type.String({ description: 'The emoji.' }),
  action: Type.Union([Type.Literal('added'), Type.Literal('removed')], { description: 'Which of both.' }),
};

const decimalInteger = /^(?:0|[1-9]\d*)$/;

/**
 * The message that a client names, or nothing when what it sent is no decimal integer. Integers beyond every message that
 * can exist stay beyond it.
 */
export function messageIdFrom(value: unknown): Position | undefined {
  const digits = typeof value === 'number' ? String(value) : value;
  if (typeof digits !== 'string' || !decimalInteger.test(digits)) return undefined;
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/** A message that cannot be one is looked for all the same: none has the id 0, so it is not found. */
const namedMessage = (value: unknown): Position => messageIdFrom(value) ?? 0;

/** The request to change a text, which the dialects ask for in names of their own, as the two that follow. */
export function editOf(conversationId: string | number, messageId: unknown, text: string): RequestOf<'EditMessage'> {
  return {
    type: 'EditMessage',
    conversationId: idFrom(conversationId),
    messageId: namedMessage(messageId),
    text,
  };
}

/** The request to delete a message. */
export function deletionOf(conversationId: string | number, messageId: unknown): RequestOf<'DeleteMessage'> {
  return { type: 'DeleteMessage', conversationId: idFrom(conversationId), messageId: namedMessage(messageId) };
}

/** `isSet` absent or null adds it. */
export function reactionOf(
  conversationId: string | number,
  messageId: unknown,
  { emoji, isSet }: { readonly emoji: string; readonly isSet?: boolean | null },
): RequestOf<'SetReaction'> {
  return {
    type: 'SetReaction',
    conversationId: idFrom(conversationId),
    messageId: namedMessage(messageId),
    emoji,
    isSet: isSet ?? true,
  };
}

// What is said at one moment is heard and answered as of that moment, in several dialects: mostly it is the same one again.
let lastTime = { at: 0, text: new Date(0).toISOString() };

/** `2031-04-05T06:07:08.009Z` */
export function milliseconds(at: TimeMs): string {
  if (at !== lastTime.at) lastTime = { at, text: new Date(at).toISOString() };
  return lastTime.text;
}

/** `2031-04-05T06:07:08Z`: strict parsers on phones refuse fractions. */
export function wholeSeconds(at: TimeMs): string {
  return `${milliseconds(at).slice(0, 19)}Z`;
}

/** A time in the form of {@link milliseconds}. */
export function millisecondsTime(description: string) {
  return Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$', description });
}

/** A time in the form of {@link wholeSeconds}. */
export function wholeSecondsTime(description: string) {
  return Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$', description });
}

/** An outbound object: these keys and no others. */
export function exactly<P extends Parameters<typeof Type.Object>[0]>(description: string, properties: P) {
  return Type.Object(properties, { description, additionalProperties: false });
}

/** The refusal of a payload that fits its schema and still means nothing. */
export function invalid(message: string): Refusal {
  return { refused: 'INVALID', message };
}

/** The same words as the core's own refusal, which a dialect cannot import. */
export const missingContent: Refusal = {
  refused: 'MISSING_CONTENT',
  message: 'Message content is missing. Send a text or an attachment.',
};

/** Is there nothing to read in it? */
export function isBlank(text: string | null | undefined): boolean {
  return text === null || text === undefined || text.trim() === '';
}

const ClientMessageId = Type.String({
  pattern: idPattern,
  description: 'Chosen by the client, unique per user and conversation: sending it again repeats nothing.',
});

/** What makes a send repeatable, in the payload of any dialect. */
export const repeatable = {
  clientMessageId: maybe(ClientMessageId),
  metadata: Type.Optional(Type.Unknown({ description: 'Only a `clientMessageId` in it is read.' })),
};

/** The client's own id of a send: beside the text, or in its metadata, where anything else may stand under that name. */
export function clientMessageIdFrom(payload: {
  readonly clientMessageId?: Static<typeof ClientMessageId> | null;
  readonly metadata?: unknown;
}): string | undefined {
  if (typeof payload.clientMessageId === 'string') return payload.clientMessageId;
  const { metadata } = payload;
  if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, 'clientMessageId'))
    return undefined;
  const inside: unknown = Reflect.get(metadata, 'clientMessageId');
  return typeof inside === 'string' && isId(inside) ? inside : undefined;
}

// Deeper values overflow the stack of whoever writes them as JSON.
const jsonDepthLimit = 32;

function isJson(value: unknown, depthLeft: number): value is Json {
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value !== 'object' || depthLeft === 0) return false;
  const isPlain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && Object.values(value).every((inner) => isJson(inner, depthLeft - 1));
}

/** Is it an object of plain JSON, without binary parts and at most 32 deep? */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && !Array.isArray(value) && value !== null && isJson(value, jsonDepthLimit);
}

/** What to tell whose field holds no address; the core would refuse it too, without naming the field. */
export function refusedAddress(field: string, url: string): Refusal | undefined {
  return isWebAddress(url) ? undefined : invalid(`${field} must be ${webAddressWords}.`);
}

/** The text of a message where there are only texts: followed by a link to what is attached, or just that. */
export function textWithLink({ text, attachment }: Pick<Message, 'text' | 'attachment'>): string {
  if (!attachment) return text;
  const link = attachment.name ? `Attachment (${attachment.name}): ${attachment.url}` : `Attachment: ${attachment.url}`;
  return isBlank(text) ? link : `${text}\n${link}`;
}

/** How a connection of whichever dialect ends. Only plain WebSockets show the codes. */
export const closes: Dialect['closes'] = {
  unauthenticated: { code: 4001, words: 'Authentication error' },
  tokenExpired: { code: 4001, words: 'Token expired: connect again with a new one' },
  revoked: { code: 4001, words: 'Access revoked' },
  roomNotFound: { code: 4000, words: 'Room not found or could not be created' },
  abuse: { code: 1008, words: 'Too many refused requests' },
  tooLarge: { code: 1009, words: 'Message too large' },
  broken: { code: 1011, words: 'Internal error: connect again' },
  shutdown: { code: 1012, words: 'Server restarting: connect again' },
  slowConsumer: { code: 1013, words: 'Reading too slowly: connect again later' },
  tooManyConnections: { code: 1013, words: 'Too many connections: try again later' },
};
