import type { Entry } from '../core/events.ts';
import type { ConversationId, Id, Position, PresenceStatus, TimeMs, User, UserId } from '../core/model.ts';

/** What the nodes of one deployment say to each other. */

/** What one node says of a user who is on it. */
export type NodePresence = {
  /** What the user said of themselves last, and when; `online` and 0 where they have said nothing. */
  readonly said: PresenceStatus;
  readonly saidAt: TimeMs;
  /** All their connections there have been silent for long. */
  readonly isAway: boolean;
  readonly lastActive: TimeMs;
  readonly connections: number;
};

/**
 * What a node tells the others. It is not worth keeping and may be lost; of what must be right in the end (presence, and who is
 * present) it tells how much it has told, so that whoever heard less can ask for all of it.
 */
export type Telling =
  | {
      readonly tells: 'typing';
      readonly conversationId: ConversationId;
      readonly user: User;
      readonly isTyping: boolean;
    }
  /** Whether some connection of the user on the telling node has joined the conversation. */
  | {
      readonly tells: 'present';
      readonly conversationId: ConversationId;
      readonly user: User;
      readonly isPresent: boolean;
    }
  /** How the user is on the telling node; `is` is absent once they are not. */
  | {
      readonly tells: 'presence';
      readonly userId: UserId;
      readonly is?: NodePresence | undefined;
      readonly lastActive: TimeMs;
    }
  /** A session is told these words, which its client takes for its place in the log, and was told this place before. */
  | {
      readonly tells: 'words';
      readonly sessionId: Id;
      readonly text: string;
      readonly place: { readonly position: Position; readonly at?: TimeMs | undefined };
    }
  /** What users have taken of their allowances there, since this was told last; less than nothing when it was given back. */
  | { readonly tells: 'taken'; readonly taken: readonly (readonly [key: string, count: number])[] }
  /** The node is there, and has told so many changes of its presence. */
  | { readonly tells: 'alive'; readonly told: number }
  /** This node, or every one, shall tell all it has. */
  | { readonly tells: 'ask'; readonly node?: string }
  /** All of it stands between these two, mixed with what changes meanwhile. */
  | { readonly tells: 'begin'; readonly told: number }
  | { readonly tells: 'end'; readonly told: number };

/**
 * Announces entries within the node and between nodes, and carries what is not kept. What it loses costs latency, never an entry:
 * the log is read where a position is missing.
 */
export interface Bus extends AsyncDisposable {
  /** Names this node; another name each time it starts. */
  readonly node: string;
  /** Whether this node hears the others, as far as it knows. */
  readonly isListening: boolean;
  /**
   * Tells this node of entries that it has committed, in position order per call; every other node hears of them, or at
   * least of a head that is not before them.
   */
  announce(entries: readonly Entry[]): void;
  /** Tells every other node; each hears it once at the most, and in the order in which it was told. */
  tell(telling: Telling): void;
  subscribe(listener: BusListener): void;
}

/** What a listener of the bus is told. Entries and heads may come in any order, and any number of times. */
export interface BusListener {
  entries?(entries: readonly Entry[]): void;
  /** The log has come this far, through other nodes too: whoever misses something reads it. */
  head?(position: Position): void;
  /** Another node has told this. */
  told?(telling: Telling, node: string): void;
}
