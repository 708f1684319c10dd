import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleRecord, type Happening, historyOf } from './example-record.ts';
import type { Record } from './record.ts';
import type { Moment, Stay } from './stays.ts';
import type { ViolationKind } from './verdict.ts';

let record: Record;

beforeEach(() => {
  record = exampleRecord();
});

/** Message 20 is said at 2000 ms and answered 50 ms later, and so on. */
const moment = (at: number, heardBefore: number, connection = 0): Moment => ({ at, heardBefore, connection });
const stayOf = (parts: Partial<Stay> = {}): Stay => ({
  listener: 'listener',
  conversation: 0,
  asked: moment(1200, 0),
  joined: moment(1500, 0),
  leaving: moment(3500, 2),
  left: moment(3600, 2),
  ...parts,
});

function found(happenings: readonly Happening[], stays: readonly Stay[]): ViolationKind[] {
  record.stays.push(...stays);
  addListener(record, happenings, { rule: 'wanderer' }).listensSince.clear();
  return [...check(record, [historyOf(exampleIds)]).counts.keys()];
}

describe('a wanderer', () => {
  test.each<[string, Happening[], Partial<Stay>, ViolationKind[]]>([
    ['hears what is said while it has joined', [20, 30], {}, []],
    ['hears a message after it has left', [20, 30, 40], {}, ['heardAfterLeaving']],
    ['does not hear the last before it leaves', [20], {}, ['missedWhileJoined']],
    ['does not hear the first after joining', [30], {}, ['missedWhileJoined']],
    ['was not answered when it left', [20], { left: undefined }, []],
    ['was cut off meanwhile', [20, { from: 20 }], { left: moment(3600, 1, 1) }, []],
    ['asked to leave before the answer', [20], { leaving: moment(3050, 1), left: moment(3600, 1) }, []],
    ['joined when the message was said already', [30], { joined: moment(2000, 0) }, []],
  ])('that %s', (_, happenings, parts, kinds) => {
    const { left, ...stay } = stayOf(parts);
    expect(found(happenings, [left === undefined ? stay : { ...stay, left }])).toEqual(kinds);
  });

  test('hears again when it has asked to join', () => {
    const again = { ...stayOf(), asked: moment(4500, 2), joined: moment(4600, 2), leaving: moment(6000, 3) };
    expect(found([20, 30, 50], [stayOf(), { ...again, left: moment(6100, 3) }])).toEqual([]);
  });

  test('hears nothing between two stays', () => {
    const again = { ...stayOf(), asked: moment(4500, 3), joined: moment(4600, 3), leaving: moment(6000, 4) };
    const words = found([20, 30, 40, 50], [stayOf(), { ...again, left: moment(6100, 4) }]);
    expect(words).toEqual(['heardAfterLeaving']);
  });

  test('is not owed what its node may not have heard yet, but leaves nothing out', () => {
    record.nodes = 2;
    expect(found([20], [stayOf({ leaving: moment(3500, 1), left: moment(3600, 1) })])).toEqual([]);
    record.heard.length = record.stays.length = 0;
    expect(found([20, 40], [stayOf({ leaving: moment(4500, 2), left: moment(4600, 2) })])).toEqual([
      'missedWhileJoined',
    ]);
  });
});
