import type { Outgoing } from './model.ts';

/**
 * Where unsent messages wait. What `put` has resolved for survives whatever the implementation promises to survive;
 * `all` answers one user's messages, oldest first.
 */
export interface Outbox {
  all(userId: string): Promise<readonly Outgoing[]>;
  put(outgoing: Outgoing): Promise<void>;
  remove(outgoing: Outgoing): Promise<void>;
}

/** Forgets everything with the page. For tests, and for browsers that keep nothing. */
export function memoryOutbox(): Outbox {
  const kept = new Map<string, Outgoing>();
  return {
    all: async (userId) => oldestFirst([...kept.values()].filter(({ senderId }) => senderId === userId)),
    put: async (outgoing) => {
      kept.set(keyOf(outgoing), outgoing);
    },
    remove: async (outgoing) => {
      kept.delete(keyOf(outgoing));
    },
  };
}

const table = 'outgoing';

/** Survives a reload and a closed browser, files included. Where the browser keeps nothing, it is a memory outbox. */
export async function indexedDbOutbox(name = 'parlance-outbox'): Promise<Outbox> {
  const database = await opened(name).catch(() => undefined);
  if (!database) return memoryOutbox();
  const rows = (mode: IDBTransactionMode) => database.transaction(table, mode).objectStore(table);
  return {
    async all(userId) {
      const kept: Outgoing[] = await answered(rows('readonly').getAll());
      return oldestFirst(kept.filter(({ senderId }) => senderId === userId));
    },
    async put(outgoing) {
      await answered(rows('readwrite').put(outgoing, keyOf(outgoing)));
    },
    async remove(outgoing) {
      await answered(rows('readwrite').delete(keyOf(outgoing)));
    },
  };
}

/** Rejects where there is no such thing, and where the page may not use it. */
async function opened(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(table);
  return await answered(request);
}

const keyOf = ({ senderId, clientMessageId }: Outgoing): string => `${senderId}\n${clientMessageId}`;

const oldestFirst = (list: readonly Outgoing[]): readonly Outgoing[] => list.toSorted((a, b) => a.at - b.at);

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
