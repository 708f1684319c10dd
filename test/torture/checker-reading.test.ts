import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { exampleIds, exampleRecord, historyOf } from './example-record.ts';
import type { Record } from './record.ts';
import type { ViolationKind } from './verdict.ts';

let record: Record;

beforeEach(() => {
  record = exampleRecord();
});

function found(): ViolationKind[] {
  return [...check(record, [historyOf(exampleIds)]).counts.keys()];
}

describe('a page', () => {
  const page = {
    who: 'reader',
    conversation: 0,
    after: 10,
    limit: 2,
    askedAt: 9000,
    shows: 'all',
    ids: [20, 30],
    hasMore: true,
  } as const;

  test.each<[string, object, ViolationKind[]]>([
    ['that is a slice of the history', { ids: [20, 30], count: 2 }, []],
    ['of the newest', { after: undefined, ids: [40, 50], count: 2 }, []],
    ['that leaves one out', { ids: [20, 40], count: 2 }, ['holeInPage']],
    ['that begins too late', { ids: [30, 40], count: 2 }, ['holeInPage']],
    ['that counts wrongly', { ids: [20, 30], count: 3 }, ['wrongCount']],
    ['that says that there is more', { after: 30, ids: [40, 50], count: 2 }, ['wrongCount']],
    ['that ends before what was answered', { after: 30, limit: 9, ids: [40], count: 1, hasMore: false }, ['staleRead']],
    [
      'that ends before what was answered later',
      { after: 30, limit: 9, ids: [40], count: 1, hasMore: false, askedAt: 4100 },
      [],
    ],
    [
      'that ends before what another node had answered',
      { after: 30, limit: 9, ids: [40], count: 1, hasMore: false, shows: 2 },
      [],
    ],
    [
      'that ends before what its own node had answered',
      { after: 30, limit: 9, ids: [40], count: 1, hasMore: false, shows: 1 },
      ['staleRead'],
    ],
    [
      'that ends early where it is not sure who answered',
      { after: 30, limit: 9, ids: [40], count: 1, hasMore: false, shows: 'none' },
      [],
    ],
    ['of the newest that are not', { after: undefined, ids: [30, 40], count: 2 }, ['staleRead']],
  ])('%s', (_, differences, kinds) => {
    record.pages.push({ ...page, count: 2, ...differences });
    expect(found()).toEqual(kinds);
  });
});

describe('a view', () => {
  const view = {
    user: 1,
    conversation: 0,
    askedAt: 9000,
    readCursor: 20,
    unreadCount: 3,
    messageCount: 5,
    lastMessageId: 50,
  };

  test.each<[string, object[], ViolationKind[]]>([
    ['that is right', [{}], []],
    ['of who said it all', [{ user: 0, unreadCount: 0 }], []],
    ['whose cursor goes back', [{ readCursor: 30, unreadCount: 2 }, {}], ['cursorBackwards']],
    [
      'whose count goes back',
      [{ askedAt: 1 }, { askedAt: 2, messageCount: 4, lastMessageId: 40, unreadCount: 2 }],
      ['wrongCount'],
    ],
    ['with too few unread', [{ unreadCount: 2 }], ['wrongCount']],
    ['that counts a message too many', [{ askedAt: 1, messageCount: 6, unreadCount: 3 }], ['wrongCount']],
    ['that does not show what was answered', [{ messageCount: 4, lastMessageId: 40, unreadCount: 2 }], ['staleRead']],
  ])('%s', (_, views, kinds) => {
    for (const differences of views) record.views.push({ ...view, ...differences });
    expect(found()).toEqual(kinds);
  });
});
