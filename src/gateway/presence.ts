import type { Bus, Clock } from '../app/ports.ts';
import type { PresenceStatus, TimeMs, UserId } from '../core/model.ts';
import type { Connection } from './connection.ts';

type UserPresence = {
  status: PresenceStatus;
  /** Away because nothing was heard, not because the user said so. */
  isAutomatic: boolean;
  lastActive: TimeMs;
  readonly connections: Set<Connection>;
  leaving: NodeJS.Timeout | undefined;
};

const sweepMs = 5_000;

/** Presence follows the user over all connections of all dialects: the first makes it, the last ends it after a moment. */
export class Presence {
  readonly #bus: Pick<Bus, 'tell'>;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #awayAfterMs: number;
  readonly #users = new Map<UserId, UserPresence>();
  readonly #sweep: NodeJS.Timeout;

  constructor(parts: { bus: Pick<Bus, 'tell'>; clock: Clock; graceMs: number; awayAfterMs: number }) {
    this.#bus = parts.bus;
    this.#clock = parts.clock;
    this.#graceMs = parts.graceMs;
    this.#awayAfterMs = parts.awayAfterMs;
    this.#sweep = setInterval(() => this.#findAway(), Math.min(sweepMs, parts.awayAfterMs));
    this.#sweep.unref();
  }

  connected(connection: Connection): void {
    const { id } = connection.user;
    const now = this.#clock.nowMs();
    connection.activeAt = now;
    let presence = this.#users.get(id);
    if (presence) {
      clearTimeout(presence.leaving);
      presence.leaving = undefined;
      presence.connections.add(connection);
      this.active(connection);
      return;
    }
    presence = {
      status: 'online',
      isAutomatic: false,
      lastActive: now,
      connections: new Set([connection]),
      leaving: undefined,
    };
    this.#users.set(id, presence);
    this.#tell(id, presence);
  }

  disconnected(connection: Connection): void {
    const { id } = connection.user;
    const presence = this.#users.get(id);
    if (!presence?.connections.delete(connection)) return;
    if (presence.connections.size > 0) return;
    presence.lastActive = Math.max(presence.lastActive, connection.activeAt);
    presence.leaving = setTimeout(() => {
      if (this.#users.get(id) !== presence) return;
      this.#users.delete(id);
      // Whoever said themselves that they are offline has been announced as that.
      if (presence.status !== 'offline') this.#tell(id, { ...presence, status: 'offline' });
    }, this.#graceMs);
    presence.leaving.unref();
  }

  /** What the user says of themselves; holds until they say otherwise or are gone. */
  set(connection: Connection, status: PresenceStatus): void {
    const presence = this.#users.get(connection.user.id);
    if (!presence) return;
    presence.status = status;
    presence.isAutomatic = false;
    presence.lastActive = this.#clock.nowMs();
    this.#tell(connection.user.id, presence);
  }

  heartbeat(connection: Connection): void {
    connection.heartbeatAt = this.#clock.nowMs();
    this.active(connection);
  }

  /** Something was heard of the connection: an absence that was only assumed is over. */
  active(connection: Connection): void {
    const now = this.#clock.nowMs();
    connection.activeAt = now;
    const presence = this.#users.get(connection.user.id);
    if (!presence) return;
    presence.lastActive = now;
    if (!presence.isAutomatic) return;
    presence.isAutomatic = false;
    presence.status = 'online';
    this.#tell(connection.user.id, presence);
  }

  statusOf(userId: UserId): PresenceStatus {
    return this.#users.get(userId)?.status ?? 'offline';
  }

  /** Who is here or was here a moment ago, and when something was heard of them last. */
  of(userId: UserId): { readonly status: PresenceStatus; readonly lastActive: TimeMs } | undefined {
    return this.#users.get(userId);
  }

  /** Everybody who is here, with when something was heard of them last. */
  *everybody(): IterableIterator<readonly [UserId, TimeMs]> {
    for (const [userId, { lastActive }] of this.#users) yield [userId, lastActive];
  }

  dispose(): void {
    clearInterval(this.#sweep);
    for (const presence of this.#users.values()) clearTimeout(presence.leaving);
    this.#users.clear();
  }

  /** A connection that has sent heartbeats and fell silent counts as away; a user is, when all of theirs are. */
  #findAway(): void {
    const silentSince = this.#clock.nowMs() - this.#awayAfterMs;
    for (const [id, presence] of this.#users) {
      if (presence.status !== 'online' || presence.connections.size === 0) continue;
      let isAway = true;
      for (const connection of presence.connections) {
        if (connection.heartbeatAt === 0 || connection.activeAt > silentSince) {
          isAway = false;
          break;
        }
      }
      if (!isAway) continue;
      presence.status = 'away';
      presence.isAutomatic = true;
      this.#tell(id, presence);
    }
  }

  #tell(userId: UserId, { status, lastActive }: Pick<UserPresence, 'status' | 'lastActive'>): void {
    this.#bus.tell({ type: 'PresenceChanged', userId, status, lastActive, actorId: userId }, this.#clock.nowMs());
  }
}
