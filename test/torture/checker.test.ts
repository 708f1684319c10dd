import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleKey, exampleRecord, type Happening, historyOf } from './example-record.ts';
import { type FinalHistory, Heard, keyOf, type ListenerRule, type Record, type Said } from './record.ts';
import type { ViolationKind } from './verdict.ts';

const ids = exampleIds;
const key = exampleKey;

let record: Record;
let history: FinalHistory;

beforeEach(() => {
  record = exampleRecord();
  history = historyOf(ids);
});

function listener(happenings: readonly Happening[], rule: ListenerRule = 'ordered', since = 1): Heard {
  return addListener(record, happenings, { rule, since });
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
    history = historyOf([10, 20, 30, 40]);
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
    history = historyOf([...ids, 60], [...ids.map(key), key(10)]);
    expect(found()).toEqual(['doubledInHistory']);
  });

  test('stands in the order of the ids', () => {
    history = historyOf([10, 30, 20, 40, 50]);
    expect(found()).toContain('unorderedHistory');
  });

  test('was said there by somebody', () => {
    history = historyOf([...ids, 60], [...ids.map(key), keyOf(3, 0)]);
    expect(found()).toEqual(['neverSaid']);
  });

  test('keeps its order within a connection, unless it was said again', () => {
    const said = record.said[0] as Said;
    said.ids.set(1, 30);
    said.ids.set(2, 20);
    history = historyOf(ids, [10, 30, 20, 40, 50].map(key));
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

  test('that joined right before a cut may be told on coming back what was said right before it was in', () => {
    const told = [30, { from: 10 }, 20, 30, 40, 50];
    addListener(record, told, { joins: true, since: 2500 });
    expect(found()).toEqual([]);
    record.heard.length = 0;
    addListener(record, told, { joins: false, since: 2500 });
    expect(found()).toEqual(['doubled']);
    record.heard.length = 0;
    addListener(record, [30, { from: 30 }, 20, 40, 50], { joins: true, since: 2500 });
    expect(found()).toEqual(['doubled']);
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
    const heard = new Heard('talker', 'ordered', { repeatsOf: 0 });
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
    const histories = [historyOf([10, 30, 40, 50]), historyOf([20])];
    const heard = new Heard('listener', 'ordered');
    for (const id of [10, 30, 20, 40, 50]) heard.add(id === 20 ? 1 : 0, id, key(id), 1);
    heard.listensSince.set(0, 1).set(1, 1);
    record.heard.push(heard);
    expect([...check(record, histories).counts.keys()]).toEqual(['disordered']);
  });
});

test('what makes no sense is a violation', () => {
  listener(ids).objections.push('two arguments');
  expect(found()).toEqual(['objection']);
});
