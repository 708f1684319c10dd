import { cutOffAtOnce, type IoSocket } from './socket-io-link.ts';

/** Far more than a client has a reason for: it asks to enter a namespace or two, and an old one pings now and then. */
const answersLimit = 100;
const perMs = 10_000;
/** Longer requests count for more: their answer may repeat what they name. */
const charactersOfOne = 1_000;

type Engine = IoSocket['conn'];
type Packet = { readonly type: string; readonly data?: unknown };

/**
 * Pings of old clients and requests to enter a namespace are answered by the library, so no allowance is asked, and nobody looks
 * whether the client takes the answers: who wants too many is cut off.
 */
export function boundAnswers(engine: Engine): void {
  engine.on('packet', count);
}

function count(this: Engine, { type, data }: Packet): void {
  counted.count(this, type, data);
}

/** The same for whoever answers like the library. */
export class AnswerAllowance {
  readonly #asked = new WeakMap<object, { readonly since: number; count: number }>();

  /** False when it was too much, and the asker is cut off. */
  count(asker: Engine | { cutOff(): void }, type: string, data: unknown): boolean {
    const isRequestToEnter = type === 'message' && typeof data === 'string' && data.startsWith('0');
    if (type !== 'ping' && !isRequestToEnter) return true;
    const now = performance.now();
    let mine = this.#asked.get(asker);
    if (mine === undefined || now - mine.since > perMs) {
      mine = { since: now, count: 0 };
      this.#asked.set(asker, mine);
    }
    mine.count += isRequestToEnter ? Math.max(1, data.length / charactersOfOne) : 1;
    if (mine.count <= answersLimit) return true;
    if ('cutOff' in asker) asker.cutOff();
    else cutOffAtOnce(asker);
    return false;
  }
}

const counted = new AnswerAllowance();
