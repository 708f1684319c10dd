import { randomUUID } from 'node:crypto';
import { fillArchive } from '../src/store/open-archive.ts';

/** A log with many messages, written the way an import writes: as rows, thousands a commit, by nobody's sending. */

export const busyCount = 100;
const quietShare = 1 / 10;
const messagesOfQuiet = 100;
const sender = { id: '1', email: '', role: 'USER', name: 'user 1' };
const commitRows = 20_000;
const tellEvery = 1_000_000;

export type LogShape = {
  readonly messages: number;
  /** How many conversations have a hundred messages only, all over the log; the busy ones share what is left. */
  readonly quietCount: number;
};

/** Every tenth message goes to the quiet ones. */
export const quietCountOf = (messages: number): number => Math.floor((messages * quietShare) / messagesOfQuiet);
export const busyId = (index: number): string => String(index % busyCount);
export const quietId = (index: number, { quietCount }: LogShape): string => `quiet-${index % quietCount}`;

type Place = { readonly dataDir: string; readonly databaseUrl?: string };
type Values = Readonly<Record<string, string | number>>;
type NamedRow = readonly [table: 'entries' | 'conversations' | 'members', values: Values];

/** Fills an empty database, of either store. */
export async function fillLog(place: Place, shape: LogShape, tell: (line: string) => void): Promise<void> {
  await using writer = await fillArchive(place);
  await writer.begin(randomUUID());
  const tables = new Map(writer.tables.map((table) => [table.name, table]));
  let rowsWritten = 0;
  let waiting: Parameters<typeof writer.write>[0][number][] = [];
  const commit = async (): Promise<void> => {
    rowsWritten += waiting.length;
    await writer.write(waiting, rowsWritten);
    waiting = [];
  };
  for (const [name, values] of rowsOf(shape)) {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`The database has no table ${name}.`);
    waiting.push({ table, row: table.columns.map((column) => values[column] ?? null) });
    if (waiting.length < commitRows) continue;
    await commit();
    if (rowsWritten % tellEvery === 0) tell(`  ${rowsWritten} rows`);
  }
  await commit();
  const position = shape.messages + busyCount + shape.quietCount;
  await writer.finish({ position, epoch: randomUUID().replaceAll('-', ''), secret: 'of nobody'.padEnd(32) });
}

function* rowsOf(shape: LogShape): Generator<NamedRow> {
  const at = Date.now();
  const ids = [
    ...Array.from({ length: busyCount }, (_, index) => busyId(index)),
    ...Array.from({ length: shape.quietCount }, (_, index) => quietId(index, shape)),
  ];
  const counted = new Map(ids.map((id) => [id, { ordinal: 0, lastMessageId: 0 }]));
  let position = 0;
  for (const id of ids) {
    const conversation = { id, kind: 'open', createdAt: at, updatedAt: at, isAutoCreated: false, ordinal: 0 };
    const event = { type: 'ConversationCreated', conversation: { ...conversation, lastMessageId: 0, memberCount: 0 } };
    yield ['entries', { position: ++position, at, conversation_id: id, is_message: 0, body: JSON.stringify(event) }];
  }
  for (let number = 0; number < shape.messages; number++) {
    const id = conversationOf(number, shape);
    const of = counted.get(id);
    if (of === undefined) throw new Error(`Nobody made the conversation ${id}.`);
    of.lastMessageId = ++position;
    const ordinal = ++of.ordinal;
    const text = `message ${number} of many that were said here`;
    const body = JSON.stringify({ conversationId: id, sender, text, at });
    const by = { sender_id: sender.id, sender_ordinal: ordinal };
    yield ['entries', { position, at, conversation_id: id, is_message: 1, ordinal, ...by, body }];
  }
  for (const [id, { ordinal, lastMessageId }] of counted) {
    const times = { created_at: at, updated_at: at };
    const counts = { ordinal, last_message_id: lastMessageId, member_count: 0 };
    yield ['conversations', { id, kind: 'open', is_auto_created: 0, ...times, ...counts }];
    const never = { is_member: 0, is_barred: 0, is_joined: 0, since: 0, read_cursor: 0, read_ordinal: 0, read_own: 0 };
    yield ['members', { conversation_id: id, user_id: sender.id, role: 'member', ...never, own_count: ordinal }];
  }
}

/** In turn, so that neighbours in the log are strangers. */
function conversationOf(number: number, shape: LogShape): string {
  if (shape.quietCount === 0) return busyId(number);
  const toQuiet = Math.floor(number * quietShare);
  return number % (1 / quietShare) === 0 ? quietId(toQuiet, shape) : busyId(number - toQuiet);
}
