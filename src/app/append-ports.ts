import type { Draft, Precondition } from '../core/decisions.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Id, Message, Position, TimeMs, UserId } from '../core/model.ts';

/** What is handed to the log, and what becomes of it. */

/** What a session hears, kept so that it survives the loss of a transport and of the server. */
export type SessionRow = {
  readonly id: Id;
  readonly userId: UserId;
  readonly namespace: string;
  /** The dialects that it has spoken, as the gateway writes them. */
  readonly voices: readonly string[];
  /** What it has joined, each with the position from which on it hears it. */
  readonly joined: readonly { readonly conversationId: ConversationId; readonly from: Position }[];
  /** Rows that tell of what else it has joined, by number, each with an id of its own; absent: there is none. */
  readonly beside?: readonly number[];
  /** Which of the session's connections saved it; absent: the first. What an earlier one saves never replaces a later one's. */
  readonly connection?: number;
};

/** A session as the store has it. */
export type StoredSession = SessionRow & {
  /** When its item was committed last, by that item's own time. */
  readonly savedAt: TimeMs;
};

/** Where a decision was made, and the number of the facts that it stood on: newer facts have higher numbers, on one node. */
export type DecidedIn = { readonly conversationId: ConversationId; readonly facts: number };

/** One command's worth of writing: all of it or nothing. */
export type AppendItem = {
  readonly at: TimeMs;
  readonly expects: readonly Precondition[];
  /** May be empty when only a session is saved. */
  readonly drafts: readonly Draft[];
  readonly session?: SessionRow;
  /** Absent for what keeps no order with anything else. */
  readonly decidedIn?: DecidedIn;
};

export type AppendOutcome =
  | {
      readonly ok: true;
      /** In the order of the drafts. A read mark that moved nothing leaves no entry. */
      readonly entries: readonly Entry[];
      /** For a read mark: those of the named messages that exist in the conversation, in the order given. */
      readonly marked?: readonly Position[];
    }
  /** Nothing of this item was written; `head` is the log's newest position when it was refused. */
  | { readonly ok: false; readonly broken: Precondition; readonly head: Position }
  /** Nothing of it was written: an earlier item that stood on the same facts was broken, and must not be overtaken. */
  | { readonly ok: false; readonly stale: true }
  /** The same sender said this before in this conversation under the same clientMessageId. Nothing was written. */
  | { readonly ok: false; readonly repeatOf: Message; readonly head: Position }
  /** Nothing of this item was written, for a reason of its own, which is a bug of whoever made it; the others were. */
  | { readonly ok: false; readonly failed: string };
