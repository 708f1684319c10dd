import { type HeldReaction, isSetAfter, lineOf, type ReactionStep, reactionInWords } from './reactions.ts';
import type { FinalHistory, Heard, Record } from './record.ts';
import { deleted } from './revisions.ts';
import type { Truth, Verdict } from './verdict.ts';

/** An answered reaction is there until it is taken back, nobody hears of one twice, and in the end everybody knows the same ones. */
export function checkReacting(
  record: Record,
  histories: readonly FinalHistory[],
  truths: readonly Truth[],
  verdict: Verdict,
): void {
  const reactions = new Reactions(record, truths);
  reactions.checkHistory(histories, verdict);
  for (const heard of record.heard) checkTellings(heard, reactions, verdict);
  checkPages(record, reactions, verdict);
}

/** The steps of every reaction, to look things up in. */
class Reactions {
  /** In their order. */
  readonly #steps = new Map<string, ReactionStep[]>();
  readonly #truths: readonly Truth[];

  constructor(record: Record, truths: readonly Truth[]) {
    this.#truths = truths;
    for (const step of record.reactions) {
      const line = this.#steps.get(lineOf(step));
      if (line) line.push(step);
      else this.#steps.set(lineOf(step), [step]);
    }
  }

  get lines(): Iterable<readonly ReactionStep[]> {
    return this.#steps.values();
  }

  of(reaction: HeldReaction): readonly ReactionStep[] {
    return this.#steps.get(lineOf(reaction)) ?? [];
  }

  isGone(messageId: number): boolean {
    return this.#truths.some((truth) => {
      const index = truth.indexOf(messageId);
      return index !== undefined && truth.isDeletedAt(index);
    });
  }

  checkHistory(histories: readonly FinalHistory[], verdict: Verdict): void {
    const held = new Set<string>();
    for (const reaction of histories.flatMap(({ reactions }) => reactions)) {
      const last = this.of(reaction).at(-1);
      const isWished = last !== undefined && (isSetAfter(last.step) || last.answeredAt === 0);
      if (held.has(lineOf(reaction))) verdict.add('reactionLost', `${reactionInWords(reaction)} is there twice`);
      held.add(lineOf(reaction));
      if (this.isGone(reaction.messageId)) verdict.add('reactionLost', `${reactionInWords(reaction)} outlived it`);
      else if (!last) verdict.add('neverSaid', reactionInWords(reaction));
      else if (!isWished) verdict.add('reactionLost', `${reactionInWords(reaction)} was taken back`);
    }
    for (const line of this.lines) {
      const last = line.at(-1) as ReactionStep;
      verdict.reacted += line.filter(({ answeredAt }) => answeredAt > 0).length;
      if (this.isGone(last.messageId)) continue;
      if (last.answeredAt === 0) {
        verdict.add('neverAnswered', `${reactionInWords(last)}, step ${last.step}, tried ${last.attempts} times`);
      } else if (isSetAfter(last.step) && !held.has(lineOf(last))) {
        verdict.add('reactionLost', reactionInWords(last));
      }
    }
  }
}

/** What one listener was told of reactions. */
function checkTellings(heard: Heard, reactions: Reactions, verdict: Verdict): void {
  const { reactionTellings: told, name } = heard;
  const isOrdered = heard.rule === 'ordered';
  const firstTold = firstTellings(heard);
  const [first = Number.POSITIVE_INFINITY] = firstTold.keys();
  const last = new Map<string, boolean>();
  const timesHere = new Map<string, number>();
  let here = -1;
  for (let at = 0; at < told.length; at++) {
    const reaction = { user: told.users.at(at), messageId: told.ids.at(at), emoji: told.emojis.at(at) };
    const isSet = told.areSet.at(at) === 1;
    if (told.connections.at(at) !== here) {
      here = told.connections.at(at);
      timesHere.clear();
    }
    const words = `${name}, ${reactionInWords(reaction)} ${isSet ? 'added' : 'taken back'}, connection ${here}`;
    const steps = reactions.of(reaction).filter(({ step }) => isSetAfter(step) === isSet).length;
    if (steps === 0) verdict.add('neverSaid', words);
    last.set(lineOf(reaction), isSet);
    const times = (timesHere.get(`${lineOf(reaction)} ${isSet}`) ?? 0) + 1;
    timesHere.set(`${lineOf(reaction)} ${isSet}`, times);
    if (times > steps && steps > 0) verdict.add('reactedTwice', words);
    const { messageId } = reaction;
    const isKnown = (firstTold.get(messageId) ?? Number.POSITIVE_INFINITY) < told.toldBefore.at(at);
    // Who has just come hears of reactions to what was said before.
    if (isOrdered && !isKnown && messageId > first && !reactions.isGone(messageId)) {
      verdict.add('reactedUnheard', words);
    }
  }
  if (isOrdered && heard.followsRevisions) checkEnd(heard, last, reactions, verdict);
}

/** Where among its tellings a listener was told first of each message. */
function firstTellings({ tellings }: Heard): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  for (let at = 0; at < tellings.length; at++) {
    const id = tellings.ids.at(at);
    if (tellings.areMessages.at(at) === 1 && !first.has(id)) first.set(id, at);
  }
  return first;
}

/** What the listener was told last is so; what it was never told is not. */
function checkEnd(heard: Heard, last: ReadonlyMap<string, boolean>, reactions: Reactions, verdict: Verdict): void {
  for (const line of reactions.lines) {
    const newest = line.at(-1) as ReactionStep;
    const isTold = last.get(lineOf(newest));
    const since = heard.listensSince.get(newest.conversation);
    const isOwed = since !== undefined && newest.askedAt > since;
    if (newest.answeredAt === 0 || reactions.isGone(newest.messageId)) continue;
    const isSet = isSetAfter(newest.step);
    if (isTold === undefined ? isOwed && isSet : isTold !== isSet) {
      const toldWords = isTold === undefined ? 'never told of it' : `told that it is ${isTold ? 'set' : 'taken back'}`;
      verdict.add('wrongReactionInTheEnd', `${heard.name}, ${reactionInWords(newest)}: ${toldWords}`);
    }
  }
}

/** Every reading over HTTP shows what had been answered before. */
function checkPages(record: Record, reactions: Reactions, verdict: Verdict): void {
  const ofMessages = new Map<number, ReactionStep[][]>();
  for (const line of reactions.lines) {
    const id = (line[0] as ReactionStep).messageId;
    const lines = ofMessages.get(id);
    if (lines) lines.push([...line]);
    else ofMessages.set(id, [[...line]]);
  }
  for (const { who, ids, readings = [], reactions: shown, askedAt } of record.pages) {
    if (!shown) continue;
    const held = new Set(shown.held.map(lineOf));
    for (const [index, id] of ids.entries()) {
      if (readings[index] === deleted) continue;
      for (const line of ofMessages.get(id) ?? []) {
        const due = line.findLast(({ answeredAt }) => answeredAt > 0 && answeredAt < askedAt);
        // What is asked for meanwhile may be there or not.
        if (!due || line.some(({ step, askedAt: at }) => step > due.step && at <= shown.cameAt)) continue;
        if (held.has(lineOf(due)) !== isSetAfter(due.step)) {
          verdict.add('staleRead', `${who}, asked at ${askedAt} ms: ${reactionInWords(due)}, step ${due.step} is due`);
        }
      }
    }
  }
}
