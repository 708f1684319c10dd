import { createHmac, createSecretKey, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Id, Position, TimeMs, UserId } from '../core/model.ts';

/** What a client shows to come back: which session it was, and where and when that began. */
export type Pid = { readonly sessionId: Id; readonly firstPosition: Position; readonly madeAt: TimeMs };

/**
 * A place in the log as clients carry it. The time of the entry there tells one history from another: a log that was set back to
 * a backup and has grown again has other entries at the same positions. Absent where it is not known.
 */
export type Place = { readonly position: Position; readonly at: TimeMs | undefined };

const sessionIdBytes = 12;
/** Asking for random bytes costs much more than the bytes do. */
const idsOfOneDraw = 256;

/** Base 36, and below what a number carries exactly. */
const timePattern = /^[\da-z]{1,10}$/;

/**
 * Session names that clients carry. They are signed for one user, one namespace and one history of the log, so that a session
 * needs no row before there is something to remember.
 */
export class Pids {
  readonly #secret: KeyObject;
  readonly #epoch: string;
  #random = Buffer.alloc(0);
  #randomAt = 0;

  constructor(secret: string, epoch: string) {
    this.#secret = createSecretKey(secret, 'utf8');
    this.#epoch = epoch;
  }

  make(userId: UserId, namespace: string, firstPosition: Position, madeAt: TimeMs): { readonly pid: string } & Pid {
    const made: Pid = { sessionId: this.#sessionId(), firstPosition, madeAt };
    return { pid: this.#write(made, userId, namespace), ...made };
  }

  #sessionId(): Id {
    if (this.#randomAt >= this.#random.length) {
      this.#random = randomBytes(sessionIdBytes * idsOfOneDraw);
      this.#randomAt = 0;
    }
    const at = this.#randomAt;
    this.#randomAt += sessionIdBytes;
    return this.#random.toString('base64url', at, this.#randomAt);
  }

  /** Undefined for anything that was not made here for this user and namespace. */
  read(pid: string, userId: UserId, namespace: string): Pid | undefined {
    const [sessionId, digits, at, signature] = pid.split('.');
    if (!sessionId || !digits || !at || !signature) return undefined;
    if (!/^\d{1,15}$/.test(digits) || !timePattern.test(at)) return undefined;
    const read: Pid = { sessionId, firstPosition: Number(digits), madeAt: Number.parseInt(at, 36) };
    const expected = Buffer.from(this.#write(read, userId, namespace));
    const given = Buffer.from(pid);
    return given.length === expected.length && timingSafeEqual(given, expected) ? read : undefined;
  }

  /** Where a client is in the log; undefined for another epoch, and for what is no offset at all. */
  readOffset(offset: string): Place | undefined {
    const [epoch, digits, at] = offset.split('.');
    if (epoch !== this.#epoch || !digits || !/^\d{1,15}$/.test(digits)) return undefined;
    const position = Number(digits);
    if (at === undefined) return { position, at: undefined };
    return timePattern.test(at) ? { position, at: Number.parseInt(at, 36) } : undefined;
  }

  offset({ position, at }: Place): string {
    const place = `${this.#epoch}.${position}`;
    return at === undefined ? place : `${place}.${at.toString(36)}`;
  }

  #write({ sessionId, firstPosition, madeAt }: Pid, userId: UserId, namespace: string): string {
    const signed = [sessionId, firstPosition, madeAt, namespace, this.#epoch, userId].join('\n');
    const signature = createHmac('sha256', this.#secret).update(signed).digest('base64url').slice(0, 22);
    return `${sessionId}.${firstPosition}.${madeAt.toString(36)}.${signature}`;
  }
}
