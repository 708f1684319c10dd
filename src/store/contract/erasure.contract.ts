import { describe, expect, test } from 'vitest';
import type { Draft, Store, StoredFile } from '../../app/ports.ts';
import type { Position, User, UserId } from '../../core/model.ts';
import { added, append, freshId, gather, readAll, said, say, userOf } from './scene.contract.ts';

const fileOf = (uploadedBy: UserId | null): StoredFile => ({
  id: freshId('file'),
  uploadedBy,
  name: 'a "picture" \\ of \u0000.png',
  type: 'image/png',
  sizeBytes: 1,
  at: 1,
});

async function saveFiles(store: Store, ...owners: readonly (UserId | null)[]): Promise<readonly string[]> {
  const files = owners.map(fileOf);
  for (const file of files) await store.saveFile(file);
  return files.map(({ id }) => id);
}

async function replaceEverywhere(store: Store, user: User): Promise<void> {
  for (let after: Position | null = 0; after !== null; ) after = await store.erasure.replaceProfile(user, after);
}

export function describeErasure(store: () => Store): void {
  describe('what is erased of a user', () => {
    test('is their profile in every entry that names it, and nobody else’s', async () => {
      const [erased, other] = [freshId('user'), freshId('user')];
      const { position: before } = await store().head();
      const id = await gather(store(), erased, other);
      await say(store(), id, erased, 'mine \u0000\ud800 \\');
      await say(store(), id, other, 'theirs');
      await append(store(), { type: 'UserChanged', user: { ...userOf(erased), name: 'Once "called" \\ so' } });
      const blank = { id: erased, email: '', role: 'USER', name: 'Deleted user' };
      await replaceEverywhere(store(), blank);
      const text = JSON.stringify(await readAll(store(), before));
      expect(text).not.toContain(userOf(erased).name);
      expect(text).not.toContain('Once');
      expect(text.split(JSON.stringify(blank)).length - 1).toBe(3);
      expect(text).toContain(userOf(other).name);
      expect(text).toContain(JSON.stringify('mine \u0000\ud800 \\'));
    });

    test('is what is theirs alone, and what others keep about them stays', async () => {
      const [erased, other] = [freshId('user'), freshId('user')];
      const id = await gather(store(), erased, other);
      const notification = (userId: UserId) =>
        ({
          type: 'NotificationCreated',
          notification: { userId, title: 't', message: 'm', type: 'x', at: 1 },
        }) as const;
      const block = (userId: UserId, blockedId: UserId) =>
        ({ type: 'BlockChanged', userId, blockedId, isBlocked: true, actorId: userId }) as const;
      const mute = (userId: UserId): Draft => ({
        type: 'MemberSettingsChanged',
        conversationId: id,
        userId,
        isArchived: false,
        isMuted: true,
        actorId: userId,
      });
      await append(store(), notification(erased), notification(other), block(erased, other), block(other, erased));
      await append(store(), mute(erased), mute(other));
      await append(store(), { type: 'UserRevoked', userId: erased, revokedAtSeconds: 7 });
      await store().saveLastSeen(new Map([erased, other].map((userId) => [userId, 5])));

      await store().erasure.forgetUser(erased);

      expect(await store().countUnreadNotifications(erased)).toBe(0);
      expect(await store().countUnreadNotifications(other)).toBe(1);
      const blocks = await store().loadBlocks([erased, other]);
      expect(blocks.get(erased) ?? []).toEqual([]);
      expect(blocks.get(other)).toMatchObject([{ userId: erased }]);
      expect([...(await store().loadLastSeen([erased, other])).keys()]).toEqual([other]);
      expect((await store().viewConversation(id, erased))?.settings).toBeUndefined();
      expect((await store().viewConversation(id, other))?.settings).toMatchObject({ isMuted: true });
      const { entries } = await store().readEntries({
        ...{ after: 0, limit: 100 },
        topics: { conversationIds: [], userIds: [erased] },
      });
      expect(entries.map(({ event }) => event.type)).toEqual(['UserRevoked']);
      expect((await store().loadRevocations()).get(erased)).toBe(7);
      expect((await store().loadMember(id, erased)).value).toMatchObject({ userId: erased });
    });

    test.each([
      ['letters', 'ann'],
      ['a backslash', 'EXAMPLE\\ann'],
      ['what reads as an escape', '\\u0041nn'],
      ['quotes', '"ann" o\'ann'],
      ['letters of elsewhere', 'änn 😀'],
    ])('names the files that they uploaded, with %s in their id', async (_, name) => {
      const erased = `${name}-${freshId('user')}`;
      const [first, , , second] = await saveFiles(store(), erased, null, `${erased}x`, erased);
      const named = await store().erasure.forgetUser(erased);
      expect([...named].sort()).toEqual([first, second].sort());
      // They are still there: their content goes before they do.
      expect(await store().loadFile(first ?? '')).toMatchObject({ uploadedBy: erased });
    });

    test('may be erased again, and while it is said anew', async () => {
      const erased = freshId('user');
      const id = await gather(store(), erased);
      const blank = { id: erased, email: '', role: 'USER', name: 'Deleted user' };
      await Promise.all([
        replaceEverywhere(store(), blank),
        append(store(), said(id, erased, 'meanwhile'), added(id, freshId('user'))),
        store().erasure.forgetUser(erased),
      ]);
      await replaceEverywhere(store(), blank);
      const { messages } = (await store().readMessages({ conversationId: id, limit: 5, take: 'newest' })).value;
      expect(messages).toMatchObject([{ text: 'meanwhile', sender: blank }]);
    });
  });
}
