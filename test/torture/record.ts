import { Numbers } from './numbers.ts';
import { type Quote, Quotings } from './quotes.ts';
import { type HeldReaction, type ReactionStep, ReactionTellings } from './reactions.ts';
import { type Revision, Tellings } from './revisions.ts';
import type { Stay } from './stays.ts';

/**
 * What the clients of one run have seen, as they saw it. Numbers only, since a long run holds tens of millions of them:
 * times are whole milliseconds since the run began, conversations and talkers are counted from 0, message ids are as heard.
 */

/** A key names what one talker says once: it is in the text and is the clientMessageId. 0 is no key. */
const keysPerTalker = 2 ** 22;

export const keyOf = (talker: number, turn: number): number => (talker + 1) * keysPerTalker + turn;
export const talkerOf = (key: number): number => Math.floor(key / keysPerTalker) - 1;
export const turnOf = (key: number): number => key % keysPerTalker;

/** Everything that one talker said; the index into each list is the turn. */
export class Said {
  readonly conversations = new Numbers();
  readonly firstSentAt = new Numbers();
  /** 0: not answered. */
  readonly answeredAt = new Numbers();
  /** Which node answered, counted from 1; 0 where that is not sure. */
  readonly answeredBy = new Numbers();
  readonly ids = new Numbers();
  readonly attempts = new Numbers();
  /** On which of its connections it was said first. */
  readonly connections = new Numbers();
  /** Which message it answers; 0: none. */
  readonly repliesTo = new Numbers();
  /** 1: it was also tried as one that answers none. */
  readonly mayBeBare = new Numbers();
  /** Further answers that named another id. */
  readonly otherAnswers: { readonly turn: number; readonly id: number }[] = [];

  get length(): number {
    return this.conversations.length;
  }
}

/** The beginning of one of a listener's connections. */
export type Connect = {
  /** How much had been heard before. */
  readonly heardBefore: number;
  readonly at: number;
  /** The place in the log that the client showed; undefined when it showed none. */
  readonly from: number | undefined;
  /** Did the server continue the session? */
  readonly isContinued: boolean;
  /** When it had surely not begun yet. */
  readonly since: number;
  /** Which node it leads to, counted from 1; 0 where that is not sure. */
  readonly node: number;
};

/**
 * `ordered`: hears every message of what it listens to, in order, once. `guest`: the same while it is a member. `synced`: asks
 * for what it missed and looks at ids itself, so that only holes count. `wanderer`: in order and once what is said while it has joined.
 */
export type ListenerRule = 'ordered' | 'guest' | 'synced' | 'wanderer';

/** Whose read cursors a listener is told: nobody's, everybody's, or everybody else's. */
export type FollowedMarks = 'no' | 'ofAll' | 'ofOthers';

export type HeardParts = {
  readonly user?: number;
  readonly repeatsOf?: number;
  readonly joins?: boolean;
  readonly followsRevisions?: boolean;
  readonly followsMarks?: FollowedMarks;
};

export class Heard {
  readonly name: string;
  readonly rule: ListenerRule;
  /** Which talker hears here, for those who may be told their own message again; undefined for all others. */
  readonly repeatsOf: number | undefined;
  /** Does it ask to join, after it has connected? */
  readonly joins: boolean;
  /** Since when it surely listens, by conversation. */
  readonly listensSince = new Map<number, number>();
  readonly connects: Connect[] = [];
  readonly ids = new Numbers();
  readonly keys = new Numbers();
  readonly conversations = new Numbers();
  readonly times = new Numbers();
  /** What it was told of messages that may change. */
  readonly tellings = new Tellings();
  readonly quotings = new Quotings();
  readonly reactionTellings = new ReactionTellings();
  /** Does its dialect tell what becomes of messages, and does its session go on? Then it knows in the end what they are. */
  readonly followsRevisions: boolean;
  readonly followsMarks: FollowedMarks;
  /** Which client it is, counted from 0. */
  readonly user: number;
  /** Frames that no document shows, or that made no sense. */
  readonly objections: string[] = [];

  constructor(name: string, rule: ListenerRule, parts: HeardParts = {}) {
    const { user = -1, repeatsOf, joins = false, followsRevisions = false, followsMarks = 'no' } = parts;
    this.name = name;
    this.user = user;
    this.rule = rule;
    this.repeatsOf = repeatsOf;
    this.joins = joins;
    this.followsRevisions = followsRevisions;
    this.followsMarks = followsMarks;
  }

  add(conversation: number, id: number, key: number, at: number): void {
    this.conversations.push(conversation);
    this.ids.push(id);
    this.keys.push(key);
    this.times.push(at);
  }
}

/** One page of history that somebody asked for. */
export type Page = {
  readonly who: string;
  readonly conversation: number;
  /** Undefined: the newest were asked for. */
  readonly after: number | undefined;
  readonly limit: number;
  readonly askedAt: number;
  /**
   * Whose answers it must show: those of all nodes; or, asked for over a socket, those of its own, counted from 1; or, where that
   * is not sure, of none.
   */
  readonly shows: 'all' | number | 'none';
  readonly ids: readonly number[];
  /** The reading of each, where they were looked at. */
  readonly readings?: readonly number[];
  /** The reactions that were shown, where they were looked at, and when they came. */
  readonly reactions?: { readonly held: readonly HeldReaction[]; readonly cameAt: number };
  readonly hasMore: boolean;
  /** How many the answer says that there are. */
  readonly count: number;
};

/** A member's own view of a conversation. */
export type View = {
  readonly user: number;
  readonly conversation: number;
  readonly askedAt: number;
  readonly readCursor: number;
  readonly unreadCount: number;
  readonly messageCount: number;
  readonly lastMessageId: number;
};

/** An answered wish to have read up to a message. */
export type Mark = {
  readonly user: number;
  readonly conversation: number;
  readonly messageId: number;
  readonly answeredAt: number;
};

/** Of another's read cursor, as one listener heard it. */
export type CursorHeard = {
  readonly listener: string;
  /** Which client's, counted from 0. */
  readonly reader: number;
  readonly conversation: number;
  readonly messageId: number;
  /** On which of the listener's connections. */
  readonly connection: number;
};

/** From its place in the log until its other place, or for good (Infinity), a listener was a member. */
export type Membership = {
  readonly listener: string;
  readonly conversation: number;
  readonly added: number;
  removed: number;
};

export class Record {
  /** How many servers there were: several have not heard yet of all that one of them has answered. */
  nodes = 1;
  readonly said: Said[] = [];
  readonly heard: Heard[] = [];
  readonly pages: Page[] = [];
  readonly views: View[] = [];
  /** Of every member, when everything was over. */
  readonly lastViews: View[] = [];
  readonly marks: Mark[] = [];
  readonly cursors: CursorHeard[] = [];
  /** Of the messages of one conversation: the others are never changed. */
  readonly revisions: Revision[] = [];
  /** Messages whose deletion was asked for. */
  readonly beingDeleted = new Set<number>();
  /** Each reaction's in their order. */
  readonly reactions: ReactionStep[] = [];
  /** Of wanderers, each one's in their order. */
  readonly stays: Stay[] = [];
  /** Of guests, as the log has them when everything is over. */
  memberships: readonly Membership[] = [];
}

/** A conversation's messages when everything was over, oldest first. */
export type FinalHistory = {
  readonly ids: Numbers;
  readonly keys: Numbers;
  /** How each reads by then. */
  readonly readings: Numbers;
  readonly reactions: readonly HeldReaction[];
  readonly quotes: readonly Quote[];
};
