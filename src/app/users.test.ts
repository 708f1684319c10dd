import { afterEach, beforeEach, expect, test } from 'vitest';
import { ann, bob } from '../../test/harness/cast.ts';
import { allowed, as, circumstances, host, openTemporaryStore, wireUseCases } from '../../test/harness/use-cases.ts';

let opened: Awaited<ReturnType<typeof openTemporaryStore>>;

beforeEach(async () => {
  opened = await openTemporaryStore();
});
afterEach(() => opened[Symbol.asyncDispose]());

test('a block made on one node is lifted on another that has not heard of it yet', async () => {
  // Their buses are their own: neither hears the other.
  const [here, there] = [wireUseCases(opened.store), wireUseCases(opened.store)];
  const set = (node: typeof here, isBlocked: boolean) =>
    node.execute<'SetBlock'>({ type: 'SetBlock', userId: bob.id, isBlocked }, as(ann), circumstances);
  const kept = async () => (await opened.store.loadBlocks([ann.id])).get(ann.id)?.map(({ userId }) => userId) ?? [];
  await there.house.blocks.load([ann.id, bob.id]);
  allowed(await set(here, true));
  expect(await kept()).toEqual([bob.id]);
  allowed(await set(there, false));
  expect(await kept()).toEqual([]);
});

test('a revocation is kept, for users never seen as well', async () => {
  const node = wireUseCases(opened.store);
  const revoke = { type: 'RevokeUser', userId: 'stranger' } as const;
  expect(await node.execute(revoke, as(ann), circumstances)).toMatchObject({ refused: 'FORBIDDEN' });
  allowed(await node.execute<'RevokeUser'>(revoke, host, circumstances));
  expect((await opened.store.loadRevocations()).get(revoke.userId)).toBe(Math.floor(node.clock.ms / 1000));
});
