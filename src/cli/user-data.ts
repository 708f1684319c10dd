import { pipeline } from 'node:stream/promises';
import { joinLines } from '../archive/lines.ts';
import { loadConfig } from '../config.ts';
import type { ArchiveReader, ArchiveRow, ArchiveTable } from '../store/archive.ts';
import { openArchive } from '../store/open-archive.ts';
import { type CliCommand, UsageError } from './command.ts';
import { parseOptions } from './options.ts';

/** Writes what is stored of one user, for that user. */
export const userData: CliCommand = {
  name: 'user-data',
  options: '--user ID',
  sentence:
    'Print everything stored of one user as lines of JSON: profile, messages, memberships, notifications, files.',
  async run(args, { env, output }) {
    const { user } = parseOptions(args, { user: { type: 'string' } });
    if (user === undefined) throw new UsageError('Whose data? Give the id of the user: --user 1');
    await using reader = await openArchive(loadConfig(env()).storage);
    await pipeline(joinLines(recordsOf(reader, user)), output, { end: false });
  },
};

async function* recordsOf(reader: ArchiveReader, user: string): AsyncGenerator<string> {
  yield JSON.stringify({ userData: user, position: reader.head.position });
  for (const table of reader.tables) {
    for await (const page of reader.rows(table, 'all')) {
      for (const row of page) {
        const record = recordOf(table, row);
        if (isOf(user, table, record)) yield JSON.stringify({ table: table.name, ...record });
      }
    }
  }
}

type Shown = { readonly [column: string]: unknown };

/** Columns that are empty are left out, and JSON is shown as such. */
function recordOf({ columns }: ArchiveTable, row: ArchiveRow): Shown {
  const shown = columns.flatMap((column, at) => {
    const value = row[at] ?? null;
    if (value === null) return [];
    const isJson = column === 'body' || column.endsWith('_json');
    return [[column, isJson ? (JSON.parse(String(value)) as unknown) : value] as const];
  });
  return Object.fromEntries(shown);
}

/** Names under which rows and events hold whose they are. */
const owners = ['user_id', 'sender_id', 'actor_id', 'client_id', 'admin_id', 'created_by'];
const eventOwners = ['userId', 'actorId', 'uploadedBy', 'senderId', 'clientId', 'adminId'];

/** A message is its sender's, and no one else's whom it names. */
function isOf(userId: string, { name }: ArchiveTable, record: Shown): boolean {
  if (name === 'users') return record.id === userId;
  if (owners.some((owner) => record[owner] === userId)) return true;
  if (record.is_message === 1) return false;
  return Object.values(record).some((value) => isEventOf(userId, value));
}

function isEventOf(userId: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) =>
      (eventOwners.includes(key) && inner === userId) ||
      (key === 'user' && typeof inner === 'object' && inner !== null && 'id' in inner && inner.id === userId),
  );
}
