import type { SessionRow } from '../app/ports.ts';
import type { ConversationId, Position } from '../core/model.ts';
import { dialectNames } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';

/**
 * What outlives a connection: which session it was, and what that heard. A row is made only when what a session hears changes, and
 * is committed together with what changes it. Rows are made in the order in which they are committed, and each tells of all that
 * was decided before it, so that joins under way at the same time do not forget each other.
 */
export class Sessions {
  rowAfterJoining(connection: Connection, conversationId: ConversationId, from: Position): SessionRow | undefined {
    const { joined, remembered } = connection;
    if (joined.has(conversationId) && remembered.has(conversationId)) return undefined;
    if (!remembered.has(conversationId)) remembered.set(conversationId, from);
    return this.row(connection);
  }

  /** The join came to nothing: no later row shall tell of it. */
  didNotJoin(connection: Connection, conversationId: ConversationId): void {
    if (!connection.joined.has(conversationId)) connection.remembered.delete(conversationId);
  }

  rowAfterLeaving(connection: Connection, conversationId: ConversationId): SessionRow | undefined {
    const { joined, remembered } = connection;
    if (!remembered.delete(conversationId) && !joined.has(conversationId)) return undefined;
    return this.row(connection);
  }

  /** The session as it is now; undefined for connections that cannot be resumed. */
  row(connection: Connection): SessionRow | undefined {
    if (connection.sessionId === undefined) return undefined;
    return {
      id: connection.sessionId,
      userId: connection.user.id,
      namespace: connection.namespace,
      voices: dialectNames.filter((name) => connection.hears(name)),
      joined: Array.from(connection.remembered, ([conversationId, from]) => ({ conversationId, from })),
    };
  }
}
