import type { SearchIndex } from '../app/ports.ts';
import { databasePath, isShared, type StoreOptions } from './open.ts';

/** Opens what searches beside an open store of the same place. Rejects with what to do when that is not possible. */
export async function openSearch({
  node = '',
  ...place
}: Omit<StoreOptions, 'commitDistanceMs'>): Promise<SearchIndex> {
  if (isShared(place.databaseUrl)) {
    const { PostgresSearch } = await import('./postgres/search.ts');
    return new PostgresSearch({ url: place.databaseUrl, node });
  }
  const { SqliteSearch } = await import('./sqlite/search.ts');
  return SqliteSearch.open(databasePath(place));
}
