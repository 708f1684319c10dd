import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleRecord, historyOf } from './example-record.ts';
import { type FollowedMarks, keyOf, type Record } from './record.ts';
import { deleted } from './revisions.ts';
import type { ViolationKind } from './verdict.ts';

const view = {
  user: 1,
  conversation: 0,
  askedAt: 9000,
  readCursor: 20,
  unreadCount: 3,
  messageCount: 5,
  lastMessageId: 50,
};

let record: Record;

beforeEach(() => {
  record = exampleRecord();
});

const found = (history = historyOf(exampleIds)): ViolationKind[] => [...check(record, [history]).counts.keys()];

test('a view shows at least what was marked before', () => {
  record.views.push(view);
  record.marks.push({ user: 1, conversation: 0, messageId: 30, answeredAt: 8000 });
  expect(found()).toEqual(['cursorBackwards']);
  record.marks.length = 0;
  record.marks.push({ user: 1, conversation: 0, messageId: 30, answeredAt: 9500 });
  expect(found()).toEqual([]);
});

test('the last view shows what was marked, and counts what is unread', () => {
  record.marks.push({ user: 1, conversation: 0, messageId: 30, answeredAt: 9500 });
  record.lastViews.push({ ...view, askedAt: 20_000, readCursor: 30, unreadCount: 2 });
  expect(found()).toEqual([]);
  record.lastViews.push({ ...view, askedAt: 20_001, readCursor: 30 });
  record.lastViews.push({ ...view, askedAt: 20_002, user: 2 });
  record.marks.push({ user: 2, conversation: 0, messageId: 30, answeredAt: 9500 });
  expect(found()).toEqual(['wrongCount', 'cursorBackwards']);
});

test('heard cursors go forward within a connection', () => {
  const heard = { listener: 'listener', reader: 1, conversation: 0, messageId: 30, connection: 1 };
  record.cursors.push(heard, { ...heard, connection: 2 });
  expect(found()).toEqual([]);
  record.cursors.push({ ...heard, messageId: 20, connection: 2 });
  expect(found()).toEqual(['cursorBackwards']);
});

test('heard cursors may stand still where messages are named', () => {
  addListener(record, exampleIds, { followsMarks: 'ofOthers' });
  const heard = { listener: 'listener', reader: 1, conversation: 0, messageId: 30, connection: 1 };
  record.cursors.push(heard, heard);
  expect(found()).toEqual([]);
  record.cursors.push({ ...heard, messageId: 20 });
  expect(found()).toEqual(['cursorBackwards']);
});

describe('a listener', () => {
  /** Client 2 listens while client 1 marks. */
  function hears(messageIds: readonly number[], followsMarks: FollowedMarks, user = 2): void {
    addListener(record, exampleIds, { followsMarks, user });
    for (const messageId of messageIds) {
      record.cursors.push({ listener: 'listener', reader: 1, conversation: 0, messageId, connection: 1 });
    }
    record.marks.push({ user: 1, conversation: 0, messageId: 20, answeredAt: 8000 });
    record.lastViews.push(view);
  }

  test.each<[string, number[], FollowedMarks, ViolationKind[]]>([
    ['knows in the end how far others have read', [10, 20], 'ofAll', []],
    ['knows it where messages are named', [10, 20], 'ofOthers', []],
    ['was told of less', [10], 'ofAll', ['wrongCursorInTheEnd']],
    ['was told of less where messages are named', [10], 'ofOthers', ['wrongCursorInTheEnd']],
    ['was told of more', [20, 30], 'ofAll', ['wrongCursorInTheEnd']],
    ['was told of more where messages are named', [20, 30], 'ofOthers', ['wrongCursorInTheEnd']],
    ['was never told', [], 'ofAll', ['wrongCursorInTheEnd']],
    ['is told nothing of marks', [], 'no', []],
  ])('that %s', (_, messageIds, follows, kinds) => {
    hears(messageIds, follows);
    expect(found()).toEqual(kinds);
  });

  test('that is told of others only needs not hear of itself', () => {
    hears([], 'ofOthers', 1);
    expect(found()).toEqual([]);
  });

  test('that came after the last mark needs not hear of it', () => {
    hears([], 'ofAll');
    for (const heard of record.heard) heard.listensSince.set(0, 8001);
    expect(found()).toEqual([]);
    for (const heard of record.heard) heard.listensSince.set(0, 7999);
    expect(found()).toEqual(['wrongCursorInTheEnd']);
  });

  test('is told of the last message that another said and that is there still', () => {
    hears([10], 'ofOthers');
    const keys = [0, 1, 2, 3, 4].map((turn) => keyOf(0, turn));
    record.revisions.push({
      talker: 0,
      turn: 1,
      messageId: 20,
      reading: deleted,
      attempts: 1,
      answeredAt: 8500,
      answeredBy: 1,
    });
    expect(found(historyOf(exampleIds, keys, { 20: deleted }))).toEqual([]);
  });
});
