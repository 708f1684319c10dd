import type { Authenticated, Authentication } from '../app/authenticate.ts';
import { BatchLoader } from '../app/batch-loader.ts';
import type { Clock, SessionRow, Store, StoredSession } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Id, Position, TimeMs, UserId } from '../core/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { OnlineUser } from './connection.ts';
import { findCredential, mayUseCookie } from './credentials.ts';
import type { OnlineUsers } from './online-users.ts';
import type { Pids, Place } from './pids.ts';
import { idOfRow } from './remembered.ts';
import type { Sequencer } from './sequencer.ts';
import type { Sessions } from './sessions.ts';
import type { Strays } from './strays.ts';
import type { Admission, Handshake } from './transport.ts';

export type Admitted = {
  readonly authenticated: Authenticated;
  readonly online: OnlineUser;
  readonly handshake: Handshake;
  /** Undefined where clients cannot come back to a session. */
  readonly session: AdmittedSession | undefined;
  readonly seat: Seat;
};

/** One of the connections that a user and an address may have, from when it is sure to be free for this one. */
type Seat = {
  readonly userId: UserId;
  readonly address: string;
  /** Neither open yet nor given back. */
  isAtTheDoor: boolean;
};

type AdmittedSession = {
  readonly id: Id;
  readonly pid: string;
  /** Where a session that comes back had been; undefined for a new one. */
  readonly from: Position | undefined;
  readonly row: SessionRow | undefined;
  /** What the row names beside itself. */
  readonly beside: readonly SessionRow[];
  /** As of when all of it will be remembered: the time of its oldest row, or without a row its own. */
  readonly savedAt: TimeMs;
};

export type AdmissionParts = {
  readonly store: Pick<Store, 'loadSessions' | 'readEntries'>;
  readonly clock: Clock;
  readonly authentication: Authentication;
  readonly users: OnlineUsers;
  readonly sequencer: Sequencer;
  readonly pids: Pids;
  readonly strays: Strays;
  readonly sessions: Pick<Sessions, 'settled'>;
  /** How many the user has on other nodes, as far as this one knows. */
  readonly connectionsElsewhere: (userId: UserId) => number;
  readonly onError: (error: unknown) => void;
};

export type AdmissionOptions = {
  readonly allowedOrigins: ReadonlySet<string>;
  readonly connectionsPerUser: number;
  readonly connectionsPerAddress: number;
  /** A session that was saved longer ago cannot be continued. */
  readonly sessionRetentionMs: number;
};

/** Who may come in, and as which session: everything that has to be known before a connection hears its first word. */
export class Admissions {
  readonly #parts: AdmissionParts;
  readonly #options: AdmissionOptions;
  readonly #rows: BatchLoader<Id, StoredSession>;
  readonly #entries: BatchLoader<Position, Entry>;
  /** Connections on their way in, by user: they are not among the open ones of theirs yet. */
  readonly #atTheDoor = new Map<UserId, number>();
  /** Those that are open and those on their way in. */
  readonly #perAddress = new Map<string, number>();

  constructor(parts: AdmissionParts, options: AdmissionOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#rows = new BatchLoader((ids) => parts.store.loadSessions(ids));
    this.#entries = new BatchLoader((positions) => readEach(parts.store, positions));
  }

  /** The connection is among those of its user. */
  opened({ online, seat }: Admitted): void {
    this.#leaveDoor(seat);
    this.#parts.users.leaveDoor(online);
  }

  closed(address: string): void {
    countDown(this.#perAddress, address);
  }

  /** The door will not open for it: lets go of its seat and of what was loaded, if it did not open already. */
  forsake({ online, seat }: Admitted): void {
    if (!seat.isAtTheDoor) return;
    this.#giveBack(seat);
    this.#parts.users.leaveDoor(online);
  }

  /** Never rejects: what goes wrong inside is a reason to refuse as well. */
  async admit(mount: Dialect['mount'], handshake: Handshake): Promise<Admission<Admitted>> {
    try {
      const credential = findCredential(handshake.credentials);
      if (credential.is !== 'token') return { ok: false, reason: 'unauthenticated' };
      const isForeign = credential.from === 'cookie' && !mayUseCookie(handshake, this.#options.allowedOrigins);
      if (isForeign) return { ok: false, reason: 'unauthenticated' };
      const authenticated = await this.#parts.authentication.authenticate(credential.token);
      if (!authenticated) return { ok: false, reason: 'unauthenticated' };
      const { id } = authenticated.user;
      // Nothing is awaited between the look and the taking: of many handshakes at once, only so many shall find it free.
      if (this.#isFull(id, handshake.address)) return { ok: false, reason: 'tooManyConnections' };
      const seat = this.#take(id, handshake.address);
      try {
        const session = handshake.resume ? await this.#session(mount, id, handshake.resume) : undefined;
        const online = await this.#arrive(id, session);
        const admitted = { authenticated, online, handshake, session, seat };
        return { ok: true, admitted, ...(session ? { pid: session.pid } : {}) };
      } catch (error) {
        this.#giveBack(seat);
        throw error;
      }
    } catch (error) {
      this.#parts.onError(error);
      return { ok: false, reason: 'broken' };
    }
  }

  #isFull(userId: UserId, address: string): boolean {
    const { users, connectionsElsewhere } = this.#parts;
    const here = (users.get(userId)?.connections.length ?? 0) + (this.#atTheDoor.get(userId) ?? 0);
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const { connectionsPerUser, connectionsPerAddress } = this.#options;
    return here + connectionsElsewhere(userId) >= connectionsPerUser || ofAddress >= connectionsPerAddress;
  }

  #take(userId: UserId, address: string): Seat {
    countUp(this.#atTheDoor, userId);
    countUp(this.#perAddress, address);
    return { userId, address, isAtTheDoor: true };
  }

  #leaveDoor(seat: Seat): void {
    seat.isAtTheDoor = false;
    countDown(this.#atTheDoor, seat.userId);
  }

  #giveBack(seat: Seat): void {
    this.#leaveDoor(seat);
    countDown(this.#perAddress, seat.address);
  }

  /** Memberships may be read ahead of what this node has heard: what lies between was not said to those who came in since. */
  async #arrive(id: UserId, session: AdmittedSession | undefined): Promise<OnlineUser> {
    const { users, sequencer } = this.#parts;
    const online = await users.arrive(id);
    const caughtUp = sequencer.caughtUp(online.loadedAt);
    if (caughtUp) await caughtUp;
    // Removed, or made a member by a join on another node that this one is yet to hear of.
    const isMissing = notMemberOf(online, session).length > 0;
    if (isMissing) await sequencer.catchUp();
    return online;
  }

  /** The session that a client comes back to, or a new one when it shows none that can be continued. */
  async #session(
    mount: Dialect['mount'],
    userId: UserId,
    { pid, offset }: NonNullable<Handshake['resume']>,
  ): Promise<AdmittedSession> {
    const { pids, clock, strays } = this.#parts;
    const fresh = () => {
      const made = pids.make(userId, mount, this.#parts.sequencer.position, clock.nowMs());
      return { id: made.sessionId, pid: made.pid, from: undefined, row: undefined, beside: [], savedAt: made.madeAt };
    };
    const shown = pid === undefined ? undefined : pids.read(pid, userId, mount);
    if (pid === undefined || !shown) return fresh();
    const told =
      offset === undefined
        ? { position: shown.firstPosition, at: undefined }
        : (pids.readOffset(offset) ?? strays.placeBefore(shown.sessionId, offset));
    if (!told || !(await this.#isInThisLog(told))) return fresh();
    // A client that was given a new session keeps the offset of the one before until it is told another.
    const from = Math.max(told.position, shown.firstPosition);
    // The client heard from a node that is ahead of this one.
    if (from > this.#parts.sequencer.position) await this.#parts.sequencer.catchUp();
    if (from > this.#parts.sequencer.position) return fresh();
    if (from < this.#parts.sequencer.ring.horizon) return fresh();
    const settled = this.#parts.sessions.settled(
      shown.sessionId,
      () => this.#parts.users.get(userId)?.connections ?? [],
    );
    if (settled) await settled;
    const row = await this.#rows.load(shown.sessionId);
    // Without a row it is either young and had nothing to remember, or old and forgotten: sessions in use have one.
    const savedAt = row?.savedAt ?? shown.madeAt;
    if (savedAt < clock.nowMs() - this.#options.sessionRetentionMs) return fresh();
    const beside = await this.#rowsBeside(row);
    if (!beside) return fresh();
    // Each join saves the session's own row again, and of those beside it one at the most.
    const oldestAt = beside.reduce((oldest, one) => Math.min(oldest, one.savedAt), savedAt);
    return { id: shown.sessionId, pid, from, row, beside, savedAt: oldestAt };
  }

  /** Undefined where one of them is missing: nobody knows all that the session has heard then. */
  async #rowsBeside(row: SessionRow | undefined): Promise<readonly StoredSession[] | undefined> {
    if (!row?.beside) return [];
    const rows = await Promise.all(row.beside.map((number) => this.#rows.load(idOfRow(row.id, number))));
    const found = rows.filter((one) => one !== undefined);
    return found.length === rows.length ? found : undefined;
  }

  /** A log that was set back has other entries where this client has been. What nobody can tell any more is taken for the same. */
  async #isInThisLog({ position, at }: Place): Promise<boolean> {
    if (at === undefined || position > this.#parts.sequencer.position) return true;
    const entry = this.#parts.sequencer.ring.at(position) ?? (await this.#entries.load(position));
    return entry === undefined || entry.at === at;
  }
}

/** What the session had joined and its user is no member of. */
export function notMemberOf({ conversationIds }: OnlineUser, session: AdmittedSession | undefined): ConversationId[] {
  const rows = session?.row ? [session.row, ...session.beside] : [];
  return rows.flatMap(({ joined }) => joined.map((one) => one.conversationId)).filter((id) => !conversationIds.has(id));
}

/** Clients that were cut off together were at few different places. */
async function readEach(
  store: Pick<Store, 'readEntries'>,
  positions: readonly Position[],
): Promise<ReadonlyMap<Position, Entry>> {
  const found = new Map<Position, Entry>();
  for (const position of new Set(positions)) {
    const { entries } = await store.readEntries({ after: position - 1, upTo: position, limit: 1 });
    if (entries[0]) found.set(position, entries[0]);
  }
  return found;
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function countDown(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 1) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
