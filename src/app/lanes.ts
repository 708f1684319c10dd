import type { Entry } from '../core/events.ts';
import type { ConversationId, UserId } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import type { Facts } from '../core/rules.ts';
import { changeIn, changesFacts, dependsOnSize, isOfMessage, moverOf } from './changes.ts';
import { backlogLimit, type Commit, type Committed } from './commit.ts';
import { type Asker, type Job, type Landing, Pending } from './job.ts';
import type { Lane } from './lane.ts';
import { LaneCache, type LaneLimits } from './lane-cache.ts';
import { isHeldBack, mustWait, nextIn, putBack } from './line.ts';
import { type Store, StoreUnavailable } from './ports.ts';

/**
 * What decisions stand on, kept in memory for the conversations that are spoken in, and the order in which they are decided:
 * one lane a conversation, first come, first decided. While the lane's facts are loading, or a decision that changes them is on
 * its way to disk, the next commands wait; plain messages do not change them, and are pipelined into the group commit. So are people
 * who come and go by themselves, up to the first command that asks for the standing of one of them; and what stands on a message
 * that others may change, up to the next command of the same user. Others pass whoever waits for that.
 */

/** Broken preconditions of one job until it is given up: each one means that somebody else was faster. */
const attemptsLimit = 20;
/** Users of waiting jobs whose standing is loaded with that of the first: few beside those that a lane keeps in mind. */
const loadedTogether = 100;
/** When a client may try again what could not be stored or looked up, in ms. */
export const unavailableRetryMs = 1000;
/** Jobs in line at the most, as many as may be on their way to the log; those that need not wait are decided all the same. */
export const waitingLimit = backlogLimit;
const waitingWords = 'More is asked than can be looked up. Try again shortly.';
/** So many standings take about 125 MB. */
const laneLimits: LaneLimits = { lanes: 50_000, standings: 500_000 };

export class Lanes {
  readonly #lanes: LaneCache<Pending>;
  readonly #store: Pick<Store, 'loadConversation' | 'loadMember'>;
  readonly #commit: Pick<Commit, 'hand'>;
  readonly #onError: (error: unknown) => void;
  /** Jobs that stand in line, over all lanes. */
  #waiting = 0;
  readonly #landing: Landing = {
    settled: (pending, outcome) => this.#settled(pending, outcome),
    failed: (pending, error) => this.#failed(pending, error),
  };

  /** `onError` is told what kept a job from being decided, unless it is that the store is unavailable. */
  constructor(
    store: Pick<Store, 'loadConversation' | 'loadMember'>,
    commit: Pick<Commit, 'hand'>,
    onError: (error: unknown) => void = () => undefined,
    limits: LaneLimits = laneLimits,
  ) {
    this.#store = store;
    this.#commit = commit;
    this.#onError = onError;
    this.#lanes = new LaneCache(limits);
  }

  /** Every entry of the log passes here, in order, before anybody hears it. */
  apply(conversationId: ConversationId, entry: Entry): void {
    const lane = this.#lanes.find(conversationId);
    if (!lane) return;
    lane.apply(entry);
    if (lane.inFlight === 0 || !changesFacts(entry.event)) return;
    const mover = moverOf(entry.event);
    if (mover === undefined || !lane.moving.has(mover)) lane.isSettling = true;
  }

  /** Decides in the lane's order, commits, and answers; a refusal writes nothing. */
  run<A>(job: Job<A>): Promise<A | Refusal> {
    return new Promise((answered, failed) => this.hand(job, { answered, failed }));
  }

  /** The same without a promise. What is refused where nothing has to be waited for is answered at once. */
  hand<A>(job: Job<A>, asker: Asker<A>): void {
    const { conversationId } = job;
    if (this.#waiting >= waitingLimit && mustWait(this.#lanes.find(conversationId), job)) {
      asker.answered(refuse('UNAVAILABLE', { message: waitingWords, retryAfterMs: unavailableRetryMs }));
      return;
    }
    const lane = this.#lanes.use(conversationId);
    const pending = new Pending(lane, job, asker as Asker<unknown>, this.#landing);
    // Where nobody waits, which is nearly everywhere, there is no line to stand in.
    const isNext = lane.queue.length === 0 && !isHeldBack(lane, job);
    if (isNext && this.#isReady(lane, conversationId, pending)) this.#tryDecide(pending);
    else {
      lane.queue.push(pending);
      this.#waiting++;
      this.#pump(lane, conversationId);
    }
  }

  /** Facts as they are now, without writing: for questions that only members may ask. */
  async facts(conversationId: ConversationId, userId: UserId): Promise<Facts | Refusal> {
    let facts: Facts = { conversation: undefined, standing: undefined };
    const outcome = await this.run({
      conversationId,
      userIds: [userId],
      at: 0,
      decide: (lane) => {
        facts = lane.of(userId);
        return { drafts: [], expects: [] };
      },
      answer: () => facts,
    });
    return outcome;
  }

  #pump(lane: Lane<Pending>, id: ConversationId): void {
    for (let next = nextIn(lane); next && this.#isReady(lane, id, next); next = nextIn(lane)) this.#start(next);
  }

  /** Whether the next of a lane can be decided now. What it lacks is asked for, and holds the lane meanwhile. */
  #isReady(lane: Lane<Pending>, id: ConversationId, next: Pending): boolean {
    const { job } = next;
    if (lane.isBlocked || lane.isSettling) return false;
    const loading = lane.knows(job.userIds) ? undefined : this.#loadMissing(lane, id, job);
    const preparing = loading ? undefined : job.prepare?.(lane);
    if (loading) this.#block(lane, id, loading, next, () => undefined);
    else if (preparing) this.#blockToPrepare(lane, id, preparing, next);
    return !loading && !preparing;
  }

  #start(pending: Pending): void {
    const { queue } = pending.lane;
    if (queue[0] === pending) queue.shift();
    else queue.splice(queue.indexOf(pending), 1);
    this.#waiting--;
    this.#tryDecide(pending);
  }

  #tryDecide(pending: Pending): void {
    try {
      this.#decide(pending.lane, pending);
    } catch (error) {
      pending.asker.failed(error);
    }
  }

  #blockToPrepare(lane: Lane<Pending>, id: ConversationId, preparing: Promise<void>, next: Pending): void {
    this.#block(lane, id, preparing, next, () => {
      // What was prepared is decided at once, before anything else can change it; unless the facts got lost meanwhile.
      if (lane.knows(next.job.userIds)) this.#start(next);
    });
  }

  /** Holds the lane until the work is done; work that fails refuses the job that asked for it. */
  #block(lane: Lane<Pending>, id: ConversationId, work: Promise<void>, asking: Pending, then: () => void): void {
    lane.isBlocked = true;
    void work
      .then(
        () => {
          lane.isBlocked = false;
          then();
        },
        (error) => {
          if (!(error instanceof StoreUnavailable)) this.#onError(error);
          lane.isBlocked = false;
          asking.attempts = attemptsLimit;
          this.#start(asking);
        },
      )
      .then(() => this.#pump(lane, id));
  }

  #loadMissing(lane: Lane<Pending>, id: ConversationId, job: Job<unknown>): Promise<void> {
    const users = new Set<UserId>();
    const wanted = () => users.size < loadedTogether;
    // Those who wait behind it would be asked about one by one.
    for (let at = 0; at < Math.min(lane.queue.length, loadedTogether) && wanted(); at++) {
      for (const userId of lane.queue[at]?.job.userIds ?? []) if (wanted()) users.add(userId);
    }
    // Last, so that nobody else's standing puts theirs out of mind before they are decided on.
    for (const userId of job.userIds) {
      users.delete(userId);
      users.add(userId);
    }
    return this.#load(
      lane,
      id,
      [...users].filter((userId) => !lane.standings.has(userId)),
    );
  }

  async #load(lane: Lane<Pending>, id: ConversationId, users: readonly UserId[]): Promise<void> {
    lane.missed = [];
    try {
      const [conversation, ...standings] = await Promise.all([
        lane.known ? undefined : this.#store.loadConversation(id),
        ...users.map((userId) => this.#store.loadMember(id, userId)),
      ]);
      if (conversation) lane.known = { value: conversation.value, position: conversation.position };
      users.forEach((userId, index) => {
        const standing = standings[index];
        if (standing) lane.remember(userId, standing);
      });
      const missed = lane.missed;
      lane.missed = undefined;
      for (const entry of missed) lane.apply(entry);
    } finally {
      lane.missed = undefined;
    }
  }

  #decide(lane: Lane<Pending>, pending: Pending): void {
    const { job, asker } = pending;
    if (pending.attempts >= attemptsLimit) {
      asker.answered(refuse('UNAVAILABLE', { retryAfterMs: unavailableRetryMs }));
      return;
    }
    const decision = job.decide(lane);
    if (isRefusal(decision)) {
      asker.answered(decision);
      return;
    }
    if (lane.moving.size > 0 && dependsOnSize(decision)) {
      // How many there are is known when those who come are there.
      lane.isSettling = true;
      putBack(pending);
      this.#waiting++;
      return;
    }
    const [userId] = job.userIds;
    const session = job.session?.(userId === undefined ? 0 : lane.seenAt(userId));
    if (decision.drafts.length === 0 && !session) {
      asker.answered(job.answer({ ok: true, entries: [] }));
      return;
    }
    const change = changeIn(decision);
    pending.change = change;
    if (change === 'facts') lane.isBlocked = true;
    else if (change) lane.moving.add(change.of);
    pending.isRevising = decision.expects.some(isOfMessage);
    if (pending.isRevising && userId !== undefined) lane.revising.add(userId);
    const { at } = job;
    const { decidedIn } = lane;
    const { drafts, expects } = decision;
    pending.item = session ? { at, expects, drafts, decidedIn, session } : { at, expects, drafts, decidedIn };
    lane.inFlight++;
    this.#commit.hand(pending);
  }

  #settled(pending: Pending, outcome: Committed): void {
    const { lane, job, asker } = pending;
    this.#landed(lane, pending);
    try {
      this.#finish(lane, pending, outcome);
    } catch (error) {
      asker.failed(error);
    } finally {
      this.#pump(lane, job.conversationId);
    }
  }

  #failed(pending: Pending, error: unknown): void {
    const { lane, job, asker } = pending;
    this.#landed(lane, pending);
    // Whether it was written is unknown, so the facts are as well.
    lane.forget();
    try {
      asker.failed(error);
    } finally {
      this.#pump(lane, job.conversationId);
    }
  }

  #landed(lane: Lane<Pending>, { change, isRevising, job }: Pending): void {
    lane.inFlight--;
    if (lane.inFlight === 0) lane.isSettling = false;
    if (change === 'facts') lane.isBlocked = false;
    else if (change) lane.moving.delete(change.of);
    const [userId] = job.userIds;
    if (isRevising && userId !== undefined) lane.revising.delete(userId);
  }

  #finish(lane: Lane<Pending>, pending: Pending, outcome: Committed): void {
    const { job, asker } = pending;
    if (outcome instanceof StoreUnavailable) {
      asker.answered(refuse('UNAVAILABLE', { retryAfterMs: unavailableRetryMs }));
    } else if (outcome.ok) {
      // Where it has not come round yet, the facts are older than what was just decided.
      const last = pending.change && outcome.entries.findLast(({ event }) => changesFacts(event));
      if (last && (!lane.known || lane.known.position < last.position)) lane.forget();
      asker.answered(job.answer(outcome));
    } else if ('failed' in outcome) {
      throw new Error(outcome.failed);
    } else if ('repeatOf' in outcome) {
      asker.answered(job.repeated ? job.repeated(outcome) : refuse('INVALID'));
    } else if ('broken' in outcome && outcome.broken.is === 'message') {
      asker.answered(refuse('MESSAGE_NOT_FOUND'));
    } else {
      // Somebody else was faster: decide again, before everybody who came later; on fresh facts, unless it stood on a message alone.
      // Those that are still on their way stood on the same facts, and come back as well.
      pending.attempts++;
      if (!('broken' in outcome && isOfMessage(outcome.broken))) lane.forget();
      putBack(pending);
      this.#waiting++;
    }
  }
}
