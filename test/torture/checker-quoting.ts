import type { Revised } from './checker-revising.ts';
import { type Quote, untold } from './quotes.ts';
import { type FinalHistory, type Record, talkerOf, turnOf } from './record.ts';
import { deleted, readingInWords } from './revisions.ts';
import type { Truth, Verdict } from './verdict.ts';

/**
 * Whatever answers a message quotes it as it reads: when it is said no older than had been answered by then, and in the end as the
 * history has it, which is not at all where it was deleted.
 */
export function checkQuoting(
  record: Record,
  histories: readonly FinalHistory[],
  truths: readonly Truth[],
  revised: Revised,
  verdict: Verdict,
): void {
  const quotes = new Map<number, Quote>();
  for (const quote of histories.flatMap((history) => history.quotes)) quotes.set(quote.messageId, quote);
  const keys = new Map<number, number>();
  for (const truth of truths) {
    for (let index = 0; index < truth.length; index++) {
      const id = truth.idAt(index);
      keys.set(id, truth.keyAt(index));
      checkMessage(record, truth, index, quotes.get(id), revised, verdict);
    }
  }
  for (const quote of quotes.values()) checkKey('the history', quote, keys, verdict);
  for (const { name, quotings } of record.heard) {
    for (let at = 0; at < quotings.length; at++) {
      const quote = quotings.at(at);
      const key = keys.get(quote.messageId);
      // What is not in the history is spoken of elsewhere.
      if (key === undefined) continue;
      const due = quotes.get(quote.messageId)?.replyToId ?? 0;
      if (quote.replyToId !== due) {
        verdict.add('wrongQuote', `${name}, message ${quote.messageId} answers ${quote.replyToId}, and not ${due}`);
      } else if (quote.replyToId > 0 && quote.reading !== untold) {
        checkKey(name, quote, keys, verdict);
        checkAge(name, quote, record.said[talkerOf(key)]?.firstSentAt.at(turnOf(key)) ?? 0, revised, verdict);
      }
    }
  }
}

/** In the end a message answers what it was said to answer, and quotes it as it reads by then. */
function checkMessage(
  record: Record,
  truth: Truth,
  index: number,
  quote: Quote | undefined,
  revised: Revised,
  verdict: Verdict,
): void {
  const [id, key] = [truth.idAt(index), truth.keyAt(index)];
  const said = record.said[talkerOf(key)];
  const wished = said?.repliesTo.at(turnOf(key)) ?? 0;
  const replyToId = quote?.replyToId ?? 0;
  const isBare = replyToId === 0 && said?.mayBeBare.at(turnOf(key)) === 1;
  if (replyToId !== wished && !isBare) {
    verdict.add('wrongQuote', `message ${id} answers ${replyToId}, and not ${wished}`);
    return;
  }
  if (!quote) return;
  const due = truth.isDeletedAt(index) ? deleted : (revised.lastReading(replyToId) ?? deleted);
  if (quote.reading === due) return;
  const words = `message ${id} quotes ${replyToId}, ${readingInWords(quote.reading)}`;
  verdict.add('wrongQuote', `${words}: it is ${readingInWords(due)}`);
}

/** Nobody's words are quoted as another's. */
function checkKey(
  where: string,
  { messageId, replyToId, key, reading }: Quote,
  keys: ReadonlyMap<number, number>,
  verdict: Verdict,
): void {
  if (reading === deleted || keys.get(replyToId) === key) return;
  verdict.add('wrongQuote', `${where}, message ${messageId} quotes other words than those of ${replyToId}`);
}

function checkAge(
  name: string,
  { messageId, replyToId, reading }: Quote,
  saidAt: number,
  revised: Revised,
  verdict: Verdict,
): void {
  const words = `${name}, message ${messageId} quotes ${replyToId}, ${readingInWords(reading)}`;
  const due = revised.answeredBefore(replyToId, saidAt, 'any');
  if (reading < due) verdict.add('staleQuote', `${words}: ${readingInWords(due)} is due`);
  // The words are gone only where they were taken back.
  if (reading === deleted && revised.lastReading(replyToId) !== deleted) verdict.add('wrongQuote', words);
}
