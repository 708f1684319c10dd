import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BusNetwork } from '../../test/harness/bus-network.ts';
import { person } from '../../test/harness/cast.ts';
import { graceMs, room, TestNode } from '../../test/harness/test-node.ts';

let network: BusNetwork;
const opened: TestNode[] = [];
const open = (name: string): TestNode => {
  const node = new TestNode(network, name);
  opened.push(node);
  return node;
};
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers({ now: 1_760_000_000_000 });
  network = new BusNetwork();
});
afterEach(() => {
  for (const node of opened.splice(0)) node.dispose();
  vi.useRealTimers();
});

describe('presence over several nodes', () => {
  let a: TestNode;
  let b: TestNode;
  beforeEach(() => {
    [a, b] = [open('a'), open('b')];
  });

  test('begins with the first connection on any node, and ends with the last', async () => {
    a.arrive('ann');
    b.arrive('ann');
    expect([a.news(), b.news()]).toEqual([
      ['ann online', 'ann came'],
      ['ann online', 'ann came'],
    ]);
    a.lose('ann');
    await pass(10_000);
    expect([...a.news(), ...b.news(), a.here, b.here]).toEqual([['ann'], ['ann']]);
    b.lose('ann');
    await pass(graceMs);
    for (const node of [a, b]) {
      expect(node.news().sort()).toEqual(['ann offline', 'ann went']);
      expect(node.presence.of('ann')).toBeUndefined();
    }
  });

  test('goes on without a word for whoever changes nodes', async () => {
    a.arrive('ann');
    a.lose('ann');
    b.arrive('ann');
    await pass(20_000);
    expect([a.news(), b.news()]).toEqual([
      ['ann online', 'ann came'],
      ['ann online', 'ann came'],
    ]);
  });

  test('ends at once for whoever changed nodes a moment ago and leaves', () => {
    a.arrive('ann');
    a.lose('ann');
    b.arrive('ann');
    expect(b.present.isElsewhere(room, 'ann')).toBe(false);
    b.present.left(room, 'ann');
    expect([a.news(), b.news()]).toEqual([
      ['ann online', 'ann came', 'ann went'],
      ['ann online', 'ann came', 'ann went'],
    ]);
  });

  test('is what the user said last, on whichever node, for as long as they are anywhere', async () => {
    a.arrive('ann');
    b.arrive('ann');
    a.set('ann', 'busy');
    b.set('ann', 'away');
    a.set('ann', 'busy');
    expect(b.news().slice(2)).toEqual(['ann busy', 'ann away', 'ann busy']);
    a.lose('ann');
    await pass(10_000);
    const c = open('c');
    await pass(10);
    expect([a, b, c].map(({ presence }) => presence.statusOf('ann'))).toEqual(['busy', 'busy', 'busy']);
    c.arrive('ann');
    expect(c.news()).toEqual(['ann busy', 'ann came']);
  });

  test('is away only when all connections on all nodes are', async () => {
    const [there, here] = [a.arrive('ann'), b.arrive('ann')];
    a.presence.heartbeat(there);
    b.presence.heartbeat(here);
    await pass(30_000);
    b.presence.heartbeat(here);
    await pass(40_000);
    expect(b.presence.statusOf('ann')).toBe('online');
    await pass(30_000);
    expect([a, b].map(({ presence }) => presence.statusOf('ann'))).toEqual(['away', 'away']);
    a.presence.heartbeat(there);
    expect([a, b].map(({ presence }) => presence.statusOf('ann'))).toEqual(['online', 'online']);
  });

  test('counts the connections that a user has elsewhere', () => {
    for (let n = 0; n < 3; n++) a.arrive('ann');
    a.lose('ann');
    expect(b.presence.connectionsElsewhere('ann')).toBe(2);
    expect(a.presence.connectionsElsewhere('ann')).toBe(0);
  });

  test('knows who has joined elsewhere', () => {
    a.arrive('ann');
    expect([a, b].map(({ present }) => present.isElsewhere(room, 'ann'))).toEqual([false, true]);
  });

  test('tells another node of a very large profile by little of it', () => {
    const user = { ...person('ann'), name: 'x'.repeat(20_000) };
    a.present.joined(room, user);
    expect(b.present.list(room)[0]?.name).toBe('x'.repeat(600));
  });
});

describe('a node', () => {
  let a: TestNode;
  let b: TestNode;
  beforeEach(() => {
    [a, b] = [open('a'), open('b')];
  });

  test('that falls silent takes its users with it within five seconds, and no others', async () => {
    a.arrive('ann');
    b.arrive('bob');
    b.news();
    a.freeze();
    await pass(5_000);
    expect(b.news().sort()).toEqual(['ann offline', 'ann went']);
    expect(b.here).toEqual(['bob']);
    // Nobody else is left to look after it.
    expect(b.untold).toEqual(['bob online', 'ann offline']);
  });

  test('that stood still itself gives up nobody for that', async () => {
    a.arrive('ann');
    b.arrive('bob');
    a.news();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 30_000);
    await pass(10_000);
    expect([a.news(), a.here]).toEqual([[], ['ann', 'bob']]);
  });

  test('that was given up and is heard again has its users back on both', async () => {
    a.arrive('ann');
    b.arrive('bob');
    a.bus.isCut = true;
    await pass(6_000);
    expect([a.here, b.here]).toEqual([['ann'], ['bob']]);
    a.lose('ann');
    a.arrive('eve');
    b.arrive('dan');
    await pass(2_000);
    a.bus.isCut = false;
    await pass(2_000);
    for (const node of [a, b]) {
      expect(node.here.sort()).toEqual(['bob', 'dan', 'eve']);
      expect(node.presence.of('ann')).toBeUndefined();
    }
  });

  test('that hears nothing itself gives nobody up', async () => {
    a.arrive('ann');
    b.news();
    [a.bus.isCut, b.bus.isListening] = [true, false];
    await pass(60_000);
    expect(b.news()).toEqual([]);
    expect(b.here).toEqual(['ann']);
    b.bus.isListening = true;
    await pass(6_000);
    expect(b.here).toEqual([]);
  });

  test('that comes later knows at once who is there', async () => {
    a.arrive('ann');
    const c = open('c');
    await pass(1);
    expect(c.here).toEqual(['ann']);
    expect(c.news().sort()).toEqual(['ann came', 'ann online']);
  });

  test('that misses something asks for all of it, also for what is gone', async () => {
    a.arrive('ann');
    a.arrive('bob');
    b.bus.deafFor = 4;
    a.arrive('eve');
    a.lose('ann');
    await pass(graceMs);
    expect(b.here).toEqual(['ann', 'bob']);
    await pass(1_500);
    expect(b.here).toEqual(['bob', 'eve']);
    const heardBefore = b.bus.heard.length;
    await pass(10_000);
    // A word a second, and no more questions.
    expect(b.bus.heard.length - heardBefore).toBeLessThan(12);
  });

  test('that never hears everything asks less and less', async () => {
    a.arrive('ann');
    const stubborn = network.open('stubborn');
    for (let n = 0; n < 300; n++) {
      stubborn.tell({ tells: 'alive', told: 7 });
      await pass(1_000);
    }
    const questions = a.bus.heard.length + b.bus.heard.length;
    expect(questions).toBeGreaterThan(0);
    expect(stubborn.heard.filter((telling) => telling.tells === 'ask').length).toBeLessThan(30);
  });

  test('with many users tells of them in slices, and of what changes meanwhile', async () => {
    for (let n = 0; n < 500; n++) a.arrive(`${n}`);
    const c = open('c');
    await pass(70);
    expect(c.here.length).toBeGreaterThan(0);
    for (let n = 0; n < 500; n += 2) a.lose(`${n}`);
    await pass(graceMs + 1_000);
    expect(c.here.map(Number).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 250 }, (_, n) => 2 * n + 1),
    );
  });

  test('agrees with all others in the end, whatever was lost on the way', async () => {
    const step = fc.oneof(
      fc.record({ does: fc.constantFrom('arrive', 'lose', 'busy'), at: fc.nat(2), who: fc.nat(3) }),
      fc.record({ does: fc.constantFrom('deaf', 'cut', 'joined'), at: fc.nat(2), who: fc.nat(9) }),
      fc.record({ does: fc.constant('pass'), at: fc.nat(6_000), who: fc.constant(0) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        network = new BusNetwork();
        const nodes = [open('a'), open('b'), open('c')];
        for (const { does, at, who } of steps) {
          const node = nodes[at % 3];
          if (does === 'pass') await pass(at);
          else if (does === 'arrive') node?.arrive(`${who}`);
          else if (does === 'lose') node?.lose(`${who}`);
          else if (does === 'busy') node?.set(`${who}`, 'busy');
          else if (node && does === 'deaf') node.bus.deafFor = who;
          else if (node) node.bus.isCut = does === 'cut';
        }
        for (const node of nodes) [node.bus.isCut, node.bus.deafFor] = [false, 0];
        await pass(80_000);
        const views = nodes.map((node) => [
          node.here.sort(),
          ['0', '1', '2', '3'].map((id) => node.presence.statusOf(id)),
        ]);
        expect(views[1]).toEqual(views[0]);
        expect(views[2]).toEqual(views[0]);
        const anywhere = new Set(nodes.flatMap(({ presence }) => [...presence.everybody()].map(([id]) => id)));
        expect(views[0]?.[0]).toEqual([...anywhere].sort());
        for (const node of nodes) node.dispose();
      }),
      { numRuns: 60 },
    );
  });
});

describe('typing over several nodes', () => {
  let a: TestNode;
  let b: TestNode;
  beforeEach(() => {
    [a, b] = [open('a'), open('b')];
  });

  test('is heard on all, and stops by itself once', async () => {
    a.typing.changed(room, person('ann'), true);
    expect([a.news(), b.news()]).toEqual([['ann types'], ['ann types']]);
    await pass(10_000);
    expect([a.news(), b.news()]).toEqual([['ann stops'], ['ann stops']]);
  });

  test('stops with the node where it began', async () => {
    a.typing.changed(room, person('ann'), true);
    a.freeze();
    a.typing.dispose();
    await pass(5_000);
    expect(b.news()).toEqual(['ann types', 'ann stops']);
  });

  test('stops also where its end got lost', async () => {
    a.typing.changed(room, person('ann'), true);
    a.bus.isCut = true;
    b.bus.isListening = false;
    await pass(9_000);
    expect(b.news()).toEqual(['ann types', 'ann stops']);
  });

  test('goes on where the user types now', async () => {
    a.typing.changed(room, person('ann'), true);
    for (let n = 0; n < 5; n++) {
      await pass(2_000);
      b.typing.changed(room, person('ann'), true);
    }
    expect(a.news()).not.toContain('ann stops');
    await pass(9_000);
    for (const node of [a, b]) expect(node.news().filter((words) => words === 'ann stops')).toHaveLength(1);
  });
});
