import { checkCursors } from './checker-cursors.ts';
import { checkHearing } from './checker-hearing.ts';
import { checkQuoting } from './checker-quoting.ts';
import { checkReacting } from './checker-reacting.ts';
import { checkReading } from './checker-reading.ts';
import { checkRevising, Revised } from './checker-revising.ts';
import { checkWandering } from './checker-wandering.ts';
import { type FinalHistory, keyOf, type Record, talkerOf, turnOf } from './record.ts';
import { Truth, Verdict } from './verdict.ts';

/**
 * Decides from what clients recorded, and from the history that is left when everything is over, whether the server kept its
 * promises. It knows nothing of the server but what its clients can see.
 *
 * `histories`: one per conversation, in the order in which the record counts them.
 */
export function check(record: Record, histories: readonly FinalHistory[]): Verdict {
  const verdict = new Verdict();
  const truths = histories.map((history) => new Truth(history));
  for (const conversation of truths.keys()) checkHistory(record, truths, conversation, verdict);
  for (const talker of record.said.keys()) checkSaid(record, truths, talker, verdict);
  checkHearing(record, truths, verdict);
  checkWandering(record, truths, verdict);
  checkReading(record, truths, verdict);
  checkCursors(record, truths, verdict);
  const revised = new Revised(record, truths);
  checkRevising(record, revised, verdict);
  checkQuoting(record, histories, truths, revised, verdict);
  checkReacting(record, histories, truths, verdict);
  return verdict;
}

function checkHistory(record: Record, truths: readonly Truth[], conversation: number, verdict: Verdict): void {
  const truth = truths[conversation] as Truth;
  const seen = new Set<number>();
  for (let index = 0; index < truth.length; index++) {
    const key = truth.keyAt(index);
    const id = truth.idAt(index);
    const said = record.said[talkerOf(key)];
    if (!said || turnOf(key) >= said.length || said.conversations.at(turnOf(key)) !== conversation) {
      verdict.add('neverSaid', `message ${id} in the history of conversation ${conversation}`);
    }
    if (index > 0 && id <= truth.idAt(index - 1)) {
      verdict.add('unorderedHistory', `message ${id} follows ${truth.idAt(index - 1)} in conversation ${conversation}`);
    }
    if (seen.has(key)) verdict.add('doubledInHistory', `${inWords(key)} again as message ${id}`);
    seen.add(key);
  }
}

/** What was answered is there, once, under the id that was answered, and in the order in which it was said. */
function checkSaid(record: Record, truths: readonly Truth[], talker: number, verdict: Verdict): void {
  const said = record.said[talker];
  if (!said) return;
  const lastOfConnection = new Map<string, { id: number; turn: number }>();
  for (let turn = 0; turn < said.length; turn++) {
    const key = keyOf(talker, turn);
    const conversation = said.conversations.at(turn);
    if (said.answeredAt.at(turn) === 0) {
      verdict.add('neverAnswered', `${inWords(key)}, tried ${said.attempts.at(turn)} times`);
      continue;
    }
    verdict.acknowledged++;
    const id = said.ids.at(turn);
    const truth = truths[conversation];
    const index = truth?.indexOf(id);
    if (!truth || index === undefined) {
      verdict.add('lost', `${inWords(key)}, answered as message ${id} of conversation ${conversation}`);
      continue;
    }
    if (truth.keyAt(index) !== key) {
      verdict.add('lost', `${inWords(key)}, answered as message ${id}, which is ${inWords(truth.keyAt(index))}`);
      continue;
    }
    // A message that had to be said again may have been overtaken.
    if (said.attempts.at(turn) !== 1) continue;
    const line = `${said.connections.at(turn)}.${conversation}`;
    const last = lastOfConnection.get(line);
    if (last && id < last.id) {
      const words = `${inWords(key)} became ${id}, ${inWords(keyOf(talker, last.turn))} before it ${last.id}`;
      verdict.add('senderReordered', words);
    }
    lastOfConnection.set(line, { id, turn });
  }
  for (const { turn, id } of said.otherAnswers) {
    verdict.add('twoIds', `${inWords(keyOf(talker, turn))}: ${said.ids.at(turn)} and ${id}`);
  }
}

/** A key as people read it. */
function inWords(key: number): string {
  return `turn ${turnOf(key)} of client ${talkerOf(key)}`;
}
