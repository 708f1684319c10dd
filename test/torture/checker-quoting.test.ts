import { beforeEach, describe, expect, test } from 'vitest';
import { check } from './checker.ts';
import { addListener, exampleIds, exampleKey, exampleRecord, historyOf } from './example-record.ts';
import { type Quote, untold } from './quotes.ts';
import type { FinalHistory, Record } from './record.ts';
import { deleted } from './revisions.ts';
import type { ViolationKind } from './verdict.ts';

/** The message 40 answers 20, which was edited before and once more after it; 50 answers 30, which is deleted in the end. */
const readings = { 20: 2, 30: deleted };
const edited: Quote = { messageId: 40, replyToId: 20, key: exampleKey(20), reading: 2 };
const gone: Quote = { messageId: 50, replyToId: 30, key: 0, reading: deleted };

let record: Record;
let history: FinalHistory;

beforeEach(() => {
  record = exampleRecord();
  record.said[0]?.repliesTo.set(3, 20);
  record.said[0]?.repliesTo.set(4, 30);
  history = { ...historyOf(exampleIds, undefined, readings), quotes: [edited, gone] };
  for (const [messageId, reading, answeredAt] of [
    [20, 1, 3900],
    [20, 2, 9000],
    [30, deleted, 9000],
  ] as const) {
    const turn = messageId / 10 - 1;
    record.revisions.push({ talker: 0, turn, messageId, reading, attempts: 1, answeredAt, answeredBy: 1 });
  }
});

const found = (): ViolationKind[] => [...check(record, [history]).counts.keys()].sort();

describe('the history', () => {
  test.each<[string, Quote[], ViolationKind[]]>([
    ['quotes messages as they read', [edited, gone], []],
    ['quotes what was edited as it was', [{ ...edited, reading: 1 }, gone], ['wrongQuote']],
    ['quotes what was deleted', [edited, { ...gone, key: exampleKey(30), reading: 0 }], ['wrongQuote']],
    ['does not quote what is there', [{ ...edited, reading: deleted }, gone], ['wrongQuote']],
    ['quotes other words', [{ ...edited, key: exampleKey(10) }, gone], ['wrongQuote']],
    ['has lost that a message answers another', [gone], ['wrongQuote']],
    [
      'has a message answer another one',
      [{ ...edited, replyToId: 10, key: exampleKey(10), reading: 0 }, gone],
      ['wrongQuote'],
    ],
    ['has a message answer what nobody answered', [edited, gone, { ...edited, messageId: 10 }], ['wrongQuote']],
  ])('%s', (_, quotes, kinds) => {
    history = { ...history, quotes };
    expect(found()).toEqual(kinds);
  });

  test('may have a message without what it was not said to answer any more', () => {
    history = { ...history, quotes: [edited] };
    expect(found()).toEqual(['wrongQuote']);
    record.said[0]?.mayBeBare.set(4, 1);
    expect(found()).toEqual([]);
  });
});

describe('a listener', () => {
  const toldIn = (reading: number): Quote => ({ ...edited, reading });

  test.each<[string, Quote[], ViolationKind[]]>([
    ['hears quotes as they were when it was said', [toldIn(1), { ...gone, key: exampleKey(30), reading: 0 }], []],
    ['hears them as they read by then', [edited, gone], []],
    ['hears only what is answered', [toldIn(untold), { ...gone, reading: untold }], []],
    ['hears a quote of what had been taken back', [toldIn(0)], ['staleQuote']],
    ['hears other words quoted', [{ ...edited, key: exampleKey(10) }], ['wrongQuote']],
    ['hears no quote', [{ ...edited, key: 0, reading: deleted }], ['wrongQuote']],
    ['hears that another message is answered', [{ ...toldIn(untold), replyToId: 10 }], ['wrongQuote']],
    ['hears that none is answered', [{ ...toldIn(untold), replyToId: 0 }], ['wrongQuote']],
  ])('that %s', (_, quotes, kinds) => {
    const heard = addListener(record, exampleIds);
    for (const quote of quotes) heard.quotings.add(quote);
    expect(found()).toEqual(kinds);
  });
});
