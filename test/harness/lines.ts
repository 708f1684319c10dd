import type { DialectName } from '../../src/dialects/dialect.ts';
import type { Dialling, Heard } from './clients.ts';
import type { Claims } from './house.ts';

/**
 * A transcript is a play: who says what, and who hears exactly what, in order. Whatever anybody hears beyond its lines fails it,
 * and so does a frame that no document shows.
 */

/** A user's connection: `ann`, or `ann/tablet` where one user has several. */
export type Part = string;

export type Line =
  | {
      readonly does: 'connects';
      readonly who: Part;
      readonly dialect: DialectName;
      readonly dialling: Dialling;
      readonly refused?: string;
    }
  | {
      readonly does: 'says';
      readonly who: Part;
      readonly event: string;
      readonly args: readonly unknown[];
      readonly wantsAck: boolean;
    }
  | {
      readonly does: 'hears';
      readonly who: readonly Part[];
      readonly frames: readonly Heard[];
      readonly inAnyOrder: boolean;
    }
  | { readonly does: 'is quiet' }
  | { readonly does: 'goes'; readonly who: Part; readonly how: 'close' | 'cut' }
  | { readonly does: 'is closed'; readonly who: Part; readonly code: number | undefined }
  | {
      readonly does: 'calls';
      readonly who: Part | 'host';
      readonly request: string;
      readonly body: unknown;
      readonly status: number;
      readonly answer: unknown;
    }
  /** Connects to a room for what came after a message. */
  | { readonly does: 'follows'; readonly who: Part; readonly room: string; readonly message: string }
  | { readonly does: 'passes'; readonly ms: number };

/** Dials as the dialect's document shows, in reply to which nothing need come. */
export const connects = (who: Part, dialect: DialectName, dialling: Dialling = {}): Line => ({
  does: 'connects',
  who,
  dialect,
  dialling,
});

/** Tries to connect and is refused in these words. */
export const isRefused = (who: Part, dialect: DialectName, words: string, dialling: Dialling = {}): Line => ({
  does: 'connects',
  who,
  dialect,
  dialling,
  refused: words,
});

/** Connects to a room with `?after=` a message. */
export const follows = (who: Part, room: string, message: string): Line => ({ does: 'follows', who, room, message });

/** Emits without an acknowledgement. */
export const says = (who: Part, event: string, ...args: unknown[]): Line => ({
  does: 'says',
  who,
  event,
  args,
  wantsAck: false,
});

/** Emits and wants an acknowledgement, which is then among what it hears: see {@link ack}. */
export const asks = (who: Part, event: string, ...args: unknown[]): Line => ({
  does: 'says',
  who,
  event,
  args,
  wantsAck: true,
});

export const frame = (name: string, payload: unknown): Heard => ({ name, payload });
export const ack = (name: string, payload: unknown): Heard => ({ name, payload, isAck: true });

const parts = (who: Part | readonly Part[]): readonly Part[] => (typeof who === 'string' ? [who] : who);

/** The next thing that each of them hears is this frame. */
export const hears = (who: Part | readonly Part[], name: string, payload: unknown): Line => ({
  does: 'hears',
  who: parts(who),
  frames: [frame(name, payload)],
  inAnyOrder: false,
});

/** The next thing that they hear is the answer to an acknowledgement. */
export const isAnswered = (who: Part, event: string, payload: unknown): Line => ({
  does: 'hears',
  who: [who],
  frames: [ack(event, payload)],
  inAnyOrder: false,
});

/** The next things that each of them hears are these, in an order that nobody promised. */
export const hearsInAnyOrder = (who: Part | readonly Part[], ...frames: Heard[]): Line => ({
  does: 'hears',
  who: parts(who),
  frames,
  inAnyOrder: true,
});

/** Nobody has heard anything that is not in the lines so far. Also how every transcript ends. */
export const nobodyHearsMore: Line = { does: 'is quiet' };

export const closes = (who: Part): Line => ({ does: 'goes', who, how: 'close' });
export const losesTransport = (who: Part): Line => ({ does: 'goes', who, how: 'cut' });
/** The server ends the connection, with this code where the transport shows one. */
export const isClosed = (who: Part, code?: number): Line => ({ does: 'is closed', who, code });

/** HTTP as the host application or as a user: `POST /api/v1/conversations`. */
export const calls = (who: Part | 'host', request: string, body: unknown, status: number, answer?: unknown): Line => ({
  does: 'calls',
  who,
  request,
  body,
  status,
  answer,
});

export const passes = (ms: number): Line => ({ does: 'passes', ms });

/** Whose token each user shows, by name; whoever is not listed has a numeric id of their own. */
export type Cast = { readonly [name: string]: Claims };

export const cast = {
  ann: { sub: '1', name: 'Ann', email: 'ann@example.org' },
  bob: { sub: '2', name: 'Bob', email: 'bob@example.org' },
  cat: { sub: '3', name: 'Cat', email: 'cat@example.org' },
  dan: { sub: 'dan-uuid', name: 'Dan' },
  eve: { sub: '66', name: 'Eve', email: 'eve@example.org' },
  ada: { sub: '9', name: 'Ada', email: 'ada@example.org', role: 'ADMIN' },
} as const satisfies Cast;
