import type { ConversationId } from '../core/model.ts';
import type { Connection, Turn } from './connection.ts';

/**
 * What a connection asks about a conversation behind a join, a leave or a question is done when that has been answered: those
 * take longer than what is written beside others, and would be overtaken.
 */
export function inTurn(connection: Connection, conversationId: ConversationId, turn: Turn): void {
  const line = connection.lines?.get(conversationId);
  if (line) {
    line.push(turn);
    return;
  }
  const answered = turn.begin();
  if (answered) void holdBack(connection, conversationId, answered);
}

/** What is asked from now on stands in line; nobody may stand there yet. */
export async function holdBack(
  connection: Connection,
  conversationId: ConversationId,
  first: Promise<void>,
): Promise<void> {
  const line: Turn[] = [];
  connection.lines ??= new Map();
  connection.lines.set(conversationId, line);
  await first;
  for (let next = line.shift(); next; next = line.shift()) {
    const answered = next.begin();
    if (answered) await answered;
  }
  connection.lines.delete(conversationId);
  if (connection.lines.size === 0) connection.lines = undefined;
}
