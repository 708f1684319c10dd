import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleRecord, type Happening, historyOf } from './example-record.ts';
import type { FinalHistory, Record } from './record.ts';
import { deleted, type Revision } from './revisions.ts';
import type { ViolationKind } from './verdict.ts';

/** Of the five messages the second is edited twice and the fourth deleted, each a second after the other. */
const readings = { 20: 2, 40: deleted };
const [first, second, deletion] = [10_000, 11_000, 12_000];

let record: Record;
let history: FinalHistory;

beforeEach(() => {
  record = exampleRecord();
  history = historyOf(exampleIds, undefined, readings);
  record.revisions.push(revisionOf(20, 1, first), revisionOf(20, 2, second), revisionOf(40, deleted, deletion));
});

function revisionOf(messageId: number, reading: number, answeredAt: number): Revision {
  return { talker: 0, turn: messageId / 10 - 1, messageId, reading, attempts: 1, answeredAt, answeredBy: 1 };
}

function found(): ViolationKind[] {
  return [...check(record, [history]).counts.keys()];
}

const said = (id: number, reading = 0): Happening => ({ id, reading, isMessage: true });
const told = (id: number, reading: number): Happening => ({ id, reading, isMessage: false });
const all = [said(10), said(20), said(30), said(40), said(50)];
const becomes = [told(20, 1), told(20, 2), told(40, deleted)];

describe('what was edited or deleted', () => {
  test('and answered, kept and heard as promised is in order', () => {
    addListener(record, [...all, ...becomes], { followsRevisions: true });
    const verdict = check(record, [history]);
    expect([verdict.words, verdict.revised]).toEqual([[], 3]);
  });

  test.each<[string, { readonly [id: number]: number }, ViolationKind[]]>([
    ['is lost when the message reads as before', { ...readings, 20: 1 }, ['revisionLost']],
    ['is lost when the message was never edited', { ...readings, 20: 0 }, ['revisionLost']],
    ['is lost when the message that was deleted is there', { ...readings, 40: 0 }, ['revisionLost']],
    ['was wished so', { ...readings, 30: 1 }, ['neverSaid']],
    ['was deleted by whoever wished it', { ...readings, 30: deleted }, ['neverSaid']],
  ])('%s', (_, others, kinds) => {
    history = historyOf(exampleIds, undefined, others);
    expect(found()).toEqual(kinds);
  });

  test('may read newer than it was answered', () => {
    record.revisions.push(revisionOf(20, deleted, 13_000));
    history = historyOf(exampleIds, undefined, { ...readings, 20: deleted });
    expect(found()).toEqual([]);
  });

  test('is answered', () => {
    record.revisions.push(revisionOf(10, 1, 0));
    expect(found()).toEqual(['neverAnswered']);
  });
});

describe('a listener', () => {
  test.each<[string, Happening[], ViolationKind[]]>([
    [
      'hears an edited message as it reads by now',
      [said(10), said(20, 2), said(30), said(50), ...becomes.slice(1)],
      [],
    ],
    ['was away for a message that was deleted', [said(10), said(20), said(30), said(50), ...becomes.slice(0, 2)], []],
    ['hears of a deletion of what it never heard', [said(10), said(20), said(30), said(50), ...becomes], []],
    ['hears the last of two edits', [...all, told(20, 2), told(40, deleted)], []],
    ['hears an edit again after a cut', [...all, ...becomes, { from: 50 }, told(20, 2)], []],
    ['hears an edit twice', [...all, ...becomes, told(40, deleted)], ['revisedTwice']],
    [
      'hears the older of two edits last',
      [...all, told(20, 2), told(20, 1), told(40, deleted)],
      ['wordsCameBack', 'wrongInTheEnd'],
    ],
    [
      'hears the older edit of a message first',
      [...all, told(20, 2), told(20, 1), told(20, 2), told(40, deleted)],
      ['wordsCameBack', 'revisedTwice'],
    ],
    [
      'hears a message again that was deleted',
      [...all, ...becomes, { from: 30 }, said(40), said(50), told(40, deleted)],
      ['wordsCameBack'],
    ],
    ['does not hear of an edit', [...all, told(20, 1), told(40, deleted)], ['wrongInTheEnd']],
    ['does not hear of a deletion', [...all, told(20, 1), told(20, 2)], ['wrongInTheEnd']],
    [
      'hears of an edit before the message',
      [said(10), told(20, 2), said(20), said(30), said(50)],
      ['wordsCameBack', 'revisedUnheard', 'wrongInTheEnd'],
    ],
    [
      'hears of an edit in place of the message',
      [said(10), told(20, 2), said(30), said(50)],
      ['missed', 'revisedUnheard'],
    ],
    ['hears of an edit that nobody made', [...all, ...becomes, told(30, 1)], ['neverSaid', 'wrongInTheEnd']],
    ['hears of an edit of what nobody said', [...all, ...becomes, told(25, 1)], ['neverSaid', 'revisedUnheard']],
  ])('who %s', (_, happenings, kinds) => {
    addListener(record, happenings, { followsRevisions: true });
    expect(found().sort()).toEqual(kinds.sort());
  });

  const back = (since: number, node = 1) => ({ from: 10, since, node });

  test.each<[string, Happening[], ViolationKind[]]>([
    ['old words that had been taken back by then', [said(10), back(second + 1), said(20, 1)], ['oldWords']],
    ['an edit that had been replaced by then', [said(10), said(20), back(second + 1), told(20, 1)], ['oldWords']],
    ['a message that had been deleted by then', [said(30), back(deletion + 1), said(40)], ['oldWords']],
    ['old words that are taken back only then', [said(10), back(second), said(20, 1)], []],
    ['old words on a node that had not answered', [said(10), back(second + 1, 2), said(20, 1)], []],
    ['old words where it is not sure who answered', [said(10), back(second + 1, 0), said(20, 1)], []],
  ])('who comes back and hears %s', (_, happenings, kinds) => {
    const heard = addListener(record, happenings);
    heard.listensSince.clear();
    expect(found()).toEqual(kinds);
  });

  test('hears edits of what was said before it came', () => {
    addListener(record, [told(20, 2), said(30), said(50)], { followsRevisions: true, since: 2500 });
    expect(found()).toEqual([]);
  });

  test.each<[string, Happening[], ViolationKind[]]>([
    ['a node that has not heard of it yet', [...all, ...becomes, back(1, 2), told(20, 1), told(20, 2)], []],
    ['the node that answered it', [...all, ...becomes, back(1, 1), told(20, 1), told(20, 2)], ['wordsCameBack']],
    [
      'a node that has not heard of it, but has told it',
      [...all, back(1, 2), ...becomes, told(20, 1)],
      ['wordsCameBack', 'revisedTwice', 'wrongInTheEnd'],
    ],
    [
      'a node that reads further than it has heard',
      [back(1, 2), ...all.slice(0, 1), said(20, 2), ...all.slice(2), ...becomes],
      [],
    ],
  ])('who comes back on %s', (_, happenings, kinds) => {
    addListener(record, happenings, { followsRevisions: true });
    expect(found()).toEqual(kinds);
  });

  test('whose dialect does not tell of edits knows what it heard', () => {
    addListener(record, all);
    expect(found()).toEqual([]);
  });

  test('that looks at ids itself may hear of an edit before it asks for the message', () => {
    addListener(record, [said(10), told(20, 2), said(20, 2), said(30), said(50)], { rule: 'synced' });
    expect(found()).toEqual([]);
  });

  test('misses what was not deleted', () => {
    addListener(record, [said(10), said(20), said(50), ...becomes], { followsRevisions: true });
    expect(found()).toEqual(['missed']);
  });
});

describe('a page', () => {
  const ids = [20, 30, 40, 50];
  const page = { who: 'reader', conversation: 0, after: 10, limit: 4, hasMore: false, count: 4, ids } as const;

  test.each<[string, number, readonly number[], ViolationKind[]]>([
    ['that shows what was answered', 15_000, [2, 0, deleted, 0], []],
    ['that shows an older text', 15_000, [1, 0, deleted, 0], ['staleRead']],
    ['that shows what was deleted', 15_000, [2, 0, 0, 0], ['staleRead']],
    ['that was asked for before', second, [1, 0, 0, 0], []],
    ['that shows an edit that nobody made', 15_000, [2, 1, deleted, 0], ['neverSaid']],
  ])('%s', (_, askedAt, shown, kinds) => {
    record.pages.push({ ...page, askedAt, shows: 'all', readings: shown });
    expect(found()).toEqual(kinds);
  });

  test.each<[string, object, ViolationKind[]]>([
    ['passes over what was deleted', { ids: [20, 30, 50], count: 3 }, []],
    ['shows what was deleted later', { ids, count: 4 }, []],
    ['passes over what was not', { ids: [20, 50], count: 2 }, ['holeInPage']],
    ['ends before what was deleted', { ids: [20, 30], count: 2, limit: 2, hasMore: true }, []],
    ['ends before what was answered', { ids: [20, 30], count: 2 }, ['staleRead']],
  ])('over a socket %s', (_, differences, kinds) => {
    record.pages.push({ ...page, askedAt: 15_000, shows: 1, ...differences });
    expect(found()).toEqual(kinds);
  });

  test('over HTTP does not pass over what was deleted', () => {
    record.pages.push({ ...page, askedAt: 15_000, shows: 'all', ids: [20, 30, 50], count: 3 });
    expect(found()).toEqual(['holeInPage']);
  });
});

describe('a view', () => {
  const view = { user: 1, conversation: 0, readCursor: 20, messageCount: 5, lastMessageId: 50 };

  test.each<[string, number, number, ViolationKind[]]>([
    ['counts what was deleted as unread for nobody', 15_000, 2, []],
    ['counts what was deleted as unread', 15_000, 3, ['wrongCount']],
    ['counts what is deleted just then, or not', deletion, 3, []],
    ['counts too little', 15_000, 1, ['wrongCount']],
  ])('that %s', (_, askedAt, unreadCount, kinds) => {
    record.views.push({ ...view, askedAt, unreadCount });
    expect(found()).toEqual(kinds);
  });
});
