import type { AppendItem, AppendOutcome, Draft, Precondition, SessionRow, StoredFile } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import type { ConversationId, Message, Position, SupportStatus, TimeMs, UserId } from '../core/model.ts';

/**
 * What goes to the writer and comes back. This side keeps the drafts; the writer answers only what it alone knows, and the
 * entries are put together here.
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

/** Per draft: no entry; its position; a message's position and ordinal; what a read mark moved. */
export type DraftResult = 0 | Position | readonly [position: Position, ordinal: number] | CursorMove;

type CursorMove = {
  readonly position: Position;
  readonly from: Position;
  readonly to: Position;
  readonly messageIds: readonly Position[];
};

/** What became of an item that was one message. */
export type SaidResult = readonly [position: Position, ordinal: number];

export type ItemResult =
  | SaidResult
  | { readonly done: readonly DraftResult[]; readonly marked?: readonly Position[] }
  | { readonly broken: number; readonly head: Position }
  | { readonly repeatOf: Message; readonly head: Position }
  /** It stood on facts that were found wrong. Nothing of it was written. */
  | { readonly stale: true }
  /** It cannot be written for a reason of its own. Nothing of it was. */
  | { readonly failed: string };

/** One result an item, in their order. */
export type BatchResult = readonly ItemResult[] | { readonly unavailable: string };

/**
 * The items of one call on their way to the writer: their JSON text, then the bodies of their messages in the order of their drafts,
 * which nobody on the way has to quote or parse.
 */
export type WrittenCall = readonly [items: string, ...bodies: string[]];

/**
 * What most items are, on their way: a member's own message, which expects them to be one still, as many as were counted (0: any
 * number), and a support chat to be in its status. The text of a list is made and parsed in a third of the time that objects with
 * names take.
 */
type PlainMessage = readonly [
  at: TimeMs,
  conversationId: ConversationId,
  senderId: UserId,
  memberCount: number,
  clientMessageId?: string | null,
  status?: SupportStatus,
];

/** The same as the writer reads it. Its expectations are told by their order: member, count, status. */
export type PlainItem = {
  readonly at: TimeMs;
  readonly conversationId: ConversationId;
  readonly senderId: UserId;
  readonly memberCount: number;
  readonly clientMessageId?: string | undefined;
  readonly status?: SupportStatus | undefined;
  readonly body: string;
};

export type ReadItem = BatchItem | PlainItem;

export const isPlain = (item: ReadItem): item is PlainItem => 'body' in item;

export function writeItems(items: readonly AppendItem[]): WrittenCall {
  const bodies: string[] = [];
  const written = items.map((item) => {
    const plain = writePlainMessage(item, bodies);
    if (plain !== undefined) return plain;
    const { at, expects, drafts, session } = item;
    const draftsWritten = drafts.map((draft) =>
      draft.type === 'MessageSent' ? writeMessageDraft(draft, bodies) : draft,
    );
    return { at, expects, drafts: draftsWritten, session };
  });
  return [JSON.stringify(written), ...bodies];
}

/** Undefined for an item that is more than that. */
function writePlainMessage({ at, expects, drafts, session }: AppendItem, bodies: string[]): PlainMessage | undefined {
  const [draft] = drafts;
  if (draft?.type !== 'MessageSent' || drafts.length > 1 || session !== undefined) return undefined;
  const { conversationId, message, actorId } = draft;
  const { clientMessageId } = message;
  const senderId = message.sender.id;
  if (actorId !== senderId || message.replyToId !== undefined) return undefined;
  const expected = readExpectations(expects, conversationId, senderId);
  if (expected === undefined) return undefined;
  bodies.push(JSON.stringify(message));
  const { memberCount, status } = expected;
  const named = clientMessageId === undefined ? undefined : searchable(clientMessageId);
  if (status !== undefined) return [at, conversationId, senderId, memberCount, named ?? null, status];
  return named === undefined
    ? [at, conversationId, senderId, memberCount]
    : [at, conversationId, senderId, memberCount, named];
}

type Expected = Pick<PlainItem, 'memberCount' | 'status'>;
const anyNumber: Expected = { memberCount: 0 };

/** What a plain message expects; undefined where that is anything else, or in another order. */
function readExpectations(
  expects: readonly Precondition[],
  conversationId: ConversationId,
  senderId: UserId,
): Expected | undefined {
  const [member, second, third] = expects;
  if (member?.is !== 'member' || member.role !== undefined) return undefined;
  if (member.userId !== senderId || member.conversationId !== conversationId) return undefined;
  if (second === undefined) return anyNumber;
  const memberCount = countAlone(second, conversationId);
  const last = memberCount === undefined ? second : third;
  if (last === undefined) return { memberCount: memberCount ?? 0 };
  const status = statusAlone(last, conversationId);
  if (status === undefined || expects.length > (memberCount === undefined ? 2 : 3)) return undefined;
  return { memberCount: memberCount ?? 0, status };
}

function countAlone(expected: Precondition, conversationId: ConversationId): number | undefined {
  if (expected.is !== 'conversationAs' || expected.conversationId !== conversationId) return undefined;
  const { status, adminId, memberCount = 0 } = expected;
  return status === undefined && adminId === undefined && memberCount > 0 ? memberCount : undefined;
}

function statusAlone(expected: Precondition, conversationId: ConversationId): SupportStatus | undefined {
  if (expected.is !== 'conversationAs' || expected.conversationId !== conversationId) return undefined;
  const { status, adminId, memberCount } = expected;
  return adminId === undefined && memberCount === undefined ? status : undefined;
}

function readPlainMessage(message: PlainMessage, body: string): PlainItem {
  const [at, conversationId, senderId, memberCount, clientMessageId, status] = message;
  return { at, conversationId, senderId, memberCount, clientMessageId: clientMessageId ?? undefined, status, body };
}

/** A file's row, as a call of its own. */
export function writeFileItem(file: StoredFile): WrittenCall {
  return [JSON.stringify([{ at: file.at, expects: [], drafts: [], file } satisfies BatchItem])];
}

/** The texts of a whole batch, one call after the other. */
export function joinCalls(calls: readonly WrittenCall[]): readonly string[] {
  const texts: string[] = [];
  // Not `flat`: it leaves an array that may have holes, which is cloned property by property.
  for (const call of calls) for (const text of call) texts.push(text);
  return texts;
}

/** The writer's side of {@link joinCalls}. */
export function readItems(texts: readonly string[]): ReadItem[] {
  const items: ReadItem[] = [];
  for (let at = 0; at < texts.length; ) {
    for (const item of JSON.parse(texts[at++] ?? '') as (BatchItem | PlainMessage)[]) {
      if (isList(item)) {
        items.push(readPlainMessage(item, texts[at++] ?? ''));
        continue;
      }
      for (const draft of item.drafts) {
        if (draft.type === 'MessageSent') (draft as { body: string }).body = texts[at++] ?? '';
      }
      items.push(item);
    }
  }
  return items;
}

const isList = (item: BatchItem | PlainMessage): item is PlainMessage => Array.isArray(item);

function writeMessageDraft(
  draft: Extract<Draft, { type: 'MessageSent' }>,
  bodies: string[],
): Omit<MessageDraft, 'body'> {
  const { message, conversationId, actorId } = draft;
  const { clientMessageId, replyToId } = message;
  bodies.push(JSON.stringify(message));
  const written: { -readonly [K in keyof Omit<MessageDraft, 'body'>]: MessageDraft[K] } = {
    type: 'MessageSent',
    conversationId,
    senderId: message.sender.id,
  };
  if (clientMessageId !== undefined) written.clientMessageId = searchable(clientMessageId);
  // Only what quotes has to be found again when what it quotes is revised.
  if (replyToId !== undefined && message.replyTo !== undefined) written.replyToId = replyToId;
  if (actorId !== message.sender.id) written.actorId = actorId;
  return written;
}

/** Lone surrogates all look the same as UTF-8: where there are any, the escaped form is what is compared. */
export function searchable(text: string): string {
  return text.isWellFormed() ? text : JSON.stringify(text);
}

/** Puts an item's outcome together from its drafts and what the writer answered. */
export function readOutcome(item: AppendItem, result: ItemResult): AppendOutcome {
  if (isSaid(result)) {
    const [draft] = item.drafts;
    if (draft === undefined) throw new Error('The writer wrote a message that nobody gave it.');
    const entry = completeEntry(draft, result, item.at);
    return { ok: true, entries: entry === undefined ? [] : [entry] };
  }
  if ('failed' in result || 'stale' in result || 'repeatOf' in result) return { ok: false, ...result };
  if ('broken' in result) {
    const broken = item.expects[result.broken];
    if (broken === undefined) throw new Error(`The writer named a precondition ${result.broken} that does not exist.`);
    return { ok: false, broken, head: result.head };
  }
  const entries: Entry[] = [];
  item.drafts.forEach((draft, index) => {
    const entry = completeEntry(draft, result.done[index] ?? 0, item.at);
    if (entry !== undefined) entries.push(entry);
  });
  return result.marked === undefined ? { ok: true, entries } : { ok: true, entries, marked: result.marked };
}

const isSaid = (result: ItemResult): result is SaidResult => Array.isArray(result);

function completeEntry(draft: Draft, result: DraftResult, at: TimeMs): Entry | undefined {
  if (result === 0) return undefined;
  if (typeof result === 'number') {
    if (draft.type === 'NotificationCreated') {
      return { position: result, at, event: { type: draft.type, notification: { ...draft.notification, id: result } } };
    }
    if (draft.type !== 'MessageSent' && draft.type !== 'ReadCursorMoved') return { position: result, at, event: draft };
  } else if (draft.type === 'MessageSent' && !('from' in result)) {
    const { 0: position, 1: ordinal } = result;
    const { type, conversationId, actorId } = draft;
    const message = { ...draft.message, id: position, ordinal };
    return { position, at, event: { type, conversationId, message, actorId } };
  } else if (draft.type === 'ReadCursorMoved' && 'from' in result) {
    const { position, from, to, messageIds } = result;
    const { type, conversationId, userId, actorId } = draft;
    return { position, at, event: { type, conversationId, userId, from, to, messageIds, actorId } };
  }
  throw new Error(`The writer's answer does not fit a draft of ${draft.type}.`);
}
