import type { AppendItem, AppendOutcome, Draft, Precondition, SessionRow, StoredFile } from '../app/ports.ts';
import type { Entry, LoggedEvent } from '../core/events.ts';
import type { ConversationId, Message, Position, TimeMs, UserId } from '../core/model.ts';

/**
 * What goes to the writer and comes back, both as JSON text. This side keeps the drafts; the writer answers only what it
 * alone knows, and the entries are put together here.
 */
export type BatchItem = {
  readonly at: TimeMs;
  readonly expects: readonly Precondition[];
  readonly drafts: readonly BatchDraft[];
  readonly session?: SessionRow;
  readonly file?: StoredFile;
};

export type BatchDraft = MessageDraft | Exclude<Draft, { type: 'MessageSent' }>;

/** A message on its way into its row: the body is written to disk as it is, and parsed by nobody on the way. */
export type MessageDraft = {
  readonly type: 'MessageSent';
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  readonly clientMessageId?: string;
  readonly replyToId?: Position;
  /** Only when it is not the sender. */
  readonly actorId?: UserId;
  readonly body: string;
};

/** The items of one call of `append`, which succeed or fail with it. */
export type BatchCall = readonly BatchItem[];

/** Per draft: no entry; its position; a message's position and ordinal; what a read mark moved. */
export type DraftResult = 0 | Position | readonly [position: Position, ordinal: number] | CursorMove;

type CursorMove = {
  readonly position: Position;
  readonly from: Position;
  readonly to: Position;
  readonly messageIds: readonly Position[];
};

export type ItemResult =
  | { readonly done: readonly DraftResult[]; readonly marked?: readonly Position[] }
  | { readonly broken: number; readonly head: Position }
  | { readonly repeatOf: Message; readonly head: Position };

export type CallResult = readonly ItemResult[] | { readonly failed: string };
export type BatchResult = readonly CallResult[] | { readonly unavailable: string };

/** The JSON text of one item. */
export function writeItem(item: AppendItem): string {
  const { at, expects, session } = item;
  return JSON.stringify({ at, expects, drafts: item.drafts.map(writeDraft), session } satisfies BatchItem);
}

function writeDraft(draft: Draft): BatchDraft {
  if (draft.type !== 'MessageSent') return draft;
  const { message, conversationId, actorId } = draft;
  const { clientMessageId, replyToId } = message;
  return {
    type: 'MessageSent',
    conversationId,
    senderId: message.sender.id,
    ...(clientMessageId === undefined ? {} : { clientMessageId: searchable(clientMessageId) }),
    ...(replyToId === undefined ? {} : { replyToId }),
    ...(actorId === message.sender.id ? {} : { actorId }),
    body: JSON.stringify(message),
  };
}

/** Lone surrogates all look the same as UTF-8: where there are any, the escaped form is what is compared. */
export function searchable(text: string): string {
  return text.isWellFormed() ? text : JSON.stringify(text);
}

/** Puts an item's outcome together from its drafts and what the writer answered. */
export function readOutcome(item: AppendItem, result: ItemResult): AppendOutcome {
  if ('repeatOf' in result) return { ok: false, ...result };
  if ('broken' in result) {
    const broken = item.expects[result.broken];
    if (broken === undefined) throw new Error(`The writer named a precondition ${result.broken} that does not exist.`);
    return { ok: false, broken, head: result.head };
  }
  const entries: Entry[] = [];
  for (const [index, draft] of item.drafts.entries()) {
    const event = completeEvent(draft, result.done[index] ?? 0);
    if (event !== undefined) entries.push({ ...event, at: item.at });
  }
  return result.marked === undefined ? { ok: true, entries } : { ok: true, entries, marked: result.marked };
}

function completeEvent(
  draft: Draft,
  result: DraftResult,
): { readonly position: Position; readonly event: LoggedEvent } | undefined {
  if (result === 0) return undefined;
  if (typeof result === 'number') {
    if (draft.type === 'NotificationCreated') {
      return { position: result, event: { type: draft.type, notification: { ...draft.notification, id: result } } };
    }
    if (draft.type !== 'MessageSent' && draft.type !== 'ReadCursorMoved') return { position: result, event: draft };
  } else if (draft.type === 'MessageSent' && !('from' in result)) {
    const [position, ordinal] = result;
    const { type, conversationId, actorId } = draft;
    return { position, event: { type, conversationId, message: { ...draft.message, id: position, ordinal }, actorId } };
  } else if (draft.type === 'ReadCursorMoved' && 'from' in result) {
    const { position, from, to, messageIds } = result;
    const { type, conversationId, userId, actorId } = draft;
    return { position, event: { type, conversationId, userId, from, to, messageIds, actorId } };
  }
  throw new Error(`The writer's answer does not fit a draft of ${draft.type}.`);
}
