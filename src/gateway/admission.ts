import type { Authenticated, Authentication } from '../app/authenticate.ts';
import { Gather } from '../app/gather.ts';
import type { Clock, SessionRow, Store, StoredSession } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { Id, Position, TimeMs, UserId } from '../core/model.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { OnlineUser } from './connection.ts';
import { findCredential, mayUseCookie } from './credentials.ts';
import type { OnlineUsers } from './online-users.ts';
import type { Pids, Place } from './pids.ts';
import type { Sequencer } from './sequencer.ts';
import type { Strays } from './strays.ts';
import type { Admission, Knock } from './transport.ts';

export type Admitted = {
  readonly authenticated: Authenticated;
  readonly online: OnlineUser;
  readonly knock: Knock;
  /** Undefined where clients cannot come back to a session. */
  readonly session: AdmittedSession | undefined;
  /** Lets go of what was loaded, should the client leave before the door opens. */
  readonly forsaken: NodeJS.Timeout;
};

type AdmittedSession = {
  readonly id: Id;
  readonly pid: string;
  /** Where a session that comes back had been; undefined for a new one. */
  readonly from: Position | undefined;
  readonly row: SessionRow | undefined;
  /** As of when it will be remembered: its row's time, or without a row its own. */
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

/** The transports open right after admission, or never. */
const doorPatienceMs = 30_000;

/** Who may come in, and as which session: everything that has to be known before a connection hears its first word. */
export class Admissions {
  readonly #parts: AdmissionParts;
  readonly #options: AdmissionOptions;
  readonly #rows: Gather<Id, StoredSession>;
  readonly #entries: Gather<Position, Entry>;
  readonly #perAddress = new Map<string, number>();

  constructor(parts: AdmissionParts, options: AdmissionOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#rows = new Gather((ids) => parts.store.loadSessions(ids));
    this.#entries = new Gather((positions) => readEach(parts.store, positions));
  }

  opened({ forsaken, online, knock: { address } }: Admitted): void {
    clearTimeout(forsaken);
    this.#parts.users.leaveDoor(online);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  closed(address: string): void {
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  /** Never rejects: what goes wrong inside is a reason to refuse as well. */
  async admit(mount: Dialect['mount'], knock: Knock): Promise<Admission<Admitted>> {
    try {
      const credential = findCredential(knock.credentials);
      if (credential.is !== 'token') return { ok: false, reason: 'unauthenticated' };
      const isForeign = credential.from === 'cookie' && !mayUseCookie(knock, this.#options.allowedOrigins);
      if (isForeign) return { ok: false, reason: 'unauthenticated' };
      const authenticated = await this.#parts.authentication.authenticate(credential.token);
      if (!authenticated) return { ok: false, reason: 'unauthenticated' };
      const { id } = authenticated.user;
      const ofUser = (this.#parts.users.get(id)?.connections.length ?? 0) + this.#parts.connectionsElsewhere(id);
      const ofAddress = this.#perAddress.get(knock.address) ?? 0;
      if (ofUser >= this.#options.connectionsPerUser || ofAddress >= this.#options.connectionsPerAddress) {
        return { ok: false, reason: 'tooManyConnections' };
      }
      const session = knock.resume ? await this.#session(mount, id, knock.resume) : undefined;
      const online = await this.#arrive(id);
      const forsaken = setTimeout(() => this.#parts.users.leaveDoor(online), doorPatienceMs);
      const admitted = { authenticated, online, knock, session, forsaken: forsaken.unref() };
      return { ok: true, admitted, ...(session ? { pid: session.pid } : {}) };
    } catch (error) {
      this.#parts.onError(error);
      return { ok: false, reason: 'broken' };
    }
  }

  /** Memberships may be read ahead of what this node has heard: what lies between was not said to those who came in since. */
  async #arrive(id: UserId): Promise<OnlineUser> {
    const { users, sequencer } = this.#parts;
    const online = await users.arrive(id);
    const caughtUp = sequencer.caughtUp(online.loadedAt);
    if (caughtUp) await caughtUp;
    return online;
  }

  /** The session that a client comes back to, or a new one when it shows none that can be continued. */
  async #session(
    mount: Dialect['mount'],
    userId: UserId,
    { pid, offset }: NonNullable<Knock['resume']>,
  ): Promise<AdmittedSession> {
    const { pids, clock, strays } = this.#parts;
    const fresh = () => {
      const made = pids.make(userId, mount, this.#parts.sequencer.position, clock.nowMs());
      return { id: made.sessionId, pid: made.pid, from: undefined, row: undefined, savedAt: made.madeAt };
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
    const row = await this.#rows.load(shown.sessionId);
    // Without a row it is either young and had nothing to remember, or old and forgotten: sessions in use have one.
    const savedAt = row?.savedAt ?? shown.madeAt;
    if (savedAt < clock.nowMs() - this.#options.sessionRetentionMs) return fresh();
    return { id: shown.sessionId, pid, from, row, savedAt };
  }

  /** A log that was set back has other entries where this client has been. What nobody can tell any more is taken for the same. */
  async #isInThisLog({ position, at }: Place): Promise<boolean> {
    if (at === undefined || position > this.#parts.sequencer.position) return true;
    const entry = this.#parts.sequencer.ring.at(position) ?? (await this.#entries.load(position));
    return entry === undefined || entry.at === at;
  }
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
