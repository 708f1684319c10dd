import { resolve } from 'node:path';
import type { Store } from '../app/ports.ts';
import type { OnBatch } from './group-commit.ts';
import type { LogReader } from './log-reader.ts';

export type StoreOptions = {
  /**
   * The setting DATABASE_URL: `sqlite:<path>`, the path absolute or relative to `dataDir`, or `postgres://…`. Absent or '':
   * the default file.
   */
  readonly databaseUrl?: string | undefined;
  /** The setting DATA_DIR; made when it does not exist, for its owner only. */
  readonly dataDir: string;
  /** How far apart commits start under load, in milliseconds. */
  readonly commitDistanceMs?: number | undefined;
  /** Names this node among those that share a database; the same that its bus is given. */
  readonly node?: string;
  /** Called when a shared log has lost what this node had seen of it: what it keeps in mind is of another history. */
  readonly onSetBack?: () => void;
  readonly onBatch?: OnBatch;
};

const defaultFile = 'parlance.sqlite';

/** Opens the store that the settings name. Rejects with what to do when that is not possible. */
export async function openStore({
  commitDistanceMs,
  node = '',
  onSetBack,
  onBatch,
  ...place
}: StoreOptions): Promise<Store> {
  const pace = { ...(commitDistanceMs !== undefined && { commitDistanceMs }), ...(onBatch && { onBatch }) };
  // Only the driver that is needed is loaded.
  if (isShared(place.databaseUrl)) {
    const { PostgresStore } = await import('./postgres/store.ts');
    return PostgresStore.open({ url: place.databaseUrl, node, ...pace, ...(onSetBack && { onSetBack }) });
  }
  const { SqliteStore } = await import('./sqlite/store.ts');
  return SqliteStore.open({ path: databasePath(place), ...pace });
}

/** Opens the log beside the servers that write it. Rejects, or fails at the first reading, where there is none. */
export async function openLog(place: Pick<StoreOptions, 'databaseUrl' | 'dataDir'>): Promise<LogReader> {
  if (isShared(place.databaseUrl)) {
    const { openLogReader } = await import('./postgres/read-only.ts');
    return openLogReader(place.databaseUrl);
  }
  const { openLogReader } = await import('./sqlite/read-only.ts');
  return openLogReader(databasePath(place));
}

/** Whether the settings name a database that several nodes can share. */
export function isShared(databaseUrl: string | undefined): databaseUrl is `postgres${string}` {
  return databaseUrl !== undefined && /^postgres(ql)?:/i.test(databaseUrl);
}

/** The file of the embedded store. Throws, with what to do, where the settings name no such store. */
export function databasePath({ databaseUrl, dataDir }: Pick<StoreOptions, 'databaseUrl' | 'dataDir'>): string {
  if (isShared(databaseUrl)) throw new Error('DATABASE_URL names PostgreSQL: only the embedded store can be read so.');
  const scheme = databaseUrl ? /^([a-z][a-z0-9+.-]*):/i.exec(databaseUrl)?.[1]?.toLowerCase() : 'sqlite';
  // The address itself stays out of the words: it may hold a password.
  if (scheme !== 'sqlite') {
    const found = scheme === undefined ? 'names no scheme' : `names the scheme "${scheme}", which has no driver`;
    throw new Error(
      `DATABASE_URL ${found}. Use sqlite:<path> or postgres://…, or leave it out to keep ${defaultFile} in DATA_DIR.`,
    );
  }
  const path = databaseUrl?.replace(/^sqlite:(\/\/)?/i, '') || defaultFile;
  return resolve(dataDir, path);
}
