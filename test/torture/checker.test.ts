import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { type FinalHistory, Heard, keyOf, type ListenerRule, Numbers, Record, Said } from './record.ts';
import type { ViolationKind } from './verdict.ts';

/** One talker who says five things in conversation 0, every second one of them; the log gives them the ids 10, 20, … 50. */
const ids = [10, 20, 30, 40, 50];
const key = (id: number) => keyOf(0, id / 10 - 1);

let record: Record;
let history: FinalHistory;

beforeEach(() => {
  record = new Record();
  const said = new Said();
  for (const id of ids) {
    said.conversations.push(0);
    said.firstSentAt.push(id * 100);
    said.answeredAt.push(id * 100 + 50);
    said.ids.push(id);
    said.answeredBy.push(1);
    said.attempts.push(1);
    said.connections.push(1);
  }
  record.said.push(said);
  history = { ids: Numbers.of(...ids), keys: Numbers.of(...ids.map(key)) };
});

/** A listener from the beginning on; a number is an id heard, an object a connection that begins. */
type Happening = number | { readonly from: number | undefined; readonly isContinued?: boolean };

function listener(happenings: readonly Happening[], rule: ListenerRule = 'ordered', since = 1): Heard {
  const heard = new Heard('listener', rule);
  heard.listensSince.set(0, since);
  heard.connects.push({ heardBefore: 0, at: 1, from: undefined, isContinued: false });
  for (const happening of happenings) {
    if (typeof happening === 'number') heard.add(0, happening, key(happening), happening * 100 + 60);
    else {
      const { from, isContinued = true } = happening;
      heard.connects.push({ heardBefore: heard.ids.length, at: 1, from, isContinued });
    }
  }
  record.heard.push(heard);
  return heard;
}

function found(): ViolationKind[] {
  return [...check(record, [history]).counts.keys()];
}

describe('what was said', () => {
  test('and answered, kept and heard as promised is in order', () => {
    listener(ids);
    const verdict = check(record, [history]);
    expect([verdict.violations, verdict.acknowledged, verdict.hearings, verdict.repeats]).toEqual([0, 5, 5, 0]);
  });

  test('is lost when it was answered and is not in the history', () => {
    history = { ids: Numbers.of(10, 20, 30, 40), keys: Numbers.of(...[10, 20, 30, 40].map(key)) };
    expect(found()).toEqual(['lost']);
  });

  test('is lost when the answered id is another message', () => {
    record.said[0]?.ids.set(4, 40);
    record.said[0]?.attempts.set(4, 2);
    expect(found()).toEqual(['lost']);
  });

  test('may be missing when it was never answered, which is a fault of its own', () => {
    record.said[0]?.answeredAt.set(4, 0);
    expect(found()).toEqual(['neverAnswered']);
  });

  test('has one id', () => {
    record.said[0]?.otherAnswers.push({ turn: 2, id: 31 });
    expect(found()).toEqual(['twoIds']);
  });

  test('stands in the history once', () => {
    history = { ids: Numbers.of(...ids, 60), keys: Numbers.of(...ids.map(key), key(10)) };
    expect(found()).toEqual(['doubledInHistory']);
  });

  test('stands in the order of the ids', () => {
    history = { ids: Numbers.of(10, 30, 20, 40, 50), keys: Numbers.of(...[10, 30, 20, 40, 50].map(key)) };
    expect(found()).toContain('unorderedHistory');
  });

  test('was said there by somebody', () => {
    history = { ids: Numbers.of(...ids, 60), keys: Numbers.of(...ids.map(key), keyOf(3, 0)) };
    expect(found()).toEqual(['neverSaid']);
  });

  test('keeps its order within a connection, unless it was said again', () => {
    const said = record.said[0] as Said;
    said.ids.set(1, 30);
    said.ids.set(2, 20);
    history = { ids: history.ids, keys: Numbers.of(...[10, 30, 20, 40, 50].map(key)) };
    expect(found()).toEqual(['senderReordered']);
    said.attempts.set(1, 2);
    expect(found()).toEqual([]);
    said.attempts.set(1, 1);
    said.connections.set(2, 2);
    expect(found()).toEqual([]);
  });
});

describe('a listener', () => {
  test.each<[string, Happening[], ViolationKind[]]>([
    ['misses one in the middle', [10, 20, 40, 50], ['missed']],
    ['misses one at the end', [10, 20, 30, 40], ['missed']],
    ['misses the first that came after it had joined', [20, 30, 40, 50], ['missed']],
    ['hears nothing', [], ['missed']],
    ['hears one twice', [10, 20, 20, 30, 40, 50], ['doubled']],
    ['hears an older one again', [10, 20, 30, 10, 40, 50], ['doubled']],
    ['hears two the wrong way round', [10, 30, 20, 40, 50], ['disordered']],
    ['misses one over a cut', [10, 20, { from: 20 }, 40, 50], ['missed']],
    ['hears again what it had shown to know', [10, 20, { from: 20 }, 20, 30, 40, 50], ['doubled']],
    ['hears what came before a cut in the wrong order', [10, 20, 30, { from: 10 }, 30, 20, 40, 50], ['doubled']],
    ['is not continued', [10, 20, { from: 20, isContinued: false }, 30, 40, 50], ['notContinued']],
    ['hears what nobody said', [10, 20, 25, 30, 40, 50], ['neverSaid']],
  ])('who %s', (_, happenings, kinds) => {
    listener(happenings);
    expect(found()).toEqual(kinds);
  });

  test('may hear again what it could not show to know, which is counted', () => {
    listener([10, 20, 30, { from: 10 }, 20, 30, 40, 50]);
    const verdict = check(record, [history]);
    expect([verdict.violations, verdict.repeats]).toEqual([0, 2]);
  });

  test('that hears much again is too much, however it came', () => {
    const cuts = Array.from({ length: 600 }, (): Happening[] => [{ from: 10 }, 20]).flat();
    listener([10, 20, ...cuts, 30, 40, 50]);
    expect(found()).toEqual(['repeatedTooMuch']);
  });

  test('needs not hear what was sent before it had joined', () => {
    listener([30, 40, 50], 'ordered', 2500);
    expect(found()).toEqual([]);
  });

  test('that hears a text under the id of another one hears what nobody said', () => {
    const heard = listener([10, 20, 30, 40]);
    heard.add(0, 50, key(10), 1);
    expect(found()).toContain('neverSaid');
  });

  test('hears its own message again only as often as it said it again', () => {
    const heard = new Heard('talker', 'ordered', 0);
    for (const id of [10, 20, 30, 20, 40, 50]) heard.add(0, id, key(id), 1);
    heard.listensSince.set(0, 1);
    record.heard.push(heard);
    expect(found()).toEqual(['doubled']);
    record.said[0]?.attempts.set(1, 2);
    expect(found()).toEqual([]);
  });

  test('that looks at ids itself may hear in any order, and misses nothing', () => {
    listener([10, 40, 20, 40, 30, 50], 'synced');
    expect(found()).toEqual([]);
    record.heard.length = 0;
    listener([10, 40, 20, 40, 50], 'synced');
    expect(found()).toEqual(['missed']);
  });

  test('hears the order of the log over all conversations', () => {
    record.said[0]?.conversations.set(1, 1);
    const histories = [
      { ids: Numbers.of(10, 30, 40, 50), keys: Numbers.of(...[10, 30, 40, 50].map(key)) },
      { ids: Numbers.of(20), keys: Numbers.of(key(20)) },
    ];
    const heard = new Heard('listener', 'ordered');
    for (const id of [10, 30, 20, 40, 50]) heard.add(id === 20 ? 1 : 0, id, key(id), 1);
    heard.listensSince.set(0, 1).set(1, 1);
    record.heard.push(heard);
    expect([...check(record, histories).counts.keys()]).toEqual(['disordered']);
  });
});

describe('a guest', () => {
  const memberships = [
    { listener: 'listener', conversation: 0, added: 5, removed: 15 },
    { listener: 'listener', conversation: 0, added: 35, removed: Number.POSITIVE_INFINITY },
  ];
  beforeEach(() => {
    record.memberships = memberships;
  });

  test('hears what is said while it is in', () => {
    listener([10, 40, 50], 'guest');
    expect(found()).toEqual([]);
  });

  test('hears nothing that was said while it was out', () => {
    listener([10, 20, 40, 50], 'guest');
    expect(found()).toEqual(['heardAsStranger']);
  });

  test('hears everything since it is in for good', () => {
    listener([10, 40], 'guest');
    expect(found()).toEqual(['missed']);
  });
});

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

  test('shows at least what was marked before', () => {
    record.views.push(view);
    record.marks.push({ user: 1, conversation: 0, messageId: 30, answeredAt: 8000 });
    expect(found()).toEqual(['cursorBackwards']);
    record.marks.length = 0;
    record.marks.push({ user: 1, conversation: 0, messageId: 30, answeredAt: 9500 });
    expect(found()).toEqual([]);
  });
});

test('heard cursors go forward within a connection', () => {
  const heard = { listener: 'listener', reader: '1', conversation: 0, messageId: 30, connection: 1 };
  record.cursors.push(heard, { ...heard, connection: 2 });
  expect(found()).toEqual([]);
  record.cursors.push({ ...heard, messageId: 20, connection: 2 });
  expect(found()).toEqual(['cursorBackwards']);
});

test('what makes no sense is a violation', () => {
  listener(ids).objections.push('two arguments');
  expect(found()).toEqual(['objection']);
});
