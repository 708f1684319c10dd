import type { SessionRow } from '../app/ports.ts';
import type { ConversationId, Position } from '../core/model.ts';
import { dialectNames } from '../dialects/dialect.ts';
import type { Connection } from './connection.ts';

/**
 * What outlives a connection: which session it was, and what that heard. A row is made only when what a session hears changes, and
 * is committed together with what changes it.
 */
export class Sessions {
  rowAfterJoining(connection: Connection, conversationId: ConversationId, from: Position): SessionRow | undefined {
    if (connection.joined.has(conversationId)) return undefined;
    return this.row(connection, [...joinedOf(connection), { conversationId, from }]);
  }

  rowAfterLeaving(connection: Connection, conversationId: ConversationId): SessionRow | undefined {
    if (!connection.joined.has(conversationId)) return undefined;
    return this.row(
      connection,
      joinedOf(connection).filter((one) => one.conversationId !== conversationId),
    );
  }

  /** The session as it is now; undefined for connections that cannot be resumed. */
  row(connection: Connection, joined: SessionRow['joined'] = joinedOf(connection)): SessionRow | undefined {
    if (connection.sessionId === undefined) return undefined;
    return {
      id: connection.sessionId,
      userId: connection.user.id,
      namespace: connection.namespace,
      voices: dialectNames.filter((name) => connection.hears(name)),
      joined,
    };
  }
}

function joinedOf(connection: Connection): { conversationId: ConversationId; from: Position }[] {
  return [...connection.joined].map(([conversationId, from]) => ({ conversationId, from }));
}
