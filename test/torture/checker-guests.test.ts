import { beforeEach, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleRecord, type Happening, historyOf } from './example-record.ts';
import type { Membership, Record } from './record.ts';
import type { ViolationKind } from './verdict.ts';

let record: Record;

beforeEach(() => {
  record = exampleRecord();
});

const membership = (added: number, removed = Number.POSITIVE_INFINITY): Membership => ({
  listener: 'listener',
  conversation: 0,
  added,
  removed,
});

function found(happenings: readonly Happening[], memberships: readonly Membership[]): ViolationKind[] {
  record.memberships = memberships;
  addListener(record, happenings, { rule: 'guest' });
  return [...check(record, [historyOf(exampleIds)]).counts.keys()];
}

const twoStays = [membership(5, 15), membership(35)];
const longStay = [membership(5, 35), membership(45)];

test.each<[string, Happening[], Membership[], ViolationKind[]]>([
  ['hears what is said while it is in', [10, 40, 50], twoStays, []],
  ['hears nothing that was said while it was out', [10, 20, 40, 50], twoStays, ['heardAsStranger']],
  ['hears everything since it is in for good', [10, 40], twoStays, ['missed']],
  ['hears everything up to its removal', [10, 20, 30, 50], longStay, []],
  ['does not hear the last before its removal', [10, 20, 50], longStay, ['missedAsMember']],
  ['does not hear one before its removal', [10, 30, 50], longStay, ['missedAsMember']],
  [
    'does not hear one of a stay between two',
    [10, 50],
    [membership(5, 15), membership(25, 35), membership(45)],
    ['missedAsMember'],
  ],
  ['does not hear anything any more, for all that anybody can tell', [10, 20], [membership(5, 35)], []],
])('a guest that %s', (_, happenings, memberships, kinds) => {
  expect(found(happenings, memberships)).toEqual(kinds);
});

test('a guest that was cut off before its removal may have missed the rest', () => {
  expect(found([10, { from: 10 }, 50], longStay)).toEqual([]);
});

test('a guest that caught up and was removed meanwhile may have missed the rest', () => {
  const firstConnects = { from: 0, at: 3500 };
  expect(found([firstConnects, 10, 20, 50], longStay)).toEqual([]);
});
