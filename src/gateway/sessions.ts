import type { Commit } from '../app/commit.ts';
import type { Clock, SessionRow } from '../app/ports.ts';
import type { ConversationId, Position, TimeMs } from '../core/model.ts';
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

  rowAfterJoining(connection: Connection, conversationId: ConversationId, from: Position): SessionRow | undefined {
    const { joined, remembered } = connection;
    if (connection.isClosed) return undefined;
    const isRemembered = remembered.knows(conversationId);
    if (joined.has(conversationId) && isRemembered) return undefined;
    if (!isRemembered) remembered.add(conversationId, from);
    return this.#rowAfter(connection, remembered.rowOf(conversationId));
  }

  /**
   * What a connection does not hear any more, or did not come to hear, no later row shall tell of. What it is still entering is
   * asked about again when that is over.
   */
  forgetUnlessJoined(connection: Connection, conversationIds: readonly ConversationId[]): void {
    const { joined, remembered, enteringBy } = connection;
    if (connection.isClosed) return;
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

  /** Also of a connection that is over: clients leave and go in one breath, and what a later connection has saved stays. */
  rowAfterLeaving(connection: Connection, conversationId: ConversationId): SessionRow | undefined {
    const { joined, remembered } = connection;
    const row = remembered.rowOf(conversationId);
    if (!remembered.forget(conversationId) && !joined.has(conversationId)) return undefined;
    return this.#rowAfter(connection, row);
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

  #append(session: SessionRow): void {
    const { clock, commit, onError } = this.#parts;
    commit.append({ at: clock.nowMs(), expects: [], drafts: [], session }).catch(onError);
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
