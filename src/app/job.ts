import type { Decision } from '../core/decisions.ts';
import type { ConversationId, Position, TimeMs, UserId } from '../core/model.ts';
import type { Refusal } from '../core/refusals.ts';
import type { Change } from './changes.ts';
import type { Committed, OnCommit, Waiting } from './commit.ts';
import type { Lane, LaneFacts } from './lane.ts';
import type { AppendItem, AppendOutcome, SessionRow } from './ports.ts';

/** What a lane is asked to decide, and who waits for what comes of it. */

/** A decision to be made in a lane. */
export type Job<A> = {
  readonly conversationId: ConversationId;
  /** Whose standing `decide` asks for; first of them who asks, where that is one of them. */
  readonly userIds: readonly UserId[];
  /** It is about the whole conversation: it passes nobody who waits, and nobody passes it. */
  readonly isForAll?: boolean;
  /** Loads what else the decision needs; undefined when there is nothing to wait for. Runs again before a new decision. */
  prepare?(facts: LaneFacts): Promise<void> | undefined;
  decide(facts: LaneFacts): Decision | Refusal;
  answer(outcome: Extract<AppendOutcome, { ok: true }>): A;
  /** The answer when this was said before under the same clientMessageId. */
  repeated?(outcome: Extract<AppendOutcome, { ok: false; repeatOf: unknown }>): A;
  readonly at: TimeMs;
  /** Asked when the decision is handed over, so that of two rows of a session the later one says more. */
  readonly session?: ((seenAt: Position) => SessionRow | undefined) | undefined;
  readonly onCommit?: OnCommit | undefined;
};

/** Who waits for what comes of something: one of the two is called, once, at once or later. */
export interface Asker<A> {
  answered(answer: A | Refusal): void;
  failed(error: unknown): void;
}

/** Is told what became of the item of a job: one of the two is called, once. */
export type Landing = {
  settled(pending: Pending, outcome: Committed): void;
  failed(pending: Pending, error: unknown): void;
};

/** A job on its way: through its lane, and then, as all there is of it in memory, through the commit. */
export class Pending implements Waiting {
  readonly lane: Lane<Pending>;
  readonly turn: number;
  readonly job: Job<unknown>;
  readonly asker: Asker<unknown>;
  readonly landing: Landing;
  attempts = 0;
  /** As it was decided last. */
  item: AppendItem = undecided;
  change: Change;
  /** Does it stand on a message that others may change? */
  isRevising = false;

  constructor(lane: Lane<Pending>, job: Job<unknown>, asker: Asker<unknown>, landing: Landing) {
    this.lane = lane;
    this.turn = lane.turns++;
    this.job = job;
    this.asker = asker;
    this.landing = landing;
  }

  get onCommit(): OnCommit | undefined {
    return this.job.onCommit;
  }

  settle(outcome: Committed): void {
    this.landing.settled(this, outcome);
  }

  fail(error: unknown): void {
    this.landing.failed(this, error);
  }
}

const undecided: AppendItem = { at: 0, expects: [], drafts: [] };
