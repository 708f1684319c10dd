import type { ArchiveReader, ArchiveWriter } from './archive.ts';
import { databasePath, isShared, type StoreOptions } from './open.ts';

type Place = Pick<StoreOptions, 'databaseUrl' | 'dataDir'>;

/** Opens the database that the settings name, to read it whole; a server may run. Rejects where there is none. */
export async function openArchive(place: Place): Promise<ArchiveReader> {
  if (isShared(place.databaseUrl)) {
    const { openPostgresArchive } = await import('./postgres/archive.ts');
    return openPostgresArchive(place.databaseUrl);
  }
  const { openSqliteArchive } = await import('./sqlite/archive.ts');
  return openSqliteArchive(databasePath(place));
}

/** Opens the database that the settings name, to fill it. Rejects where a server uses it. */
export async function fillArchive(place: Place): Promise<ArchiveWriter> {
  if (isShared(place.databaseUrl)) {
    const { fillPostgresArchive } = await import('./postgres/archive.ts');
    return fillPostgresArchive(place.databaseUrl);
  }
  const { fillSqliteArchive } = await import('./sqlite/archive.ts');
  return fillSqliteArchive(databasePath(place));
}

/** A database that no server uses, as far as the driver can see to it; disposing lets servers in again. */
export interface UnusedDatabase extends AsyncDisposable {
  /** Rejects when a server uses it now. */
  assertUnused(): Promise<void>;
}

/** Keeps servers off a file until disposed of; of PostgreSQL it can only be looked whether any node is connected. */
export async function keepServersOff(place: Place): Promise<UnusedDatabase> {
  if (isShared(place.databaseUrl)) {
    const url = place.databaseUrl;
    const { countNodes } = await import('./postgres/archive.ts');
    const assertUnused = async (): Promise<void> => {
      if ((await countNodes(url)) > 0)
        throw new Error('Nodes of Parlance are connected to the database. Stop them all, and start again.');
    };
    await assertUnused();
    return { assertUnused, [Symbol.asyncDispose]: async () => undefined };
  }
  const { lockFile } = await import('./sqlite/archive.ts');
  const lock = lockFile(databasePath(place));
  return { assertUnused: async () => undefined, [Symbol.asyncDispose]: async () => lock[Symbol.dispose]() };
}
