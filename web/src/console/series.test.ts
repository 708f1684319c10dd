import { expect, test } from 'vitest';
import { ceilingOf, namesIn, shortly, shownOf, windowMs, withSnapshot } from './series.ts';
import { type Snapshot, snapshotFrom } from './snapshot.ts';

const snapshot = (at: number, more: Partial<Snapshot> = {}): Snapshot => ({
  ...snapshotFrom({}),
  node: 'a',
  at,
  ...more,
});

test('rates are what was added between two snapshots of a node, over the time between them', () => {
  const first = withSnapshot(undefined, snapshot(1000, { messages: 100, deliveries: 1000, cpuSeconds: 1 }));
  expect(first.samples).toEqual([]);
  const refusals = new Map([['RATE_LIMITED', 4]]);
  const { samples } = withSnapshot(first, snapshot(3000, { messages: 150, deliveries: 3000, cpuSeconds: 2, refusals }));
  expect(samples).toMatchObject([{ at: 3000, sendsPerSecond: 25, deliveriesPerSecond: 1000, cpus: 0.5 }]);
  expect(samples[0]?.refusalsPerSecond.get('RATE_LIMITED')).toBe(2);
});

test('only some minutes are kept, and a snapshot that is no newer is left out', () => {
  let series = withSnapshot(undefined, snapshot(1));
  for (let at = 1000; at <= 2 * windowMs; at += 1000) series = withSnapshot(series, snapshot(at));
  expect(series.samples).toHaveLength(windowMs / 1000);
  expect(withSnapshot(series, snapshot(5))).toBe(series);
});

test('the node that was shown stays as long as it answers, and then makes way for the one that does', () => {
  const nodes = (a: number, b: number) =>
    new Map([
      ['a', withSnapshot(undefined, snapshot(a))],
      ['b', withSnapshot(undefined, snapshot(b, { node: 'b' }))],
    ]);
  const shown = (a: number, b: number, before: string | undefined) => shownOf(nodes(a, b), before)?.newest.node;
  expect(shown(1000, 2000, undefined)).toBe('b');
  expect(shown(1000, 2000, 'a')).toBe('a');
  expect(shown(1000, 60_000, 'a')).toBe('b');
  expect(shownOf(new Map(), 'a')).toBeUndefined();
});

test('only what has been is named', () => {
  const first = withSnapshot(undefined, snapshot(1000));
  const connections = new Map([
    ['rooms', 1],
    ['kenz', 2],
    ['none', 0],
  ]);
  expect(namesIn(withSnapshot(first, snapshot(2000, { connections })).samples, (each) => each.connections)).toEqual([
    'kenz',
    'rooms',
  ]);
});

test('connections of a dialect are added up over transports', () => {
  const of = (transport: string, count: number) => ({ dialect: 'kenz', transport, count });
  expect(snapshotFrom({ connections: [of('polling', 1), of('websocket', 2)] }).connections).toEqual(
    new Map([['kenz', 3]]),
  );
});

test.each([
  [0, 1],
  [0.031, 0.04],
  [1, 1],
  [3.1, 4],
  [43, 50],
  [51, 60],
  [100, 100],
  [101, 150],
])('the ceiling above %d is %d', (highest, ceiling) => {
  expect(ceilingOf(highest)).toBeCloseTo(ceiling);
});

test.each([
  [0, '0'],
  [0.256, '0.26'],
  [3.14, '3.1'],
  [420.4, '420'],
  [1234, '1234'],
  [12_345, '12.3k'],
  [3_400_000, '3.4M'],
])('%d is said as %s', (value, said) => {
  expect(shortly(value)).toBe(said);
});
