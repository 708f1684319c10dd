import { type Heard, type Record, talkerOf, turnOf } from './record.ts';
import type { Stay } from './stays.ts';
import type { Truth, Verdict } from './verdict.ts';

/**
 * Who has left hears nothing more until they ask to join; who has joined hears all that is said, without a hole, and with one
 * node all that was answered before they ask to leave.
 */
export function checkWandering(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  const answered = new Map<number, Answered[]>();
  for (const heard of record.heard) {
    const stays = record.stays.filter(({ listener }) => listener === heard.name);
    for (const [index, stay] of stays.entries()) {
      checkGone(heard, stay, stays[index + 1], verdict);
      const truth = truths[stay.conversation];
      if (!truth) continue;
      checkHoles(heard, stay, truth, verdict);
      if (record.nodes > 1) continue;
      const ofConversation = answered.get(stay.conversation) ?? answeredIn(record, truth);
      answered.set(stay.conversation, ofConversation);
      checkStay(heard, stay, ofConversation, verdict);
    }
  }
}

function checkGone(heard: Heard, { conversation, left }: Stay, next: Stay | undefined, verdict: Verdict): void {
  if (!left) return;
  const end = next?.asked.heardBefore ?? heard.ids.length;
  for (let at = left.heardBefore; at < end; at++) {
    if (heard.conversations.at(at) !== conversation) continue;
    const words = `message ${heard.ids.at(at)} at ${heard.times.at(at)} ms, it had left at ${left.at} ms`;
    verdict.add('heardAfterLeaving', `${heard.name} heard ${words}`);
  }
}

type Answered = {
  readonly id: number;
  readonly sentAt: number;
  readonly answeredAt: number;
};

/** In the order of their answers. */
function answeredIn(record: Record, truth: Truth): Answered[] {
  const answered: Answered[] = [];
  for (let index = 0; index < truth.length; index++) {
    const turn = turnOf(truth.keyAt(index));
    const said = record.said[talkerOf(truth.keyAt(index))];
    const answeredAt = said?.answeredAt.at(turn) ?? 0;
    if (!said || answeredAt === 0 || truth.isDeletedAt(index)) continue;
    answered.push({ id: truth.idAt(index), sentAt: said.firstSentAt.at(turn), answeredAt });
  }
  return answered.sort((a, b) => a.answeredAt - b.answeredAt);
}

/** Between the first message and the last that was heard on the connection that joined nothing is left out. */
function checkHoles(heard: Heard, { conversation, joined, left }: Stay, truth: Truth, verdict: Verdict): void {
  if (!joined) return;
  const end = heard.connects[joined.connection + 1]?.heardBefore ?? heard.ids.length;
  let next: number | undefined;
  for (let at = joined.heardBefore; at < Math.min(end, left?.heardBefore ?? joined.heardBefore); at++) {
    if (heard.conversations.at(at) !== conversation) continue;
    const index = truth.indexOf(heard.ids.at(at));
    if (index === undefined) continue;
    for (let hole = next ?? index; hole < index; hole++) {
      const words = `message ${truth.idAt(hole)}, and then heard ${truth.idAt(index)}`;
      if (!truth.isDeletedAt(hole)) verdict.add('missedWhileJoined', `${heard.name}, ${words}`);
    }
    next = index + 1;
  }
}

/** What was answered meanwhile everybody had been told by then. A stay with a cut in it leaves open what came before it. */
function checkStay(heard: Heard, stay: Stay, answered: readonly Answered[], verdict: Verdict): void {
  const { asked, joined, leaving, left } = stay;
  if (!joined || !leaving || !left || joined.connection !== left.connection) return;
  const ids = new Set<number>();
  for (let at = asked.heardBefore; at < left.heardBefore; at++) ids.add(heard.ids.at(at));
  for (let at = firstAfter(answered, joined.at); at < answered.length; at++) {
    const { id, sentAt, answeredAt } = answered[at] as Answered;
    if (answeredAt >= leaving.at) return;
    if (sentAt <= joined.at || ids.has(id)) continue;
    const words = `message ${id}, answered at ${answeredAt} ms; it had joined at ${joined.at} and left at ${left.at}`;
    verdict.add('missedWhileJoined', `${heard.name}, ${words}`);
  }
}

function firstAfter(answered: readonly Answered[], time: number): number {
  let low = 0;
  let high = answered.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((answered[middle] as Answered).answeredAt <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
