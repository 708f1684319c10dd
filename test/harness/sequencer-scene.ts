import type { Entry } from '../../src/core/events.ts';
import type { Position } from '../../src/core/model.ts';
import { Sequencer } from '../../src/gateway/sequencer.ts';

/** What stands at a position: in turns of three conversations. */
export const entry = (position: Position): Entry => ({
  position,
  at: 1,
  event: { type: 'MemberLeft', conversationId: `c${position % 3}`, user: ann, actorId: 'ann' },
});
const ann = { id: 'ann', email: '', role: 'USER', name: 'ann' };

/** A log with final holes, as far as it is committed. */
export class FakeLog {
  readonly holes: ReadonlySet<Position>;
  head = 0;
  reads = 0;
  fails = false;
  constructor(holes: Iterable<Position> = []) {
    this.holes = new Set(holes);
  }

  entriesUpTo(upTo: Position, after = 0): Entry[] {
    const positions = Array.from({ length: upTo - after }, (_, i) => after + 1 + i);
    return positions.filter((position) => !this.holes.has(position)).map(entry);
  }

  async readEntries({ after, upTo = this.head, limit }: { after: Position; upTo?: Position; limit: number }) {
    this.reads++;
    const head = Math.min(this.head, upTo);
    await Promise.resolve();
    if (this.fails) throw new Error('The disk is away.');
    const through = Math.min(head, after + Math.min(limit, 3));
    return { entries: this.entriesUpTo(through, after), through };
  }

  async head_() {
    return { position: this.head, epoch: 'e', secret: 's' };
  }
}

type More = { position?: number; ringEntries?: number; waitingLimit?: number; announced?: () => Promise<void> };

/** A sequencer of this log, and what it brings. */
export function listenTo(log: FakeLog, more: More = {}) {
  const heard: Position[] = [];
  const errors: unknown[] = [];
  const sequencer = new Sequencer({
    store: { readEntries: (range) => log.readEntries(range), head: () => log.head_() },
    position: more.position ?? 0,
    ringEntries: more.ringEntries ?? 8,
    patienceMs: 50,
    ...(more.waitingLimit === undefined ? {} : { waitingLimit: more.waitingLimit }),
    ...(more.announced === undefined ? {} : { announced: more.announced }),
    onError: (error) => errors.push(error),
  });
  sequencer.subscribe(({ position }) => heard.push(position));
  return { sequencer, heard, errors };
}
