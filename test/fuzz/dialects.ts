import fc from 'fast-check';
import type { Json } from '../../src/core/model.ts';
import { isRefusal, type Refusal, refuse } from '../../src/core/refusals.ts';
import { checkerOf, dialectNames } from '../../src/dialects/dialect.ts';
import { claim, dialects } from '../../src/dialects/index.ts';
import { isHeavier } from '../../src/gateway/payload-weight.ts';
import { committedDocument } from '../harness/conformity.ts';
import { nearJson } from './mutations.ts';
import { isOrdinary, law, parsed, type Target } from './target.ts';

/** What the transcripts say to a real server, as the documents show it. */
const said: readonly (readonly [dialect: string, event: string, payload: Json])[] = dialectNames.flatMap((name) =>
  Object.entries(committedDocument(name).components.messages).flatMap(([id, message]) =>
    id.startsWith('client.')
      ? (message.examples ?? []).map(({ payload }) => [name, id.slice('client.'.length), payload as Json] as const)
      : [],
  ),
);

const rows = dialects.flatMap((dialect) =>
  Object.entries(dialect.inbound).map(([event, row]) => ({ dialect, event, row, fits: checkerOf(row) })),
);

/** What is said under this name; the plain WebSocket dialect has one name for all. */
export const examplesOf = (dialect: string, event: string): Json[] =>
  said.filter(([one, name]) => one === dialect && (event === '' || name === event)).map(([, , payload]) => payload);

/** The names that a client of this dialect may say. */
export const inboundEvents = (dialect: string): string[] =>
  rows.filter((row) => row.dialect.name === dialect).map(({ event }) => event);

const id = /^[^\p{Cc}\p{Cs}]{1,200}$/u;

/** Names of things are ids, and places in the log are places, whatever was asked for. */
function objectionTo(request: object): string | undefined {
  for (const [field, value] of Object.entries(request)) {
    if (value === undefined && field !== 'conversationId') continue;
    if (/^(conversationId|userId|toUserId|fileId)$/.test(field) && !(typeof value === 'string' && id.test(value)))
      return `${field} is no id`;
    if (/^(messageId|replyToId|after|position)$/.test(field) && !isPlace(value))
      return `${field} is no place in the log`;
    if (field === 'messageIds' && !(value as unknown[]).every(isPlace)) return 'messageIds are not places in the log';
    if (field === 'limit' && !(Number.isSafeInteger(value) && Number(value) >= 0)) return 'limit is no count';
    if (field === 'text' && typeof value !== 'string') return 'text is no text';
    if (/^(isTyping|isSet)$/.test(field) && typeof value !== 'boolean') return `${field} is neither true nor false`;
  }
  return undefined;
}

const isPlace = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

const isKnownRefusal = (refusal: Refusal): boolean =>
  refuse(refusal.refused).refused === refusal.refused && typeof refusal.message === 'string' && refusal.message !== '';

/** What every dialect makes of payloads: `[dialect, event, JSON text]`. */
export const inboundFrames: Target = {
  name: 'inbound-frames',
  inputs: fc.constantFrom(...rows).chain(({ dialect, event }) => {
    const own = examplesOf(dialect.name, event);
    return nearJson(own.length > 0 ? own : [{}]).map((text): Json => [dialect.name, event, text]);
  }),
  check(input) {
    const [name, event, text] = input as [string, string, string];
    const found = rows.find((one) => one.dialect.name === name && one.event === event);
    const payload = parsed(text);
    law(found !== undefined, () => `${name} has no event ${JSON.stringify(event)}`);
    if (payload === undefined) return;
    claim(event, payload.is, found.dialect.name);
    isHeavier(payload.is, 1_000);
    if (!found.fits(payload.is)) return;
    const before = JSON.stringify(payload.is);
    for (const home of ['tea', undefined]) {
      const request = found.row.read(payload.is, home);
      law(JSON.stringify(payload.is) === before, () => 'the payload was changed');
      law(isOrdinary(request), () => 'an object of the request has a prototype of its own');
      if (isRefusal(request)) {
        law(isKnownRefusal(request), () => `no refusal: ${JSON.stringify(request)}`);
        // A refusal is spoken, whatever was said.
        const spoken = found.dialect.error.write(request, event);
        law(JSON.stringify(spoken) !== undefined, () => 'the refusal cannot be written');
        continue;
      }
      law(request.type === found.row.request, () => `${request.type} instead of ${found.row.request}`);
      // Only a dialect with an entrance is read with no conversation of its own.
      const objection = home === undefined && found.dialect.entrance ? undefined : objectionTo(request);
      law(objection === undefined, () => `${objection}: ${JSON.stringify(request)}`);
    }
  },
};

const queries = [
  'after=5',
  'limit=3',
  'token=x',
  'after=-1',
  'after=1e3',
  'after=',
  'limit=99999999999999999999',
  'a=%ff',
];

/** The address of a plain WebSocket: `[room, query]`. */
export const entrances: Target = {
  name: 'entrances',
  inputs: fc.tuple(
    fc.oneof(fc.constantFrom('general', 'general/', '%2e%2e', '..', ''), fc.string({ unit: 'binary', maxLength: 210 })),
    fc.oneof(fc.constantFrom(...queries), fc.string({ unit: 'binary', maxLength: 40 })),
  ),
  check(input) {
    const [room, query] = input as [string, string];
    for (const { entrance } of dialects) {
      const request = entrance?.read(room, new URLSearchParams(query));
      if (request === undefined) continue;
      const objection = objectionTo(request) ?? objectionTo(request.history);
      law(objection === undefined, () => `${objection}: ${JSON.stringify(request)}`);
    }
  },
};
