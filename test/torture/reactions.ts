import { Numbers } from './numbers.ts';

/**
 * Who reacted to what with which emoji, as clients saw it. Whoever reacts sets a reaction and takes it back in turns, one step after
 * the other: it is set after an odd step. The next step comes only where the one before was answered at its first attempt: an
 * attempt that was not may be carried out late.
 */
export const emojis = ['👍', 'tea', ':party:'] as const;

/** Below 0 for what nobody here reacts with. */
export const emojiIndexOf = (word: unknown): number => (emojis as readonly unknown[]).indexOf(word);

export type ReactionStep = {
  readonly conversation: number;
  readonly user: number;
  readonly messageId: number;
  /** Counts emojis from 0. */
  readonly emoji: number;
  /** Counts from 1. */
  readonly step: number;
  readonly askedAt: number;
  attempts: number;
  /** 0: not answered. */
  answeredAt: number;
};

export const isSetAfter = (step: number): boolean => step % 2 === 1;

/** A reaction that a message has. */
export type HeldReaction = { readonly user: number; readonly messageId: number; readonly emoji: number };

/** One user's reaction to one message with one emoji, whether it is set or not. */
export const lineOf = ({ user, messageId, emoji }: HeldReaction): string => `${messageId} ${user} ${emoji}`;

/** Everything that one listener was told of reactions, in its order. */
export class ReactionTellings {
  readonly users = new Numbers();
  readonly ids = new Numbers();
  readonly emojis = new Numbers();
  /** 1: it was added; 0: it was taken back. */
  readonly areSet = new Numbers();
  /** Which of the listener's connections told it, counted from 0. */
  readonly connections = new Numbers();
  /** How much the listener had been told before of messages that may change. */
  readonly toldBefore = new Numbers();

  get length(): number {
    return this.ids.length;
  }

  add({ user, messageId, emoji }: HeldReaction, isSet: boolean, connection: number, toldBefore: number): void {
    this.users.push(user);
    this.ids.push(messageId);
    this.emojis.push(emoji);
    this.areSet.push(isSet ? 1 : 0);
    this.connections.push(connection);
    this.toldBefore.push(toldBefore);
  }
}

/** How a reaction is spoken of. */
export const reactionInWords = ({ user, messageId, emoji }: HeldReaction): string =>
  `message ${messageId}, ${emojis[emoji] ?? emoji} of client ${user}`;
