import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Entry, EventOf, LoggedEvent } from '../../core/events.ts';
import type { Message, Position, TimeMs } from '../../core/model.ts';
import { reviseMessage } from '../../core/revisions.ts';
import { writeMessage } from '../rows.ts';

type Revision = EventOf<'MessageEdited' | 'MessageDeleted' | 'MessageReacted' | 'MessageUnreacted'>;

/** The writer's function that changes the rows of messages, and of those that quote them. Other events change none. */
export function revisionWriter(db: DatabaseSync): (event: LoggedEvent, position: Position, at: TimeMs) => void {
  const selectMessage = db.prepare(
    'SELECT position, ordinal, body FROM entries WHERE position = ? AND conversation_id = ? AND is_message = 1',
  );
  const selectReplies = db.prepare('SELECT position, ordinal, body FROM entries WHERE reply_to_id = ?');
  const update = db.prepare('UPDATE entries SET body = ?, deleted_at = ? WHERE position = ?');

  return (event, position, at) => {
    if (!isRevision(event)) return;
    const messageId = event.type === 'MessageEdited' ? event.message.id : event.messageId;
    const found = selectMessage.get(messageId, event.conversationId);
    if (found === undefined) throw new Error('The message does not exist; a precondition must say so.');
    const isQuoted = event.type === 'MessageEdited' || event.type === 'MessageDeleted';
    const entry = { position, at, event } as Entry;
    for (const row of isQuoted ? [found, ...selectReplies.all(messageId)] : [found]) {
      const { id, ordinal: _, ...body } = reviseMessage(toMessage(row), entry);
      update.run(JSON.stringify(body), body.deletedAt ?? null, id);
    }
  };
}

function isRevision(event: LoggedEvent): event is Revision {
  const { type } = event;
  return (
    type === 'MessageEdited' || type === 'MessageDeleted' || type === 'MessageReacted' || type === 'MessageUnreacted'
  );
}

export function toMessage(row: Record<string, SQLOutputValue>): Message {
  return JSON.parse(writeMessage(Number(row.position), Number(row.ordinal), String(row.body)));
}
