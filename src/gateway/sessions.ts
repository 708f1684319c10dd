import { setTimeout as wait } from 'node:timers/promises';
import type { Commit } from '../app/commit.ts';
import type { Clock, SessionRow } from '../app/ports.ts';
import type { ConversationId, Id, Position, TimeMs } from '../core/model.ts';
import { dialectNames } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';
import { idOfRow } from './remembered.ts';

export type SessionsParts = {
  readonly clock: Clock;
  readonly commit: Commit;
  /** How long a session that is not saved again can be continued. */
  readonly retentionMs: number;
  readonly onError: (error: unknown) => void;
};

const dayMs = 24 * 3600 * 1000;
/** Sessions that grew old together are not all saved at once. */
const renewedTogether = 200;
/** How long a session that comes back waits at the most for what it had asked for before. */
const settlingLimitMs = 5_000;
const lookEveryMs = 5;

/**
 * What outlives a connection: which session it was, and what that heard. A row is made only when what a session hears changes, and
 * is committed together with what changes it. Rows are made in the order in which they are committed, and each tells of all that
 * was decided before it, so that joins under way at the same time do not forget each other.
 */
export class Sessions {
  readonly #parts: SessionsParts;
  readonly #renewAfterMs: number;
  /** Of connections that go on with a session: which of its connections they are. */
  readonly #turns = new WeakMap<Connection, number>();
  /** Those of them that have saved it, so that the next one counts itself after them. */
  readonly #savers = new WeakSet<Connection>();
  /** Connections that were over before all that they had asked for was done, by session. */
  readonly #ended = new Map<Id, readonly Connection[]>();
  /** Sessions that are being saved by themselves, each with how often. */
  readonly #saving = new Map<Id, number>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    // Early enough for more than one attempt.
    this.#renewAfterMs = Math.min(dayMs, parts.retentionMs / 4);
  }

  /** The connection goes on with a session that had others before it. */
  continued(connection: Connection, row: SessionRow | undefined): void {
    this.#turns.set(connection, (row?.connection ?? 1) + 1);
  }

  /** Saves the session as it is now. Never rejects: a session that could not be saved is only remembered as it was before. */
  save(connection: Connection): void {
    const session = this.row(connection);
    if (!session) return;
    connection.sessionSavedAt = this.#parts.clock.nowMs();
    for (const row of connection.remembered.rows) this.#appendBeside(rowBeside(session, connection, row));
    this.#append(session);
  }

  /**
   * Saves again those that were saved a while ago, so that a session in use never ages. To be called again and again: one call
   * saves only so many.
   */
  renew(connections: Iterable<Connection>): void {
    const savedBefore: TimeMs = this.#parts.clock.nowMs() - this.#renewAfterMs;
    let count = 0;
    for (const connection of connections) {
      if (connection.sessionId === undefined || connection.sessionSavedAt >= savedBefore) continue;
      this.save(connection);
      if (++count === renewedTogether) return;
    }
  }

  /** Also of a connection that is over: clients join or speak and are cut off in one breath, and come back to what they said. */
  rowAfterJoining(connection: Connection, conversationId: ConversationId, from: Position): SessionRow | undefined {
    const { joined, remembered } = connection;
    const isRemembered = remembered.knows(conversationId);
    const isRenewed = isRemembered && this.#renew(connection, conversationId);
    if (joined.has(conversationId) && isRemembered && !isRenewed) return undefined;
    if (!isRemembered) remembered.add(conversationId, from);
    return this.#rowAfter(connection, remembered.rowOf(conversationId));
  }

  /** While it is being caught up: no removal before the present membership, which it may yet meet in the log, ends the join. */
  #renew({ isLive, online, joined, remembered }: Connection, conversationId: ConversationId): boolean {
    const renewedFrom = (online.conversationIds.get(conversationId) ?? 0) - 1;
    if (isLive || renewedFrom <= (remembered.fromOf(conversationId) ?? 0)) return false;
    remembered.hearFrom(conversationId, renewedFrom);
    if (joined.has(conversationId)) joined.set(conversationId, renewedFrom);
    return true;
  }

  /**
   * What a connection does not hear any more, or did not come to hear, no later row shall tell of. What it is still entering is
   * asked about again when that is over.
   */
  forgetUnlessJoined(connection: Connection, conversationIds: readonly ConversationId[]): void {
    const { joined, remembered, enteringBy } = connection;
    let rows: Set<number | undefined> | undefined;
    for (const id of conversationIds) {
      if (joined.has(id) || enteringBy?.has(id)) continue;
      const row = remembered.rowOf(id);
      if (remembered.forget(id)) rows = (rows ?? new Set()).add(row);
    }
    let session: SessionRow | undefined;
    for (const row of rows ?? []) session = this.#rowAfter(connection, row);
    if (session) this.#append(session);
  }

  /** Its user was removed from them: they are not joined any more, also where the user is added again. */
  endJoins(connection: Connection, conversationIds: readonly ConversationId[]): void {
    for (const id of conversationIds) connection.joined.delete(id);
    this.forgetUnlessJoined(connection, conversationIds);
  }

  /** Also of a connection that is over: clients leave and go in one breath, and what a later connection has saved stays. */
  rowAfterLeaving(connection: Connection, conversationId: ConversationId): SessionRow | undefined {
    const { joined, remembered } = connection;
    const row = remembered.rowOf(conversationId);
    const wasIn = remembered.forget(conversationId) || joined.has(conversationId);
    // An earlier connection of the session may be about to save a join on another node, which must not outlive this.
    return wasIn || this.#turns.has(connection) ? this.#rowAfter(connection, row) : undefined;
  }

  /**
   * The session's own row, for whoever commits it now: the one beside it that has changed is handed over just before, and so is
   * committed with it or not at all. Alone, either would tell of a join or a leave that the other knows nothing of.
   */
  #rowAfter(connection: Connection, row: number | undefined): SessionRow | undefined {
    const session = this.#rowOf(connection);
    if (session && row !== undefined && session.beside?.includes(row)) {
      this.#appendBeside(rowBeside(session, connection, row));
    }
    return session;
  }

  /** The connection is over. */
  ended(connection: Connection): void {
    const { sessionId } = connection;
    if (sessionId === undefined || connection.requestsUnderWay === 0) return;
    this.#ended.set(sessionId, [...(this.#ended.get(sessionId) ?? []), connection]);
  }

  /** Lets go of those that are over and have nothing under way any more. To be called again and again. */
  tidy(): void {
    for (const id of this.#ended.keys()) this.#hasEnded(id);
  }

  /**
   * What the session's connections on this node had asked for is done and in its rows: whoever goes on with it before would miss
   * what they joined, or join again what was left since. Undefined where nothing has to be waited for, which is nearly always.
   */
  settled(id: Id, open: () => readonly Connection[]): Promise<void> | undefined {
    return this.#isSettled(id, open) ? undefined : this.#settle(id, open);
  }

  async #settle(id: Id, open: () => readonly Connection[]): Promise<void> {
    // A disk that does not answer must not keep everybody out.
    const end = performance.now() + settlingLimitMs;
    while (!this.#isSettled(id, open) && performance.now() < end) await wait(lookEveryMs);
  }

  #isSettled(id: Id, open: () => readonly Connection[]): boolean {
    const isUnderWay = open().some((one) => one.sessionId === id && (one.enteringBy || one.leavingFrom?.size));
    return !isUnderWay && !this.#saving.has(id) && !this.#hasEnded(id);
  }

  /** Whether a connection of the session that is over has something under way. */
  #hasEnded(id: Id): boolean {
    const busy = this.#ended.get(id)?.filter(({ requestsUnderWay }) => requestsUnderWay > 0) ?? [];
    if (busy.length > 0) this.#ended.set(id, busy);
    else this.#ended.delete(id);
    return busy.length > 0;
  }

  #append(session: SessionRow): void {
    const { clock, commit, onError } = this.#parts;
    const { id } = session;
    this.#saving.set(id, (this.#saving.get(id) ?? 0) + 1);
    const saved = commit.append({ at: clock.nowMs(), expects: [], drafts: [], session });
    void saved.catch(onError).then(() => {
      const left = (this.#saving.get(id) ?? 1) - 1;
      if (left > 0) this.#saving.set(id, left);
      else this.#saving.delete(id);
    });
  }

  #appendBeside(session: SessionRow): void {
    const { clock, commit, onError } = this.#parts;
    commit.appendWithNext({ at: clock.nowMs(), expects: [], drafts: [], session }).catch(onError);
  }

  /**
   * The session as it is now; undefined for connections that cannot be resumed, and for those that are over: the session may be
   * going on elsewhere by now, and have joined more.
   */
  row(connection: Connection): SessionRow | undefined {
    return connection.isClosed ? undefined : this.#rowOf(connection);
  }

  #rowOf(connection: Connection): SessionRow | undefined {
    if (connection.sessionId === undefined) return undefined;
    const turn = this.#turnOf(connection);
    const beside = connection.remembered.rows;
    return {
      id: connection.sessionId,
      userId: connection.user.id,
      namespace: connection.namespace,
      voices: dialectNames.filter((name) => connection.hears(name)),
      joined: connection.remembered.joinedIn(undefined),
      ...(beside.length === 0 ? {} : { beside }),
      ...(turn === undefined ? {} : { connection: turn }),
    };
  }

  /** Undefined for the first. One that is over and has saved nothing comes before the next one, which counts itself the same. */
  #turnOf(connection: Connection): number | undefined {
    const turn = this.#turns.get(connection);
    if (turn === undefined) return undefined;
    if (!connection.isClosed) this.#savers.add(connection);
    return this.#savers.has(connection) ? turn : turn - 1;
  }
}

function rowBeside({ beside: _, ...session }: SessionRow, { remembered }: Connection, row: number): SessionRow {
  return { ...session, id: idOfRow(session.id, row), joined: remembered.joinedIn(row) };
}
