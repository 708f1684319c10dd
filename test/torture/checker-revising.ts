import { type Heard, keyOf, type Record } from './record.ts';
import { deleted, type Revision, readingInWords } from './revisions.ts';
import type { Truth, Verdict } from './verdict.ts';

/**
 * What was edited reads so from the answer on, or newer; what was deleted is gone; and nobody hears an older text of a message
 * than they had heard.
 */
export function checkRevising(record: Record, revised: Revised, verdict: Verdict): void {
  for (const revision of record.revisions) revised.checkAnswer(revision, verdict);
  revised.checkHistory(verdict);
  for (const heard of record.heard) checkTellings(heard, revised, verdict);
  checkPages(record, revised, verdict);
}

/** All that became of messages, to look things up in. */
export class Revised {
  readonly #truths: readonly Truth[];
  /** By message id, in the order in which they were asked for. */
  readonly #revisions = new Map<number, Revision[]>();

  constructor(record: Record, truths: readonly Truth[]) {
    this.#truths = truths;
    for (const revision of record.revisions) {
      const ofMessage = this.#revisions.get(revision.messageId);
      if (ofMessage) ofMessage.push(revision);
      else this.#revisions.set(revision.messageId, [revision]);
    }
  }

  /** How a message reads in the end; undefined where there is none. */
  lastReading(messageId: number): number | undefined {
    for (const truth of this.#truths) {
      const index = truth.indexOf(messageId);
      if (index !== undefined) return truth.readingAt(index);
    }
    return undefined;
  }

  /** Which node answered this edit or deletion, as `answeredBy` has it. */
  answeredBy(messageId: number, reading: number): number {
    return this.#of(messageId).find((one) => one.reading === reading)?.answeredBy ?? 0;
  }

  wasAskedFor(messageId: number, reading: number): boolean {
    return reading === 0 || this.#of(messageId).some((one) => one.reading === reading);
  }

  /** The newest reading that was answered before a time, by one node or by any. */
  answeredBefore(messageId: number, time: number, by: number | 'any'): number {
    let newest = 0;
    for (const { answeredAt, answeredBy, reading } of this.#of(messageId)) {
      if (answeredAt > 0 && answeredAt < time && (by === 'any' || answeredBy === by))
        newest = Math.max(newest, reading);
    }
    return newest;
  }

  checkAnswer({ talker, turn, messageId, reading, answeredAt, attempts }: Revision, verdict: Verdict): void {
    const words = `message ${messageId}, turn ${turn} of client ${talker}, ${readingInWords(reading)}`;
    if (answeredAt === 0) {
      verdict.add('neverAnswered', `${words}, tried ${attempts} times`);
      return;
    }
    verdict.revised++;
    const last = this.lastReading(messageId);
    // A message that is not there at all is lost, which is said of the message.
    if (last !== undefined && last < reading) verdict.add('revisionLost', `${words}: it is ${readingInWords(last)}`);
  }

  /** Nothing was edited or deleted that nobody wished so. */
  checkHistory(verdict: Verdict): void {
    for (const truth of this.#truths) {
      for (let index = 0; index < truth.length; index++) {
        const id = truth.idAt(index);
        const reading = truth.readingAt(index);
        if (!this.wasAskedFor(id, reading)) verdict.add('neverSaid', `message ${id}, ${readingInWords(reading)}`);
        const isAnothers = this.#of(id).some(({ talker, turn }) => keyOf(talker, turn) !== truth.keyAt(index));
        if (isAnothers) verdict.add('lost', `message ${id}, which was revised, is another one`);
      }
    }
  }

  #of(messageId: number): readonly Revision[] {
    return this.#revisions.get(messageId) ?? [];
  }
}

/** What was told last of a message. */
type Telling = { readonly reading: number; readonly isMessage: boolean; readonly connection: number };

/** What one listener was told of messages that changed. */
function checkTellings(heard: Heard, revised: Revised, verdict: Verdict): void {
  const { tellings, connects, name, rule, followsRevisions } = heard;
  const isOrdered = rule === 'ordered';
  const last = new Map<number, Telling>();
  const first = firstMessageOf(heard);
  const toldHere = new Set<string>();
  let here = -1;
  for (let at = 0; at < tellings.length; at++) {
    const id = tellings.ids.at(at);
    const reading = tellings.readings.at(at);
    const isMessage = tellings.areMessages.at(at) === 1;
    if (tellings.connections.at(at) !== here) {
      here = tellings.connections.at(at);
      toldHere.clear();
    }
    const words = `${name}, message ${id}, ${readingInWords(reading)}, connection ${here}`;
    const final = revised.lastReading(id);
    if (final === undefined || !revised.wasAskedFor(id, reading)) verdict.add('neverSaid', words);
    const before = last.get(id);
    last.set(id, { reading, isMessage, connection: here });
    const connect = connects[here];
    if (before && reading < before.reading) {
      // What was read from the store, or heard on another node, may be ahead of what a node has heard that did not answer it.
      const mayBeAhead = before.isMessage || before.connection !== here;
      const isBehind = mayBeAhead && revised.answeredBy(id, before.reading) !== connect?.node;
      if (!isBehind) verdict.add('wordsCameBack', `${words}, after ${readingInWords(before.reading)}`);
    }
    const due = connect && connect.node > 0 ? revised.answeredBefore(id, connect.since, connect.node) : 0;
    if (reading < due)
      verdict.add('oldWords', `${words}, begun at ${connect?.since} ms: ${readingInWords(due)} is due`);
    if (isMessage) continue;
    if (toldHere.has(`${id} ${reading}`)) verdict.add('revisedTwice', words);
    toldHere.add(`${id} ${reading}`);
    // A message that is deleted by now may have been so when its listener came back.
    if (isOrdered && before === undefined && id > first && final !== deleted) verdict.add('revisedUnheard', words);
  }
  if (!isOrdered || !followsRevisions) return;
  for (const [id, { reading }] of last) {
    const final = revised.lastReading(id);
    if (final === undefined || final === reading) continue;
    verdict.add('wrongInTheEnd', `${name}, message ${id}: ${readingInWords(reading)}, it is ${readingInWords(final)}`);
  }
}

/** Who has just come hears what becomes of messages that were said before. */
function firstMessageOf({ tellings }: Heard): number {
  for (let at = 0; at < tellings.length; at++) if (tellings.areMessages.at(at) === 1) return tellings.ids.at(at);
  return Number.POSITIVE_INFINITY;
}

/** Every reading over HTTP shows what had been answered before. */
function checkPages(record: Record, revised: Revised, verdict: Verdict): void {
  for (const { who, ids, readings = [], askedAt } of record.pages) {
    for (const [index, reading] of readings.entries()) {
      const id = ids[index] ?? 0;
      const due = revised.answeredBefore(id, askedAt, 'any');
      const words = `${who}, asked at ${askedAt} ms: message ${id} is ${readingInWords(reading)}`;
      if (reading < due) verdict.add('staleRead', `${words}, ${readingInWords(due)} is due`);
      else if (!revised.wasAskedFor(id, reading)) verdict.add('neverSaid', words);
    }
  }
}
