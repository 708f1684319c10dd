import { type Heard, type Membership, type Record, talkerOf, turnOf } from './record.ts';
import type { Truth, Verdict } from './verdict.ts';

type Missed = (conversation: number, truth: Truth, unheard: readonly number[]) => void;

/**
 * A guest hears nothing that was said while it was out; while it is connected everything that was said while it was in; and
 * everything since it is in for good.
 */
export function checkGuest(
  heard: Heard,
  record: Record,
  truths: readonly Truth[],
  missed: Missed,
  verdict: Verdict,
): void {
  const memberships = record.memberships.filter(({ listener }) => listener === heard.name);
  checkOut(heard, memberships, verdict);
  const ids = new Set<number>();
  for (let at = 0; at < heard.ids.length; at++) ids.add(heard.ids.at(at));
  for (const { conversation, added, removed } of memberships) {
    const truth = truths[conversation];
    if (!truth || Number.isFinite(removed)) continue;
    const unheard: number[] = [];
    for (let index = truth.upTo(added); index < truth.length; index++) {
      if (!ids.has(truth.idAt(index))) unheard.push(index);
    }
    missed(conversation, truth, unheard);
  }
  for (const { from, upTo, connection } of stretchesOf(heard, record)) {
    for (const { conversation, added, removed } of memberships) {
      const truth = truths[conversation];
      const end = Math.min(upTo, removed);
      for (let index = truth?.upTo(Math.max(from, added)) ?? 0; truth && index < truth.upTo(end); index++) {
        if (ids.has(truth.idAt(index)) || truth.isDeletedAt(index)) continue;
        const words = `message ${truth.idAt(index)}, a member from ${added} to ${removed}, connection ${connection}`;
        verdict.add('missedAsMember', `${heard.name}, ${words}`);
      }
    }
  }
}

function checkOut(
  { name, ids, conversations, times }: Heard,
  memberships: readonly Membership[],
  verdict: Verdict,
): void {
  for (let at = 0; at < ids.length; at++) {
    const id = ids.at(at);
    const wasIn = memberships.some(
      ({ conversation, added, removed }) => conversation === conversations.at(at) && added < id && id < removed,
    );
    if (!wasIn) verdict.add('heardAsStranger', `${name} heard message ${id} at ${times.at(at)} ms`);
  }
}

/** From which message up to which it was surely listening on one connection: what it caught up with comes before. */
function stretchesOf(
  { connects, ids, keys }: Heard,
  record: Record,
): { from: number; upTo: number; connection: number }[] {
  return connects.flatMap(({ heardBefore, at: connectedAt }, connection) => {
    const end = connects[connection + 1]?.heardBefore ?? ids.length;
    for (let at = heardBefore; at < end; at++) {
      const sentAt = record.said[talkerOf(keys.at(at))]?.firstSentAt.at(turnOf(keys.at(at))) ?? 0;
      if (sentAt > connectedAt) return [{ from: ids.at(at), upTo: ids.at(end - 1), connection }];
    }
    return [];
  });
}
