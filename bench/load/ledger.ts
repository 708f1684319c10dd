/**
 * Who sent what and who heard what. The text of each message names its sender and its number among the sender's; the first
 * member of a room to hear its n-th message sets the room's order, and every other one must hear the same there.
 */

const tilde = '~'.charCodeAt(0);
const zero = '0'.charCodeAt(0);
const [senderDigits, numberDigits] = [5, 8];
const senderFactor = 10 ** numberDigits;
/** After the marks: as long as what people say. */
const padding = ' the quick brown fox jumps over the lazy dog';

/** The text of a sender's n-th message. */
export function textOf(sender: number, number: number): string {
  return `~${String(sender).padStart(senderDigits, '0')}${String(number).padStart(numberDigits, '0')}${padding}`;
}

/** The sender and the number that a frame carries, as one number; -1 when it carries none. `hint` is where to look first. */
function keyIn(bytes: Buffer, start: number, end: number, room: RoomLedger): number {
  let at = start + room.hint;
  if (bytes[at] !== tilde || at >= end) {
    at = start;
    while (at < end && bytes[at] !== tilde) at++;
    if (at === end) return -1;
    room.hint = at - start;
  }
  let key = 0;
  for (let digit = 1; digit <= senderDigits + numberDigits; digit++)
    key = key * 10 + (bytes[at + digit] as number) - zero;
  return key;
}

export const senderOf = (key: number): number => Math.floor(key / senderFactor);
export const numberOf = (key: number): number => key % senderFactor;

export class RoomLedger {
  readonly memberCount: number;
  hint = 0;
  sent = 0;
  /** The messages in the order in which the first member heard them. */
  readonly order: number[] = [];
  /** A sender's numbers may leave some out; they never go back. */
  mayRefuse = false;
  readonly #lastOf = new Map<number, number>();
  /** Messages of one sender heard in another order than sent, or twice. */
  reordered = 0;
  /** Members that heard something else than another one at the same place. */
  disagreements = 0;

  constructor(memberCount: number) {
    this.memberCount = memberCount;
  }

  /** The `heard`-th message of some member. Answers its key, or -1 for what is no message of the measurement. */
  hear(heard: number, bytes: Buffer, start: number, end: number): number {
    const key = keyIn(bytes, start, end, this);
    if (key < 0) return key;
    const known = this.order[heard];
    if (known === undefined) this.#next(key);
    else if (known !== key) this.disagreements++;
    return key;
  }

  #next(key: number): void {
    this.order.push(key);
    const sender = senderOf(key);
    const number = numberOf(key);
    const expected = (this.#lastOf.get(sender) ?? -1) + 1;
    if (this.mayRefuse ? number < expected : number !== expected) this.reordered++;
    this.#lastOf.set(sender, number);
  }
}
