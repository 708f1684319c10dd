import { type Heard, type Record, talkerOf, turnOf } from './record.ts';
import type { Stay } from './stays.ts';
import type { Truth, Verdict } from './verdict.ts';

/** Who has left hears nothing more until they ask to join; who has joined hears all that is said before they ask to leave. */
export function checkWandering(record: Record, truths: readonly Truth[], verdict: Verdict): void {
  const answered = new Map<number, Answered[]>();
  for (const heard of record.heard) {
    const stays = record.stays.filter(({ listener }) => listener === heard.name);
    for (const [index, stay] of stays.entries()) {
      checkGone(heard, stay, stays[index + 1], verdict);
      const truth = truths[stay.conversation];
      if (!truth) continue;
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
  readonly answeredBy: number;
};

/** In the order of their answers. */
function answeredIn(record: Record, truth: Truth): Answered[] {
  const answered: Answered[] = [];
  for (let index = 0; index < truth.length; index++) {
    const turn = turnOf(truth.keyAt(index));
    const said = record.said[talkerOf(truth.keyAt(index))];
    const answeredAt = said?.answeredAt.at(turn) ?? 0;
    if (!said || answeredAt === 0 || truth.isDeletedAt(index)) continue;
    const [sentAt, answeredBy] = [said.firstSentAt.at(turn), said.answeredBy.at(turn)];
    answered.push({ id: truth.idAt(index), sentAt, answeredAt, answeredBy });
  }
  return answered.sort((a, b) => a.answeredAt - b.answeredAt);
}

/** What the same node answered meanwhile it had told everybody by then. A stay with a cut in it leaves open what came before it. */
function checkStay(heard: Heard, stay: Stay, answered: readonly Answered[], verdict: Verdict): void {
  const { asked, joined, leaving, left } = stay;
  if (!joined || !leaving || !left || joined.connection !== left.connection) return;
  const node = heard.connects[joined.connection]?.node ?? 0;
  if (node === 0) return;
  const ids = new Set<number>();
  for (let at = asked.heardBefore; at < left.heardBefore; at++) ids.add(heard.ids.at(at));
  for (let at = firstAfter(answered, joined.at); at < answered.length; at++) {
    const { id, sentAt, answeredAt, answeredBy } = answered[at] as Answered;
    if (answeredAt >= leaving.at) return;
    if (sentAt <= joined.at || answeredBy !== node || ids.has(id)) continue;
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
