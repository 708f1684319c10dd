import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import type { Bus } from '../app/ports.ts';
import type { Entry, EphemeralEvent } from '../core/events.ts';

/** Nodes that share a bus, and a way to commit an entry as one of them. */
export type Network = AsyncDisposable & {
  readonly buses: readonly Bus[];
  /** Commits an entry where the bus expects it to be committed, without announcing it. */
  commit(node: number): Promise<Entry>;
};

const typing = (name: string): EphemeralEvent => ({
  type: 'TypingChanged',
  conversationId: 'c',
  user: { id: 'ann', email: '', role: 'USER', name },
  isTyping: true,
  actorId: 'ann',
});

/** The laws of the port, which every driver keeps. */
export function describeBus(name: string, makeNetwork: () => Promise<Network>): void {
  describe(`the bus of ${name}`, () => {
    let network: Network;
    const heard: { entries: Entry[]; heads: number[]; ephemeral: (readonly [EphemeralEvent, number])[] }[] = [];
    beforeAll(async () => {
      network = await makeNetwork();
      for (const [node, bus] of network.buses.entries()) {
        const own = { entries: [], heads: [], ephemeral: [] } as (typeof heard)[number];
        heard[node] = own;
        bus.subscribe({
          entries: (entries) => void own.entries.push(...entries),
          head: (position) => void own.heads.push(position),
          ephemeral: (event, at) => void own.ephemeral.push([event, at]),
        });
      }
    });
    afterAll(() => network[Symbol.asyncDispose]());

    test('brings the announcer its entries at once and as they are', async () => {
      const [one, two] = [await network.commit(0), await network.commit(0)];
      network.buses[0]?.announce([one, two]);
      expect(heard[0]?.entries.slice(-2)).toEqual([one, two]);
    });

    test('lets every other node hear of a commit, or of a head that is not before it', async () => {
      for (const node of network.buses.keys()) {
        const entry = await network.commit(node);
        network.buses[node]?.announce([entry]);
        for (const other of heard) {
          await until(
            () =>
              other.entries.some(({ position }) => position === entry.position) ||
              other.heads.some((position) => position >= entry.position),
            () => `a node did not hear of the commit of node ${node}`,
          );
        }
      }
    });

    test('never tells of a head that is not committed', async () => {
      const entry = await network.commit(0);
      network.buses[0]?.announce([entry]);
      await wait(50);
      expect(heard.flatMap(({ heads }) => heads).filter((head) => head > entry.position)).toEqual([]);
    });

    test('brings every node what is told, once and in the order of the teller', async () => {
      for (const [node, bus] of network.buses.entries()) {
        const told = Array.from({ length: 100 }, (_, n) => [typing(`${node} "\u0000\ud800💐" ${n}`), n] as const);
        const before = heard.map(({ ephemeral }) => ephemeral.length);
        for (const [event, at] of told) bus.tell(event, at);
        for (const [other, { ephemeral }] of heard.entries()) {
          await until(
            () => ephemeral.length >= (before[other] ?? 0) + told.length,
            () => `node ${other} has not heard everything of node ${node}`,
          );
        }
        await wait(30);
        for (const [other, { ephemeral }] of heard.entries()) {
          expect(ephemeral.slice(before[other])).toEqual(told);
        }
      }
    });

    test('may carry nothing else of what is very large, but goes on', async () => {
      const [large, small] = [typing('x'.repeat(20_000)), typing('after it')];
      network.buses[0]?.tell(large, 1);
      network.buses[0]?.tell(small, 2);
      for (const { ephemeral } of heard) {
        await until(
          () => ephemeral.some(([event]) => event.type === 'TypingChanged' && event.user.name === 'after it'),
          () => 'nothing comes after what was too large',
        );
      }
    });

    test('may be closed twice, and says nothing after', async () => {
      const bus = network.buses.at(-1);
      await bus?.[Symbol.asyncDispose]();
      await bus?.[Symbol.asyncDispose]();
      const before = heard.at(-1)?.ephemeral.length;
      for (const other of network.buses) other.tell(typing('to nobody'), 1);
      await wait(50);
      expect(heard.at(-1)?.ephemeral).toHaveLength(before ?? -1);
    });
  });
}
