import { resolve } from 'node:path';
import type { Store } from '../app/ports.ts';
import { SqliteStore } from './sqlite/store.ts';

export type StoreOptions = {
  /** The setting DATABASE_URL: `sqlite:<path>`, the path absolute or below `dataDir`. Absent or '': the default file. */
  readonly databaseUrl?: string | undefined;
  /** The setting DATA_DIR; made when it does not exist, for its owner only. */
  readonly dataDir: string;
  /** How far apart commits start under load, in milliseconds. */
  readonly commitDistanceMs?: number | undefined;
};

const defaultFile = 'parlance.sqlite';

/** Opens the store that the settings name. Rejects with what to do when that is not possible. */
export async function openStore({ commitDistanceMs, ...place }: StoreOptions): Promise<Store> {
  return SqliteStore.open({
    path: databasePath(place),
    ...(commitDistanceMs === undefined ? {} : { commitDistanceMs }),
  });
}

/** The file of the embedded store. Throws, with what to do, where the settings name no such store. */
export function databasePath({ databaseUrl, dataDir }: Pick<StoreOptions, 'databaseUrl' | 'dataDir'>): string {
  const scheme = databaseUrl ? /^([a-z][a-z0-9+.-]*):/i.exec(databaseUrl)?.[1]?.toLowerCase() : 'sqlite';
  // The address itself stays out of the words: it may hold a password.
  if (scheme !== 'sqlite') {
    const found = scheme === undefined ? 'names no scheme' : `names the scheme "${scheme}", which has no driver`;
    throw new Error(`DATABASE_URL ${found}. Use sqlite:<path>, or leave it out to keep ${defaultFile} in DATA_DIR.`);
  }
  const path = databaseUrl?.replace(/^sqlite:(\/\/)?/i, '') || defaultFile;
  return resolve(dataDir, path);
}
