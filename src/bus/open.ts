import type { Bus, Store } from '../app/ports.ts';
import { LocalBus } from './local.ts';

export type BusOptions = {
  /** A database that several nodes share; undefined for a store of one node alone. */
  readonly databaseUrl: string | undefined;
  /** The setting REDIS_URL: takes over from the shared database. */
  readonly redisUrl: string | undefined;
  /** Names this node; the store is given the same name. */
  readonly node: string;
  readonly store: Pick<Store, 'head'>;
  readonly onError: (error: unknown) => void;
};

/** The bus that the settings ask for. Rejects when the database cannot be reached; a Redis is waited for by the bus itself. */
export async function openBus({ databaseUrl, redisUrl, node, store, onError }: BusOptions): Promise<Bus> {
  if (databaseUrl === undefined) return new LocalBus();
  const readHead = async () => (await store.head()).position;
  const head = await store.head();
  // Only the driver that is needed is loaded.
  if (redisUrl !== undefined) {
    const { RedisBus } = await import('./redis.ts');
    return RedisBus.open({ url: redisUrl, node, head, readHead, onError });
  }
  const { PostgresBus } = await import('./postgres.ts');
  return PostgresBus.open({ url: databaseUrl, node, head, readHead, onError });
}
