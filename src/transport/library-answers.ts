import { cutOffAtOnce, type IoSocket } from './socket-io-link.ts';
import { UnsentBytes } from './unsent-bytes.ts';

/** Far more than a client has a reason for: it asks to enter a namespace or two, and an old one pings now and then. */
const answersLimit = 100;
const perMs = 10_000;
/** Longer requests count for more: their answer may repeat what they name. */
const charactersOfOne = 1_000;

type Engine = IoSocket['conn'];
type Packet = { readonly type: string; readonly data?: unknown };
/** A session that answers like the library. */
type Own = { readonly websocket: { readonly bufferedAmount: number }; cutOff(): void };
type Asked = { since: number; count: number; unsent: UnsentBytes | undefined };

/**
 * Pings of old clients and requests to enter a namespace are answered by the library, so no allowance is asked, and nobody looks
 * whether the client takes the answers: who wants too many, or leaves too much unread, is cut off.
 */
export class AnswerAllowance {
  readonly #unsentLimitBytes: number;
  readonly #asked = new WeakMap<object, Asked>();
  /** One for all connections. */
  readonly #count: (this: Engine, packet: Packet) => void;

  /** `unsentLimitBytes`: what a client that asks may have left unread, whatever it is. */
  constructor(unsentLimitBytes: number) {
    this.#unsentLimitBytes = unsentLimitBytes;
    const allowance = this;
    this.#count = function ({ type, data }) {
      allowance.count(this, type, data);
    };
  }

  /** Counts all that a connection of the library asks for. */
  bind(engine: Engine): void {
    engine.on('packet', this.#count);
  }

  /** False when it was too much, and the asker is cut off. */
  count(asker: Engine | Own, type: string, data: unknown): boolean {
    const isRequestToEnter = type === 'message' && typeof data === 'string' && data.startsWith('0');
    if (type !== 'ping' && !isRequestToEnter) return true;
    const now = performance.now();
    let mine = this.#asked.get(asker);
    if (mine === undefined) {
      mine = { since: now, count: 0, unsent: undefined };
      this.#asked.set(asker, mine);
    } else if (now - mine.since > perMs) {
      mine.since = now;
      mine.count = 0;
    }
    mine.count += isRequestToEnter ? Math.max(1, data.length / charactersOfOne) : 1;
    if (mine.count <= answersLimit && unsentBytes(asker, mine) <= this.#unsentLimitBytes) return true;
    if ('cutOff' in asker) asker.cutOff();
    else cutOffAtOnce(asker);
    return false;
  }
}

function unsentBytes(asker: Engine | Own, asked: Asked): number {
  if ('cutOff' in asker) return asker.websocket.bufferedAmount;
  asked.unsent ??= new UnsentBytes();
  return asked.unsent.of(asker as unknown as Parameters<UnsentBytes['of']>[0]);
}
