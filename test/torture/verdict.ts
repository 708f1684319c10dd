import type { FinalHistory } from './record.ts';
import { deleted } from './revisions.ts';

/** What can be broken. Each is a promise of the server's, told from outside. */
export const violationKinds = {
  doubledInHistory: 'one thing said stands twice in the history',
  unorderedHistory: 'the history is not in the order of its ids',
  neverSaid: 'something was heard or kept that nobody said there',
  lost: 'an acknowledged message is not in the history',
  twoIds: 'one clientMessageId was answered with two ids',
  neverAnswered: 'something said was never answered',
  senderReordered: 'messages of one connection were reordered',
  missed: 'a listener did not hear a message',
  doubled: 'a listener heard a message twice',
  disordered: 'a listener heard messages in another order than the others',
  notContinued: 'a session was not continued',
  repeatedTooMuch: 'more is repeated after cuts than a cut inside a buffer explains',
  heardAsStranger: 'a message was heard by somebody who was no member',
  missedAsMember: 'a guest that was connected did not hear a message that was said while it was a member',
  heardAfterLeaving: 'a listener heard a message of a conversation that it had left',
  missedWhileJoined: 'a listener that had joined did not hear a message before it left',
  holeInPage: 'a page of history leaves something out or is out of order',
  staleRead: 'a reading does not show what had been answered before it was asked for',
  wrongCount: 'a count is wrong',
  revisionLost: 'an acknowledged edit or deletion is not in the history',
  wordsCameBack: 'a listener was told an older text of a message than it had been told, or one that was deleted',
  oldWords: 'who came back was told words that had been taken back before',
  revisedUnheard: 'a listener was told of an edit of a message that it had not heard',
  revisedTwice: 'a listener was told of one edit or deletion twice on one connection',
  wrongInTheEnd: 'what a listener was told last of a message is not what the history says',
  wrongQuote: 'a message does not answer what it was said to answer, or does not quote it as it reads',
  staleQuote: 'a message quotes what had been taken back when it was said',
  reactionLost: 'an acknowledged reaction is not in the history, or is there though it was taken back',
  reactedTwice: 'a listener was told of one reaction twice on one connection',
  reactedUnheard: 'a listener was told of a reaction to a message that it had not heard',
  wrongReactionInTheEnd: 'what a listener was told last of a reaction is not what the history says',
  cursorBackwards: 'a read cursor went backwards',
  wrongCursorInTheEnd: 'what a listener was told last of how far somebody has read is not what the server says',
  objection: 'a client heard something that makes no sense',
} as const;

export type ViolationKind = keyof typeof violationKinds;

const wordsKept = 20;

export class Verdict {
  readonly counts = new Map<ViolationKind, number>();
  /** The first of each kind, in words. */
  readonly words: string[] = [];
  readonly #ofKind = new Map<ViolationKind, number>();
  /** Frames heard again after a cut because the client could not know that it had them. */
  repeats = 0;
  hearings = 0;
  acknowledged = 0;
  /** Edits and deletions that were answered. */
  revised = 0;
  /** Reactions that were answered, and those that were taken back. */
  reacted = 0;

  add(kind: ViolationKind, words: string, count = 1): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + count);
    const ofKind = (this.#ofKind.get(kind) ?? 0) + 1;
    this.#ofKind.set(kind, ofKind);
    if (this.words.length < wordsKept && ofKind <= 5) this.words.push(`${violationKinds[kind]}: ${words}`);
  }

  get violations(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }
}

/** The final history of one conversation, to look things up in. */
export class Truth {
  readonly #history: FinalHistory;

  constructor(history: FinalHistory) {
    this.#history = history;
  }

  get length(): number {
    return this.#history.ids.length;
  }

  idAt(index: number): number {
    return this.#history.ids.at(index);
  }

  keyAt(index: number): number {
    return this.#history.keys.at(index);
  }

  readingAt(index: number): number {
    return this.#history.readings.at(index);
  }

  isDeletedAt(index: number): boolean {
    return this.readingAt(index) === deleted;
  }

  /** How many messages have an id up to this one. */
  upTo(id: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.idAt(middle) <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the message stands; undefined when there is none with this id. */
  indexOf(id: number): number | undefined {
    const index = this.upTo(id) - 1;
    return index >= 0 && this.idAt(index) === id ? index : undefined;
  }
}
