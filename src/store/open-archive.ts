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

/** Says of a database whether somebody has it. */
export interface Stillness extends AsyncDisposable {
  /** Rejects when a server has it now. */
  expect(): Promise<void>;
}

/** Keeps servers off a file until disposed of; of PostgreSQL it can only be looked whether any node is connected. */
export async function holdStill(place: Place): Promise<Stillness> {
  if (isShared(place.databaseUrl)) {
    const url = place.databaseUrl;
    const { countNodes } = await import('./postgres/archive.ts');
    const expect = async (): Promise<void> => {
      if ((await countNodes(url)) > 0)
        throw new Error('Nodes of Parlance are connected to the database. Stop them all, and start again.');
    };
    await expect();
    return { expect, [Symbol.asyncDispose]: async () => undefined };
  }
  const { holdFile } = await import('./sqlite/archive.ts');
  const held = holdFile(databasePath(place));
  return { expect: async () => undefined, [Symbol.asyncDispose]: async () => held[Symbol.dispose]() };
}
