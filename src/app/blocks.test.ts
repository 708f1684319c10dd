import { expect, test } from 'vitest';
import { Blocks } from './blocks.ts';

const changed = (userId: string, blockedId: string, isBlocked: boolean) =>
  ({
    position: 1,
    at: 1,
    event: { type: 'BlockChanged', userId, blockedId, isBlocked, actorId: userId },
  }) as const;

/** A store that answers when it is told to. */
function slowStore(blocked: { [userId: string]: string[] }) {
  const answers: (() => void)[] = [];
  let reads = 0;
  return {
    get reads() {
      return reads;
    },
    answer() {
      for (const give of answers.splice(0)) give();
    },
    loadBlocks(userIds: readonly string[]) {
      reads++;
      const found = new Map(userIds.map((id) => [id, (blocked[id] ?? []).map((userId) => ({ userId, at: 1 }))]));
      return new Promise<typeof found>((resolve) => answers.push(() => resolve(found)));
    },
  };
}

test('what is not known is not guessed, and known once it was loaded', async () => {
  const store = slowStore({ ann: ['bob'] });
  const blocks = new Blocks(store);
  expect(blocks.between('ann', 'bob')).toBeUndefined();
  const loaded = blocks.load(['ann', 'bob']);
  expect(blocks.between('ann', 'bob')).toBeUndefined();
  store.answer();
  await loaded;
  expect(blocks.between('ann', 'bob')).toBe('bySelf');
  expect(blocks.between('bob', 'ann')).toBe('byOther');
  await blocks.load(['ann', 'bob']);
  expect(store.reads).toBe(1);
});

test('the log changes what is known, also while it is being read', async () => {
  const before = { ann: [] as string[] };
  const store = slowStore(before);
  const blocks = new Blocks(store);
  const loaded = blocks.load(['ann', 'bob']);
  blocks.apply(changed('ann', 'bob', true));
  before.ann = ['bob'];
  store.answer();
  await new Promise((resolve) => setImmediate(resolve));
  store.answer();
  await loaded;
  expect(blocks.between('bob', 'ann')).toBe('byOther');
  blocks.apply(changed('ann', 'bob', false));
  expect(blocks.between('bob', 'ann')).toBe('none');
});

test('no more users are kept in mind than are allowed', async () => {
  const blocks = new Blocks({ loadBlocks: async () => new Map() }, 2);
  await blocks.load(['ann', 'bob']);
  await blocks.load(['eve']);
  expect(blocks.between('bob', 'eve')).toBe('none');
  expect(blocks.between('ann', 'eve')).toBeUndefined();
});
