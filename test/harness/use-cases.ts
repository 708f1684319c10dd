import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Allowances } from '../../src/app/allowances.ts';
import { Commit } from '../../src/app/commit.ts';
import type { House } from '../../src/app/context.ts';
import { type Execute, executor } from '../../src/app/execute.ts';
import { Lanes } from '../../src/app/lanes.ts';
import type { Clock, Store } from '../../src/app/ports.ts';
import { LocalBus } from '../../src/bus/local.ts';
import { type Entry, topicOf } from '../../src/core/events.ts';
import type { Rules } from '../../src/core/rules.ts';
import { openStore } from '../../src/store/open.ts';
import { rules } from './cast.ts';

/** A clock that stands still until it is moved. */
export class FakeClock implements Clock {
  ms = 1_760_000_000_000;
  nowMs(): number {
    return this.ms;
  }
}

/** A real store in a folder of its own. */
export async function openTemporaryStore(): Promise<{ readonly store: Store } & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-use-cases-'));
  const store = await openStore({ dataDir });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type UseCases = {
  readonly house: House;
  readonly execute: Execute;
  readonly bus: LocalBus;
  readonly clock: FakeClock;
  /** Every entry, in the order in which the node heard it. */
  readonly heard: readonly Entry[];
};

/** The use cases over a store and the bus of one node, as the server wires them, with as much allowed as a test wants. */
export function wireUseCases(store: Store, more: { rules?: Partial<Rules>; burst?: number } = {}): UseCases {
  const bus = new LocalBus();
  const clock = new FakeClock();
  const commit = new Commit(store, bus);
  const lanes = new Lanes(store, commit);
  const plenty = { perSecond: 1, burst: more.burst ?? 1_000_000 };
  const allowances = new Allowances(clock, { messages: plenty, conversations: plenty, httpRequests: plenty });
  let lastId = 0;
  const ids = { conversationId: () => String(900_000 + ++lastId), secret: () => `secret-${++lastId}` };
  const house: House = { store, lanes, commit, clock, ids, rules: { ...rules, ...more.rules }, allowances };
  const heard: Entry[] = [];
  bus.subscribe({
    entries(entries) {
      for (const entry of entries) {
        const { conversationId } = topicOf(entry.event);
        if (conversationId !== undefined) lanes.apply(conversationId, entry);
        heard.push(entry);
      }
    },
    ephemeral: () => undefined,
  });
  return { house, execute: executor(house), bus, clock, heard };
}
