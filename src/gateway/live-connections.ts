import type { Id, TimeMs } from '../core/model.ts';
import { type DialectName, dialectNames } from '../dialects/dialect.ts';
import type { OnlineUser } from './connection.ts';
import type { Link } from './transport.ts';

/** A connection as those see it who look after the server: nothing of what passes over it, and nothing that opens a door. */
export type LiveConnection = {
  /** As the log of this node names it. */
  readonly id: number;
  /** Those that it has spoken. */
  readonly dialects: readonly DialectName[];
  readonly transport: Link['transportName'];
  readonly namespace: string;
  readonly address: string;
  /** Under which its client may come back; undefined where it cannot. */
  readonly sessionId: Id | undefined;
  readonly joinedCount: number;
  readonly unsentBytes: number;
  /** Is it still being told what it missed? */
  readonly isCatchingUp: boolean;
  /** When something was heard of it last. */
  readonly activeAt: TimeMs;
  /** When its token ends; undefined for one that does not. */
  readonly expiresAt: TimeMs | undefined;
};

/** The connections that a user has on this node, oldest first. */
export function liveConnectionsOf(user: OnlineUser | undefined): readonly LiveConnection[] {
  return (user?.connections ?? []).map((connection) => ({
    id: connection.id,
    dialects: connection.hasSpoken ? dialectNames.filter((name) => connection.hears(name)) : [],
    transport: connection.link.transportName,
    namespace: connection.namespace,
    address: connection.address,
    sessionId: connection.sessionId,
    joinedCount: connection.joined.size,
    unsentBytes: connection.link.bufferedBytes,
    isCatchingUp: !connection.isLive,
    activeAt: connection.activeAt,
    expiresAt: connection.expiresAtMs,
  }));
}
