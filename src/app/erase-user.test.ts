import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ann, bob } from '../../test/harness/cast.ts';
import { allowed, openTemporaryStore, Scene } from '../../test/harness/use-cases.ts';
import { eraseUser } from './erase-user.ts';

test('what is said on a node that has not heard of the revocation yet is erased as well', async () => {
  await using opened = await openTemporaryStore();
  const { store } = opened;
  const scene = new Scene(store);
  allowed(await scene.send(bob, 'mine'));
  allowed(await scene.send(ann, 'early'));
  let late: Promise<unknown> = Promise.resolve();
  const erased = await eraseUser(
    {
      store,
      clock: scene.node.clock,
      blobs: { remove: async () => undefined },
      heardEverywhereMs: 300,
      append(item) {
        if (item.drafts.some(({ type }) => type === 'UserRevoked')) {
          late = wait(30).then(() => scene.send(ann, 'late'));
        }
        return scene.node.house.commit.append(item);
      },
    },
    ann.id,
  );
  await late;
  expect(erased.messages).toBe(2);
  expect(await scene.texts()).toEqual(['mine']);
  expect((await store.loadUsers([ann.id])).get(ann.id)).toMatchObject({ name: 'Deleted user', email: '' });
  const { entries } = await store.readEntries({ after: 0, limit: 100 });
  expect(JSON.stringify(entries)).not.toContain('late');
});
