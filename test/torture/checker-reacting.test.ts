import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleRecord, type Happening, historyOf } from './example-record.ts';
import type { HeldReaction, ReactionStep } from './reactions.ts';
import type { FinalHistory, Heard, Record } from './record.ts';
import { deleted } from './revisions.ts';
import type { ViolationKind } from './verdict.ts';

/** Client 1 reacts to the second message, and takes back what it reacted to the third. */
const kept: HeldReaction = { user: 1, messageId: 20, emoji: 0 };
const back: HeldReaction = { user: 1, messageId: 30, emoji: 1 };
const [first, second, third] = [10_000, 11_000, 12_000];

let record: Record;
let history: FinalHistory;

beforeEach(() => {
  record = exampleRecord();
  history = { ...historyOf(exampleIds), reactions: [kept] };
  record.reactions.push(stepOf(kept, 1, first), stepOf(back, 1, second), stepOf(back, 2, third));
});

function stepOf(reaction: HeldReaction, step: number, askedAt: number, answeredAt = askedAt + 50): ReactionStep {
  return { ...reaction, conversation: 0, step, askedAt, attempts: 1, answeredAt };
}

function found(): ViolationKind[] {
  return [...check(record, [history]).counts.keys()].sort();
}

const said = (id: number): Happening => ({ id, reading: 0, isMessage: true });
const all = exampleIds.map(said);

type Told = readonly [HeldReaction, isSet: boolean, connection?: number];

/** A listener who hears all messages and then these reactions. */
function hears(tellings: readonly Told[], happenings: readonly Happening[] = all): Heard {
  const heard = addListener(record, happenings, { followsRevisions: true });
  for (const [reaction, isSet, connection = 0] of tellings) {
    heard.reactionTellings.add(reaction, isSet, connection, heard.tellings.length);
  }
  return heard;
}

const everything: readonly Told[] = [
  [kept, true],
  [back, true],
  [back, false],
];

test('reactions that are answered, kept and heard as promised are in order', () => {
  hears(everything);
  const verdict = check(record, [history]);
  expect([verdict.words, verdict.reacted]).toEqual([[], 3]);
});

describe('the history', () => {
  test.each<[string, readonly HeldReaction[], ViolationKind[]]>([
    ['lacks a reaction', [], ['reactionLost']],
    ['has a reaction that was taken back', [kept, back], ['reactionLost']],
    ['has a reaction twice', [kept, kept], ['reactionLost']],
    ['has a reaction of somebody else', [kept, { ...kept, user: 2 }], ['neverSaid']],
    ['has another emoji', [kept, { ...kept, emoji: -1 }], ['neverSaid']],
  ])('%s', (_, reactions, kinds) => {
    history = { ...history, reactions };
    expect(found()).toEqual(kinds);
  });

  test.each<[string, readonly HeldReaction[], ViolationKind[]]>([
    ['no reaction', [], []],
    ['one', [kept], ['reactionLost']],
  ])('of a deleted message has %s', (_, reactions, kinds) => {
    record.revisions.push({
      talker: 0,
      turn: 1,
      messageId: 20,
      reading: deleted,
      attempts: 1,
      answeredAt: third,
      answeredBy: 1,
    });
    history = { ...historyOf(exampleIds, undefined, { 20: deleted }), reactions };
    expect(found()).toEqual(kinds);
  });

  test.each([[[kept, back]], [[kept]]])('has a reaction that was not answered, or not: %j', (reactions) => {
    record.reactions.push(stepOf(back, 3, 13_000, 0));
    history = { ...history, reactions };
    expect(found()).toEqual(['neverAnswered']);
  });
});

describe('a listener', () => {
  test.each<[string, readonly Told[], ViolationKind[]]>([
    ['came back when a reaction was set and taken back again', [[kept, true]], []],
    ['hears again after a cut', [...everything, [back, true, 1], [back, false, 1]], []],
    ['never hears of a reaction', everything.slice(1), ['wrongReactionInTheEnd']],
    ['never hears that one was taken back', everything.slice(0, 2), ['wrongReactionInTheEnd']],
    [
      'hears first that it was taken back',
      [
        [kept, true],
        [back, false],
        [back, true],
      ],
      ['wrongReactionInTheEnd'],
    ],
    ['hears of one twice', [...everything, [kept, true]], ['reactedTwice']],
    [
      'hears that one was taken back that was not',
      [...everything, [kept, false]],
      ['neverSaid', 'wrongReactionInTheEnd'],
    ],
    ['hears of another', [...everything, [{ ...kept, user: 2 }, true]], ['neverSaid']],
  ])('who %s', (_, tellings, kinds) => {
    hears(tellings, [...all, { from: 50 }]);
    expect(found()).toEqual(kinds);
  });

  test('hears of a reaction before its message', () => {
    const heard = hears([], [said(10)]);
    for (const [reaction, isSet] of everything) heard.reactionTellings.add(reaction, isSet, 0, heard.tellings.length);
    for (const id of exampleIds.slice(1)) {
      heard.add(0, id, historyOf([id]).keys.at(0), id * 100);
      heard.tellings.add(id, 0, 0, true);
    }
    expect(found()).toEqual(['reactedUnheard']);
  });

  test('that came later is owed what was reacted then', () => {
    const late = addListener(record, [], { followsRevisions: true, since: first + 1 });
    expect(found()).toEqual([]);
    late.listensSince.set(0, first - 1);
    expect(found()).toEqual(['wrongReactionInTheEnd']);
  });
});

describe('a page', () => {
  const page = { who: 'reader', conversation: 0, after: 10, limit: 4, shows: 'all', hasMore: false, count: 4 } as const;
  const ids = [20, 30, 40, 50];

  test.each<[string, number, readonly HeldReaction[], ViolationKind[]]>([
    ['shows what was answered', 15_000, [kept], []],
    ['lacks what was answered', 15_000, [], ['staleRead']],
    ['shows what was taken back', 15_000, [kept, back], ['staleRead']],
    ['was asked for before', first, [], []],
    ['was asked for while it was taken back', third - 10, [kept, back], []],
    ['was asked for while it was taken back, and shows that', third - 10, [kept], []],
  ])('that %s', (_, askedAt, held, kinds) => {
    const readings = ids.map(() => 0);
    record.pages.push({ ...page, ids, readings, askedAt, reactions: { held, cameAt: askedAt + 20 } });
    expect(found()).toEqual(kinds);
  });
});
