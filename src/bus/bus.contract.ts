import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../test/harness/until.ts';
import type { Bus, Telling } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';

/** Nodes that share a bus, and a way to commit an entry as one of them. */
export type Network = AsyncDisposable & {
  readonly buses: readonly Bus[];
  /** Commits an entry where the bus expects it to be committed, without announcing it. */
  commit(node: number): Promise<Entry>;
};

const typing = (name: string): Telling => ({
  tells: 'typing',
  conversationId: 'c',
  user: { id: 'ann', email: '', role: 'USER', name },
  isTyping: true,
});

/** The laws of the port, which every driver keeps. */
export function describeBus(name: string, makeNetwork: () => Promise<Network>): void {
  describe(`the bus of ${name}`, () => {
    let network: Network;
    const heard: { entries: Entry[]; heads: number[]; told: (readonly [Telling, string])[] }[] = [];
    beforeAll(async () => {
      network = await makeNetwork();
      for (const [node, bus] of network.buses.entries()) {
        const own = { entries: [], heads: [], told: [] } as (typeof heard)[number];
        heard[node] = own;
        bus.subscribe({
          entries: (entries) => void own.entries.push(...entries),
          head: (position) => void own.heads.push(position),
          told: (telling, from) => void own.told.push([telling, from]),
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

    test('brings every other node what is told, once and in the order of the teller', async () => {
      for (const [node, bus] of network.buses.entries()) {
        const told = Array.from({ length: 100 }, (_, n) => typing(`${node} "\u0000\ud800💐" ${n}`));
        const before = heard.map(({ told }) => told.length);
        for (const telling of told) bus.tell(telling);
        const others = [...heard.entries()].filter(([other]) => other !== node);
        for (const [other, heardThere] of others) {
          await until(
            () => heardThere.told.length >= (before[other] ?? 0) + told.length,
            () => `node ${other} has not heard everything of node ${node}`,
          );
        }
        await wait(30);
        for (const [other, heardThere] of others) {
          expect(heardThere.told.slice(before[other])).toEqual(told.map((telling) => [telling, bus.node]));
        }
        expect(heard[node]?.told).toHaveLength(before[node] ?? -1);
      }
    });

    test('gives each node a name of its own, and knows that it listens', () => {
      expect(new Set(network.buses.map(({ node }) => node)).size).toBe(network.buses.length);
      expect(network.buses.map(({ isListening }) => isListening)).not.toContain(false);
    });

    test('may leave out what is very large, but goes on', async () => {
      const [large, small] = [typing('x'.repeat(20_000)), typing('after it')];
      network.buses[0]?.tell(large);
      network.buses[0]?.tell(small);
      for (const { told } of heard.slice(1)) {
        await until(
          () => told.some(([telling]) => telling.tells === 'typing' && telling.user.name === 'after it'),
          () => 'nothing comes after what was too large',
        );
      }
    });

    test('may be closed twice, and says nothing after', async () => {
      const bus = network.buses.at(-1);
      await bus?.[Symbol.asyncDispose]();
      await bus?.[Symbol.asyncDispose]();
      const before = heard.at(-1)?.told.length;
      for (const other of network.buses) other.tell(typing('to nobody'));
      await wait(50);
      expect(heard.at(-1)?.told).toHaveLength(before ?? -1);
    });
  });
}
