import { expect } from 'vitest';
import { type Node, openNode } from './gateway-scene.ts';
import { openTemporaryStore } from './use-cases.ts';

/** A node of its own for each test, over one store for all tests of a file. */

export let opened: Awaited<ReturnType<typeof openTemporaryStore>>;
export let node: Node;
/** A conversation that no other test speaks in. */
export let room: string;
let rooms = 0;

/** Before all tests. */
export async function openStoreForAll(): Promise<void> {
  opened = await openTemporaryStore();
}

/** After all of them. */
export async function closeStoreForAll(): Promise<void> {
  await opened[Symbol.asyncDispose]();
}

/** Before each test. */
export async function openScene(): Promise<void> {
  await openSceneWith({});
}

/** The same with other limits than usual. */
export async function openSceneWith(limits: Parameters<typeof openNode>[1]): Promise<void> {
  room = `room-${++rooms}`;
  node = await openNode(opened.store, limits);
}

/** After it. Nothing may have gone wrong. */
export function closeScene(): void {
  expect(node.errors).toEqual([]);
  node[Symbol.dispose]();
}
