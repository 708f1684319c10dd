import type { ConversationId } from '../core/model.ts';
import { type Refusal, refuse } from '../core/refusals.ts';
import type { Connection } from './connection.ts';

/** Conversations that one connection may be in: all of them stay in memory, and are written when its session is saved. */
export const joinedLimit = 5_000;

/** A join or a message is under way that will bring the connection into the conversation. To be followed by {@link endEntering}. */
export function beginEntering(connection: Connection, conversationId: ConversationId): void {
  connection.enteringBy ??= new Map();
  connection.enteringBy.set(conversationId, (connection.enteringBy.get(conversationId) ?? 0) + 1);
}

/** It is over, whichever way. */
export function endEntering(connection: Connection, conversationId: ConversationId): void {
  const { enteringBy } = connection;
  const others = (enteringBy?.get(conversationId) ?? 1) - 1;
  if (others > 0) enteringBy?.set(conversationId, others);
  else enteringBy?.delete(conversationId);
  if (enteringBy?.size === 0) connection.enteringBy = undefined;
}

/** The refusal of who would be in one too many. */
export function refuseJoining(connection: Connection, conversationId: ConversationId): Refusal | undefined {
  const { joined, remembered, enteringBy } = connection;
  const known = Math.max(joined.size, remembered.count);
  if (known + (enteringBy?.size ?? 0) < joinedLimit) return undefined;
  const isKnown = (id: ConversationId): boolean => joined.has(id) || remembered.knows(id);
  if (isKnown(conversationId) || enteringBy?.has(conversationId)) return undefined;
  let coming = 0;
  for (const id of enteringBy?.keys() ?? []) if (!isKnown(id)) coming++;
  if (known + coming < joinedLimit) return undefined;
  return refuse('INVALID', {
    message: `This connection has joined ${joinedLimit} conversations. Leave some of them first, or open another connection.`,
  });
}
