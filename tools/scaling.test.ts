import { expect, test } from 'vitest';
import {
  assumptions,
  bestEntriesPerCell,
  type Costs,
  hearingCeiling,
  nodesFor,
  plan,
  writingCeiling,
} from './scaling.ts';

const costs: Costs = {
  perSendUs: 50,
  perDeliveryUs: 10,
  perEntryUs: 20,
  perEntryOfDatabaseUs: 40,
  perConnectionKib: 30,
};

test('a log has a ceiling above which no number of nodes is enough', () => {
  expect(hearingCeiling(costs)).toBe(50_000);
  expect(nodesFor(assumptions.share * 50_000, costs)).toBe(Number.POSITIVE_INFINITY);
  expect(nodesFor(1, costs)).toBe(1);
});

test('nodes are needed faster than entries grow', () => {
  const [few, many] = [nodesFor(8_000, costs), nodesFor(16_000, costs)];
  expect(many).toBeGreaterThan(2 * few);
});

test('no cell is planned above what its database writes or its nodes hear', () => {
  const best = bestEntriesPerCell(costs);
  expect(best).toBeGreaterThan(0);
  expect(best).toBeLessThanOrEqual(assumptions.share * writingCeiling(costs));
  expect(best).toBeLessThan(assumptions.share * hearingCeiling(costs));
});

test('cells grow with users, and what a cell needs does not', () => {
  const [small, large] = [plan(1e6, costs), plan(1e7, costs)];
  expect(large.cells / small.cells).toBeGreaterThan(8);
  expect(large.cells / small.cells).toBeLessThan(11);
  expect(Math.abs(large.nodesPerCell - small.nodesPerCell)).toBeLessThanOrEqual(1);
});

test('tenants that are put where there is most room fill cells more evenly than a hash does', () => {
  const { imbalance } = plan(1e7, costs);
  expect(imbalance.placed).toBeGreaterThanOrEqual(1);
  expect(imbalance.placed).toBeLessThan(imbalance.hashed);
});
