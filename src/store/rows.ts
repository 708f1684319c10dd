import type { Position } from '../core/model.ts';

/** Rows as JSON text, put together without parsing their bodies: only the main thread does that, once. */

/** A message: what its row holds beside the body comes first. */
export function writeMessage(position: Position, ordinal: number, body: string): string {
  return `{"id":${position},"ordinal":${ordinal},${body.slice(1)}`;
}

/** The columns that {@link writeEntry} needs, in a statement's SELECT. */
export const entryColumns = 'position, at, conversation_id, is_message, ordinal, sender_id, actor_id, body';

export type EntryRow = {
  readonly position: Position;
  readonly at: number;
  readonly conversation_id: string | null;
  readonly is_message: number;
  readonly ordinal: number | null;
  readonly sender_id: string | null;
  readonly actor_id: string | null;
  readonly body: string;
};

export function writeEntry(row: EntryRow): string {
  return `{"position":${row.position},"at":${row.at},"event":${row.is_message === 1 ? writeMessageSent(row) : row.body}}`;
}

function writeMessageSent(row: EntryRow): string {
  const actorId = JSON.stringify(row.actor_id ?? row.sender_id);
  const message = writeMessage(row.position, row.ordinal ?? 0, row.body);
  return `{"type":"MessageSent","conversationId":${JSON.stringify(row.conversation_id)},"message":${message},"actorId":${actorId}}`;
}
