import type { Clock, NodePresence, Telling } from '../app/ports.ts';
import type { EphemeralEvent } from '../core/events.ts';
import type { PresenceStatus, TimeMs, UserId } from '../core/model.ts';
import type { Connection } from './connection.ts';
import type { Shared, ShareTelling } from './nodes.ts';

/** The user on this node. */
type Own = {
  /** What the user said of themselves last, wherever; `online` until they say something. */
  said: PresenceStatus;
  saidAt: TimeMs;
  /** Nothing was heard of any connection for long. */
  isAway: boolean;
  /** Of what is over; what is heard now stands with the connections, since it is told to nobody. */
  wasActive: TimeMs;
  /** Replaced when one comes or goes. */
  connections: readonly Connection[];
  leaving: NodeJS.Timeout | undefined;
};

type Elsewhere = NodePresence & { readonly round: number };

type UserPresence = {
  own: Own | undefined;
  elsewhere: Map<string, Elsewhere> | undefined;
  /** What was announced last. */
  shown: PresenceStatus | undefined;
  shownSaidAt: TimeMs;
};

type Seen = { readonly status: PresenceStatus; readonly saidAt: TimeMs; readonly lastActive: TimeMs };

export type PresenceParts = {
  /** Announces it to the connections of this node; `isTold`: another node has said so, and looks after it. */
  readonly publish: (event: EphemeralEvent, isTold?: boolean) => void;
  /** Tells the other nodes. */
  readonly tell: (telling: ShareTelling) => void;
  readonly clock: Clock;
  readonly graceMs: number;
  readonly awayAfterMs: number;
};

const sweepMs = 5_000;

/**
 * Presence follows the user over all connections of all dialects and nodes: the first makes it, the last ends it after a moment.
 * Each node tells the others of the users that it has, and announces to its own connections what that comes to.
 */
export class Presence implements Shared {
  readonly #parts: PresenceParts;
  readonly #users = new Map<UserId, UserPresence>();
  readonly #sweep: NodeJS.Timeout;

  constructor(parts: PresenceParts) {
    this.#parts = parts;
    this.#sweep = setInterval(() => this.#findAway(), Math.min(sweepMs, parts.awayAfterMs));
    this.#sweep.unref();
  }

  connected(connection: Connection): void {
    const { id } = connection.user;
    const now = this.#parts.clock.nowMs();
    connection.activeAt = now;
    const presence = this.#user(id);
    if (presence.own) {
      clearTimeout(presence.own.leaving);
      presence.own.leaving = undefined;
      const { connections } = presence.own;
      if (!connections.includes(connection)) presence.own.connections = connections.concat(connection);
      setAway(presence.own, false);
    } else {
      const { status: said, saidAt } = lastSaid(presence) ?? { status: 'online' as const, saidAt: 0 };
      const connections = [connection];
      presence.own = { said, saidAt, isAway: false, wasActive: now, connections, leaving: undefined };
    }
    this.#changed(id, presence);
  }

  disconnected(connection: Connection): void {
    const { id } = connection.user;
    const presence = this.#users.get(id);
    const own = presence?.own;
    if (!presence || !own?.connections.includes(connection)) return;
    own.connections = own.connections.filter((other) => other !== connection);
    own.wasActive = Math.max(own.wasActive, connection.activeAt);
    if (own.connections.length > 0) {
      this.#changed(id, presence);
      return;
    }
    own.leaving = setTimeout(() => {
      if (presence.own !== own) return;
      presence.own = undefined;
      this.#changed(id, presence, own.wasActive);
    }, this.#parts.graceMs);
    own.leaving.unref();
  }

  /** What the user says of themselves; holds until they say otherwise or are gone. */
  set(connection: Connection, status: PresenceStatus): void {
    const presence = this.#users.get(connection.user.id);
    if (!presence?.own) return;
    const now = this.#parts.clock.nowMs();
    const saidAt = Math.max(now, presence.shownSaidAt + 1);
    Object.assign(presence.own, { said: status, saidAt, wasActive: now });
    setAway(presence.own, false);
    this.#changed(connection.user.id, presence);
  }

  heartbeat(connection: Connection): void {
    connection.heartbeatAt = this.#parts.clock.nowMs();
    this.active(connection);
  }

  /** Something was heard of the connection: an absence that was only assumed is over. */
  active(connection: Connection, now = this.#parts.clock.nowMs()): void {
    connection.activeAt = now;
    if (!connection.countsAsAway) return;
    const presence = this.#users.get(connection.user.id);
    if (!presence?.own?.isAway) return;
    setAway(presence.own, false);
    this.#changed(connection.user.id, presence);
  }

  statusOf(userId: UserId): PresenceStatus {
    return this.#users.get(userId)?.shown ?? 'offline';
  }

  /** Who is here or was here a moment ago, on any node, and when something was heard of them last. */
  of(userId: UserId): { readonly status: PresenceStatus; readonly lastActive: TimeMs } | undefined {
    const presence = this.#users.get(userId);
    return presence && seen(presence);
  }

  /** Everybody who is on this node, with when something was heard of them last. */
  *everybody(): IterableIterator<readonly [UserId, TimeMs]> {
    for (const [userId, { own }] of this.#users) if (own) yield [userId, lastActiveOf(own)];
  }

  /** How many connections the user has on other nodes. */
  connectionsElsewhere(userId: UserId): number {
    const elsewhere = this.#users.get(userId)?.elsewhere?.values() ?? [];
    return [...elsewhere].reduce((sum, { connections }) => sum + connections, 0);
  }

  hear(telling: Telling, node: string, round: number): void {
    if (telling.tells !== 'presence') return;
    const { userId, is, lastActive } = telling;
    if (!is) {
      const presence = this.#users.get(userId);
      if (presence?.elsewhere?.delete(node)) this.#added(userId, presence, lastActive, true);
      return;
    }
    const presence = this.#user(userId);
    presence.elsewhere ??= new Map();
    presence.elsewhere.set(node, { ...is, round });
    const { own } = presence;
    if (own && is.saidAt > own.saidAt) {
      // It holds for as long as the user is anywhere, so whoever has them keeps it in mind.
      Object.assign(own, { said: is.said, saidAt: is.saidAt });
      setAway(own, false);
      this.#changed(userId, presence);
    } else this.#added(userId, presence, lastActive, true);
  }

  forget(node: string, round?: number): void {
    for (const [userId, presence] of this.#users) {
      const there = presence.elsewhere?.get(node);
      if (!there || there.round === round) continue;
      presence.elsewhere?.delete(node);
      this.#added(userId, presence, there.lastActive);
    }
  }

  *share(): Iterable<ShareTelling> {
    for (const [userId, presence] of this.#users) if (presence.own) yield told(userId, presence.own);
  }

  dispose(): void {
    clearInterval(this.#sweep);
    for (const { own } of this.#users.values()) clearTimeout(own?.leaving);
    this.#users.clear();
  }

  #user(id: UserId): UserPresence {
    let presence = this.#users.get(id);
    if (!presence) {
      presence = { own: undefined, elsewhere: undefined, shown: undefined, shownSaidAt: 0 };
      this.#users.set(id, presence);
    }
    return presence;
  }

  /** This node's share of the user has changed. */
  #changed(userId: UserId, presence: UserPresence, lastActive: TimeMs = 0): void {
    this.#parts.tell(
      presence.own ? told(userId, presence.own) : { tells: 'presence', userId, is: undefined, lastActive },
    );
    this.#added(userId, presence, lastActive);
  }

  /** Announces what all shares come to, where that is something new. */
  #added(userId: UserId, presence: UserPresence, lastActive: TimeMs, isTold = false): void {
    const now = seen(presence) ?? { status: 'offline' as const, saidAt: presence.shownSaidAt, lastActive };
    // Whoever said themselves that they are offline has been announced as that.
    const isNews = now.status !== (presence.shown ?? 'offline') || now.saidAt > presence.shownSaidAt;
    presence.shown = now.status;
    presence.shownSaidAt = now.saidAt;
    if (!presence.own && !presence.elsewhere?.size) this.#users.delete(userId);
    if (!isNews) return;
    const { status } = now;
    const event = { type: 'PresenceChanged', userId, status, lastActive: now.lastActive, actorId: userId } as const;
    this.#parts.publish(event, isTold);
  }

  /** A connection that has sent heartbeats and fell silent counts as away; a user is, when all of theirs are. */
  #findAway(): void {
    const silentSince = this.#parts.clock.nowMs() - this.#parts.awayAfterMs;
    for (const [id, presence] of this.#users) {
      const { own } = presence;
      if (!own || own.isAway || own.said !== 'online' || own.connections.length === 0) continue;
      let isAway = true;
      for (const connection of own.connections) {
        if (connection.heartbeatAt === 0 || connection.activeAt > silentSince) {
          isAway = false;
          break;
        }
      }
      if (!isAway) continue;
      setAway(own, true);
      this.#changed(id, presence);
    }
  }
}

function setAway(own: Own, isAway: boolean): void {
  own.isAway = isAway;
  for (const connection of own.connections) connection.countsAsAway = isAway;
}

function lastActiveOf({ wasActive, connections }: Own): TimeMs {
  return connections.reduce((last, { activeAt }) => Math.max(last, activeAt), wasActive);
}

function told(userId: UserId, own: Own): ShareTelling {
  const { said, saidAt, isAway, connections } = own;
  const lastActive = lastActiveOf(own);
  return {
    tells: 'presence',
    userId,
    lastActive,
    is: { said, saidAt, isAway, lastActive, connections: connections.length },
  };
}

/** What the user said last, on any node. */
function lastSaid({ own, elsewhere }: UserPresence): { status: PresenceStatus; saidAt: TimeMs } | undefined {
  let last = own && { status: own.said, saidAt: own.saidAt };
  for (const { said, saidAt } of elsewhere?.values() ?? []) {
    if (!last || saidAt > last.saidAt) last = { status: said, saidAt };
  }
  return last;
}

/** What all shares come to; undefined when there are none. */
function seen(presence: UserPresence): Seen | undefined {
  const { own, elsewhere } = presence;
  const last = lastSaid(presence);
  if (!last) return undefined;
  let lastActive = own ? lastActiveOf(own) : 0;
  let isAway = own?.isAway ?? true;
  for (const there of elsewhere?.values() ?? []) {
    lastActive = Math.max(lastActive, there.lastActive);
    isAway &&= there.isAway;
  }
  return { ...last, lastActive, status: last.status === 'online' && isAway ? 'away' : last.status };
}
