import { describe, expect, test } from 'vitest';
import type { Store } from '../../app/ports.ts';
import type { ConversationId, TimeMs, UserId } from '../../core/model.ts';
import {
  added,
  append,
  created,
  type Database,
  freshId,
  gather,
  item,
  joined,
  left,
  removed,
  said,
  say,
  userOf,
} from './scene.contract.ts';

export function describeConversations(store: () => Store, makeDatabase: () => Promise<Database>): void {
  describe('a conversation', () => {
    test('is loaded as it was made, with what has happened since', async () => {
      const id = freshId('conversation');
      const made = {
        kind: 'support',
        title: 'a\u0000"\ud800💐',
        status: 'PENDING',
        clientId: 'ann',
        createdBy: 'ann',
      } as const;
      await append(
        store(),
        created(id, { ...made, isAutoCreated: true, createdAt: 5, updatedAt: 5 }),
        added(id, 'ann'),
      );
      const { value: before, position } = await store().loadConversation(id);
      expect(position).toBe((await store().head()).position);
      const counted = { ordinal: 0, lastMessageId: 0, memberCount: 1, pair: ['ann'] };
      expect(before).toEqual({ id, ...made, isAutoCreated: true, createdAt: 5, updatedAt: 5, ...counted });

      const status = 'ACTIVE';
      const changes = item([
        { type: 'ConversationChanged', conversationId: id, title: 'Tea' },
        { type: 'StatusChanged', conversationId: id, status, clientId: 'ann', adminId: 'bob' },
        added(id, 'bob'),
      ]);
      await store().append([changes]);
      const [last] = (await say(store(), id, 'bob', 'a', 'b')).slice(-1);
      const { value: after } = await store().loadConversation(id);
      expect(after).toMatchObject({ title: 'Tea', status, adminId: 'bob', ordinal: 2, lastMessageId: last });
      expect(after).toMatchObject({ memberCount: 2, pair: ['ann', 'bob'], createdAt: 5 });
    });

    test('that was never made is not there', async () => {
      const { position } = await store().head();
      expect(await store().loadConversation('never made')).toEqual({ position, value: undefined });
      expect(await store().viewConversation('never made', 'ann')).toBeUndefined();
    });

    test('is never taken for another one whose id looks the same in UTF-8', async () => {
      const id = freshId('conversation');
      const [real, half] = [`${id}\ufffd`, `${id}\ud800`] as const;
      await append(store(), created(real), added(real, 'ann'));
      await expect(append(store(), created(half))).rejects.toThrow();
      await expect(append(store(), said(half, 'ann', 'hi'))).rejects.toThrow();
      await expect(append(store(), added(real, 'ann\ud800'))).rejects.toThrow();
      expect((await store().loadConversation(real)).value).toMatchObject({ ordinal: 0, pair: ['ann'] });
    });

    test('names its members while there are at most two', async () => {
      const id = await gather(store());
      const pair = async () => (await store().loadConversation(id)).value?.pair;
      expect(await pair()).toEqual([]);
      await append(store(), added(id, 'zoe'), added(id, 'ann'));
      expect(await pair()).toEqual(['zoe', 'ann']);
      await append(store(), added(id, 'bob'));
      expect(await pair()).toEqual([]);
      await append(store(), removed(id, 'zoe'));
      expect(await pair()).toEqual(['ann', 'bob']);
    });

    test('is active when something is said or changed, and not when somebody comes, goes or reads', async () => {
      const id = await gather(store(), 'ann');
      const updatedAt = async () => (await store().loadConversation(id)).value?.updatedAt;
      const made = await updatedAt();
      await append(store(), added(id, 'bob'), joined(id, 'bob'), left(id, 'bob'), removed(id, 'bob'));
      expect(await updatedAt()).toBe(made);
      const message = item([said(id, 'ann', 'a')]);
      await store().append([message]);
      expect(await updatedAt()).toBe(message.at);
      const change = item([{ type: 'ConversationChanged', conversationId: id, title: 'Tea' }]);
      await store().append([change]);
      expect(await updatedAt()).toBe(change.at);
    });
  });

  describe('a member', () => {
    test('is one since the entry that added them', async () => {
      const id = await gather(store());
      const [first] = await append(store(), added(id, 'ann'));
      const { position, value } = await store().loadMember(id, 'ann');
      expect(position).toBe((await store().head()).position);
      const since = first?.position;
      expect(value).toEqual({ userId: 'ann', role: 'member', since, isJoined: false, readCursor: 0 });
      await append(store(), removed(id, 'ann'));
      const [second] = await append(store(), added(id, 'ann'));
      expect((await store().loadMember(id, 'ann')).value).toMatchObject({ since: second?.position });
    });

    test('who was removed is barred until added again, unless they may come back', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const load = async (userId: UserId) => (await store().loadMember(id, userId)).value;
      await append(store(), removed(id, 'ann'), removed(id, 'bob', true));
      expect([await load('ann'), await load('bob'), await load('eve')]).toEqual(['barred', undefined, undefined]);
      await append(store(), added(id, 'ann'));
      expect(await load('ann')).toMatchObject({ userId: 'ann', isJoined: false });
      await append(store(), removed(id, 'ann', true));
      expect(await load('ann')).toBeUndefined();
    });

    test('joins and leaves by their own word', async () => {
      const id = await gather(store(), 'ann');
      const isJoined = async () => (await store().listMembers(id, { limit: 1 })).members[0]?.member.isJoined;
      await append(store(), joined(id, 'ann'));
      expect(await isJoined()).toBe(true);
      await append(store(), left(id, 'ann'));
      expect(await isJoined()).toBe(false);
    });

    test('is listed with the newest profile, in the order of coming', async () => {
      const [zoe, ann] = [freshId('user'), freshId('user')];
      const id = await gather(store(), zoe, ann, 'bob');
      const user = { ...userOf(ann), name: 'Ann the second', role: 'ADMIN' };
      await append(store(), { type: 'UserChanged', user }, removed(id, 'bob'));
      const { members } = await store().listMembers(id, { limit: 10 });
      expect(members.map(({ member }) => member.userId)).toEqual([zoe, ann]);
      expect(members.map((member) => member.user)).toEqual([userOf(zoe), user]);
    });

    test('has all their conversations, and those of several users come at once', async () => {
      const [ann, bob, eve] = [freshId('user'), freshId('user'), freshId('user')];
      const [tea, cake] = [await gather(store(), ann, bob), await gather(store(), ann)];
      await append(store(), removed(tea, bob));
      const { position, value } = await store().loadMemberships([ann, bob, eve, ann]);
      expect(position).toBe((await store().head()).position);
      const since = async (id: ConversationId) => {
        const { value: member } = await store().loadMember(id, ann);
        return typeof member === 'object' ? member.since : undefined;
      };
      expect(value.get(ann)).toEqual([
        { conversationId: tea, since: await since(tea) },
        { conversationId: cake, since: await since(cake) },
      ]);
      expect([value.get(bob), value.get(eve), value.size]).toEqual([[], [], 3]);
    });
  });

  describe('a list of conversations', () => {
    /** Pages through, two at a time. */
    async function page(of: Store, userId: UserId | undefined): Promise<readonly ConversationId[]> {
      const ids: ConversationId[] = [];
      let before: { updatedAt: TimeMs; id: ConversationId } | undefined;
      for (;;) {
        const answer = await of.listConversations(userId, before === undefined ? { limit: 2 } : { limit: 2, before });
        ids.push(...answer.views.map((view) => view.conversation.id));
        const last = answer.views.at(-1)?.conversation;
        if (!answer.hasMore || last === undefined) return ids;
        before = { updatedAt: last.updatedAt, id: last.id };
      }
    }

    test('is that of the user, newest activity first, page after page', async () => {
      const ann = freshId('user');
      const ids = [
        await gather(store(), ann),
        await gather(store(), ann),
        await gather(store(), ann),
        await gather(store(), ann),
      ];
      const [a = '', b = '', c = '', d = ''] = ids;
      await gather(store(), 'bob');
      await say(store(), b, ann, 'newest');
      await append(store(), removed(c, ann));
      expect(await page(store(), ann)).toEqual([b, d, a]);
      const { views } = await store().listConversations(ann, { limit: 1 });
      expect(views).toMatchObject([
        { conversation: { id: b, ordinal: 1, pair: [ann] }, member: { userId: ann }, unreadCount: 0 },
      ]);
      expect(views).toEqual([await store().viewConversation(b, ann)]);
    });

    test('puts those of the same moment in a fixed order', async () => {
      const ann = freshId('user');
      const ids = Array.from({ length: 5 }, () => freshId('conversation'));
      await append(store(), ...ids.flatMap((id) => [created(id, { updatedAt: 1, createdAt: 1 }), added(id, ann)]));
      expect(await page(store(), ann)).toEqual([...ids].sort().reverse());
    });

    test('goes on from any place, also from one that was never told', async () => {
      const ann = freshId('user');
      const id = await gather(store(), ann);
      for (const place of ['\u0000', 'half \ud800', '', '\u{10ffff}']) {
        const before = { updatedAt: Number.MAX_SAFE_INTEGER, id: place };
        const { views } = await store().listConversations(ann, { limit: 5, before });
        expect(views).toMatchObject([{ conversation: { id } }]);
        expect((await store().listConversations(undefined, { limit: 5, before })).views).not.toEqual([]);
      }
    });

    test('is that of all conversations for the host', async () => {
      const database = await makeDatabase();
      const own = await database.open();
      try {
        const ids = [await gather(own, 'ann'), await gather(own, 'bob'), await gather(own)];
        expect(await page(own, undefined)).toEqual(ids.reverse());
        const { views } = await own.listConversations(undefined, { limit: 3 });
        expect(views.map(({ member, unreadCount }) => [member, unreadCount])).toEqual(views.map(() => [undefined, 0]));
      } finally {
        await own[Symbol.asyncDispose]();
        await database.remove();
      }
    });
  });
}
