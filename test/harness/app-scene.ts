import type { Store } from '../../src/app/ports.ts';
import { openTemporaryStore, Scene } from './use-cases.ts';

/** Use cases over one store for all tests of a file, and a scene of its own for each: conversations of one test are not those of another. */

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
export let store: Store;
export let scene: Scene;

export async function openStore(): Promise<void> {
  opened = await openTemporaryStore();
  store = opened.store;
}

export async function closeStore(): Promise<void> {
  await opened[Symbol.asyncDispose]();
}

/** In place of the one before; `more` is what its node is to be different in. */
export function openScene(more: ConstructorParameters<typeof Scene>[1] = {}): void {
  scene = new Scene(store, more);
}
