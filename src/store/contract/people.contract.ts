import { describe, expect, test } from 'vitest';
import type { Draft, Store } from '../../app/ports.ts';
import type { ConversationId, MemberSettings, SupportStatus, UserId } from '../../core/model.ts';
import {
  added,
  append,
  created,
  type Database,
  freshId,
  gather,
  item,
  marked,
  readAll,
  removed,
  said,
  say,
  tryAppend,
  userOf,
} from './scene.contract.ts';

const kept = (conversationId: ConversationId, userId: UserId, settings: Partial<MemberSettings>): Draft => ({
  type: 'MemberSettingsChanged',
  conversationId,
  userId,
  isArchived: false,
  isMuted: false,
  ...settings,
  actorId: userId,
});

const blocked = (userId: UserId, blockedId: UserId, isBlocked = true): Draft => ({
  type: 'BlockChanged',
  userId,
  blockedId,
  isBlocked,
  actorId: userId,
});

async function pair(store: Store, ann: UserId, bob: UserId): Promise<ConversationId> {
  const id = freshId('conversation');
  await append(store, created(id, { kind: 'direct' }), added(id, ann), added(id, bob));
  return id;
}

export function describePeople(store: () => Store, makeDatabase: () => Promise<Database>): void {
  describe('a list of conversations', () => {
    const list = async (userId: UserId, filter: Parameters<Store['listConversations']>[1] = { limit: 50 }) =>
      (await store().listConversations(userId, filter)).views;

    test('shows the newest message, and of a direct one the other user', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const [direct, group] = [await pair(store(), ann, bob), await gather(store(), ann, bob)];
      await say(store(), direct, bob, 'first', 'last \u0000\ud800');
      const [first, second] = await list(ann);
      expect(first).toMatchObject({
        conversation: { id: direct },
        peer: userOf(bob),
        lastMessage: {
          text: 'last \u0000\ud800',
          sender: { id: bob },
          ordinal: 2,
          id: first?.conversation.lastMessageId,
        },
      });
      expect(second).toMatchObject({ conversation: { id: group } });
      expect(second).not.toHaveProperty('peer');
      expect(second).not.toHaveProperty('lastMessage');
      expect(await store().viewConversation(direct, ann)).toEqual(first);
      expect((await list(bob))[0]?.peer).toEqual(userOf(ann));
      const asAnybody = await store().viewConversation(direct, undefined);
      expect(asAnybody?.lastMessage?.text).toBe('last \u0000\ud800');
      expect(asAnybody).not.toHaveProperty('peer');
    });

    test('names the other user of a direct one also when they have gone', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const id = await pair(store(), ann, bob);
      await append(store(), removed(id, bob));
      expect((await store().viewConversation(id, ann))?.peer?.id).toBe(bob);
    });

    test('can be narrowed to a kind, and to what is or is not archived', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const [direct, group, other] = [
        await pair(store(), ann, bob),
        await gather(store(), ann),
        await gather(store(), ann),
      ];
      await append(store(), kept(group, ann, { isArchived: true }));
      const ids = async (filter: object) =>
        (await list(ann, { limit: 50, ...filter })).map((view) => view.conversation.id);
      expect(await ids({ isArchived: false })).toEqual([other, direct]);
      expect(await ids({ isArchived: true })).toEqual([group]);
      expect(await ids({ kind: 'group' })).toEqual([other, group]);
      expect(await ids({ kind: 'group', isArchived: false })).toEqual([other]);
      const { views } = await store().listConversations(undefined, { limit: 500, kind: 'direct' });
      expect(views.every((view) => view.conversation.kind === 'direct')).toBe(true);
      expect(views.map((view) => view.conversation.id)).toContain(direct);
    });

    test('shows how each member keeps it, and nobody else’s way', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const id = await gather(store(), ann, bob);
      await append(store(), kept(id, ann, { isArchived: true, isMuted: true }), kept(id, ann, { isMuted: true }));
      const settings = async (userId: UserId) => (await store().viewConversation(id, userId))?.settings;
      expect(await settings(ann)).toEqual({ isArchived: false, isMuted: true });
      expect(await settings(bob)).toBeUndefined();
      await append(store(), kept(id, ann, {}));
      expect(await settings(ann)).toBeUndefined();
    });
  });

  describe('unread messages', () => {
    test('are added up over all conversations that are neither archived nor muted', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const [tea, cake, muted, archived] = await Promise.all([1, 2, 3, 4].map(() => gather(store(), ann, bob)));
      for (const id of [tea, cake, muted, archived]) await say(store(), id ?? '', bob, 'a', 'b');
      await append(store(), said(tea ?? '', ann, 'own'), marked(cake ?? '', ann, { what: 'everything' }));
      await append(store(), kept(muted ?? '', ann, { isMuted: true }), kept(archived ?? '', ann, { isArchived: true }));
      expect(await store().countUnread(ann)).toEqual({ messages: 2, conversations: 1 });
      expect(await store().countUnread(freshId('user'))).toEqual({ messages: 0, conversations: 0 });
    });
  });

  describe('members', () => {
    test('are listed page after page', async () => {
      const users = [freshId('user'), freshId('user'), freshId('user')] as const;
      const id = await gather(store(), ...users);
      const first = await store().listMembers(id, { limit: 2 });
      expect(first.members.map(({ member }) => member.userId)).toEqual(users.slice(0, 2));
      expect(first.hasMore).toBe(true);
      const after = first.members.at(-1)?.member.since ?? 0;
      const second = await store().listMembers(id, { limit: 2, after });
      expect(second.members.map(({ member }) => member.userId)).toEqual(users.slice(2));
      expect(second.hasMore).toBe(false);
    });

    test('have the role that they were given last', async () => {
      const ann = freshId('user');
      const id = await gather(store(), ann);
      await append(store(), { type: 'MemberRoleChanged', conversationId: id, userId: ann, role: 'owner' });
      await say(store(), id, ann, 'a');
      expect((await store().loadMember(id, ann)).value).toMatchObject({ role: 'owner' });
      expect((await store().listMembers(id, { limit: 1 })).members[0]?.member.role).toBe('owner');
    });

    test('of the same conversation know each other', async () => {
      const [ann, bob, gone, eve] = [freshId('user'), freshId('user'), freshId('user'), freshId('user')];
      const id = await gather(store(), ann, bob, gone);
      await gather(store(), eve);
      await append(store(), removed(id, gone));
      expect(await store().findAcquaintances(ann, [bob, gone, eve, 'nobody'])).toEqual(new Set([bob]));
      expect(await store().findAcquaintances(gone, [ann])).toEqual(new Set());
    });
  });

  describe('support chats', () => {
    test('queue by how long they have had their status', async () => {
      const database = await makeDatabase();
      const own = await database.open();
      try {
        const open = async (id: ConversationId) => {
          const chat = { kind: 'support', status: 'PENDING', clientId: 'ann' } as const;
          const one = item([created(id, chat), added(id, 'ann')]);
          await tryAppend(own, one);
          return one.at;
        };
        const change = (id: ConversationId, status: SupportStatus) =>
          append(own, { type: 'StatusChanged', conversationId: id, status, clientId: 'ann', adminId: 'bob' });
        const since = [await open('a'), await open('b'), await open('c')];
        await append(own, created('no support chat'));
        await change('a', 'ACTIVE');
        await change('a', 'PENDING');
        await change('b', 'PENDING');
        const list = async (status: SupportStatus, more = {}) => {
          const { chats, hasMore } = await own.listSupportChats({ status, limit: 2, ...more });
          return { ids: chats.map(({ view }) => view.conversation.id), hasMore, last: chats.at(-1)?.since };
        };
        expect(await list('PENDING')).toEqual({ ids: ['b', 'c'], hasMore: true, last: since[2] });
        const after = { since: since[2] ?? 0, id: 'c' };
        expect(await list('PENDING', { after })).toMatchObject({ ids: ['a'], hasMore: false });
        await change('b', 'CLOSED');
        expect((await list('PENDING')).ids).toEqual(['c', 'a']);
        expect((await list('CLOSED')).ids).toEqual(['b']);

        await append(own, added('c', 'bob'));
        await append(own, removed('c', 'bob'));
        expect((await list('PENDING', { viewerId: 'bob' })).ids).toEqual(['a']);
        expect((await list('PENDING', { viewerId: 'ann' })).ids).toEqual(['c', 'a']);
        await append(own, added('c', 'bob'));
        expect((await list('PENDING', { viewerId: 'bob' })).ids).toEqual(['c', 'a']);
      } finally {
        await own[Symbol.asyncDispose]();
        await database.remove();
      }
    });
  });

  describe('blocks', () => {
    test('are listed by whoever made them, the newest last, until they are lifted', async () => {
      const [ann, bob, eve] = [freshId('user'), freshId('user'), freshId('user')];
      await append(store(), blocked(ann, eve));
      await append(store(), blocked(ann, bob));
      await append(store(), blocked(ann, eve));
      const of = async (...users: UserId[]) => {
        const found = await store().loadBlocks(users);
        return users.map((user) => found.get(user)?.map((block) => block.userId) ?? []);
      };
      expect(await of(ann, bob)).toEqual([[eve, bob], []]);
      await append(store(), blocked(ann, eve, false));
      expect(await of(ann)).toEqual([[bob]]);
    });
  });

  describe('bans', () => {
    test('are there with their reason until they are lifted', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const reason = 'spam \u0000\ud800';
      await append(store(), { type: 'BanChanged', userId: ann, isBanned: true, reason, untilMs: 7 });
      await append(store(), { type: 'BanChanged', userId: bob, isBanned: true });
      expect((await store().loadBans()).get(ann)).toEqual({ reason, untilMs: 7 });
      expect((await store().loadBans()).get(bob)).toEqual({});
      await append(store(), { type: 'BanChanged', userId: ann, isBanned: false });
      expect((await store().loadBans()).has(ann)).toBe(false);
    });
  });

  describe('notifications', () => {
    test('are counted while unread, and read all at once up to a position', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const notify = async (userId: UserId) => {
        const notification = { userId, title: 't', message: 'm', type: 'n', at: 1 };
        return (await append(store(), { type: 'NotificationCreated', notification }))[0]?.position ?? 0;
      };
      const [first, second] = [await notify(ann), await notify(ann)];
      const later = await notify(ann);
      await notify(bob);
      await append(store(), { type: 'NotificationRead', userId: ann, notificationId: first, actorId: ann });
      expect(await store().countUnreadNotifications(ann)).toBe(2);
      const { position } = await store().head();
      await append(store(), { type: 'NotificationsRead', userId: ann, upTo: second, actorId: ann });
      const { notifications } = await store().listNotifications(ann, { limit: 5 });
      expect(notifications.map(({ id, isRead }) => [id, isRead])).toEqual([
        [later, false],
        [second, true],
        [first, true],
      ]);
      expect(await store().countUnreadNotifications(ann)).toBe(1);
      expect(await store().countUnreadNotifications(bob)).toBe(1);
      const topics = { conversationIds: [], userIds: [ann] };
      expect((await readAll(store(), position, topics)).map(({ event }) => event.type)).toEqual(['NotificationsRead']);
    });
  });

  describe('users', () => {
    test('were seen last at the latest of the times that were told', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      await store().saveLastSeen(
        new Map([
          [ann, 20],
          [bob, 5],
        ]),
      );
      await store().saveLastSeen(new Map([[ann, 10]]));
      expect(await store().loadLastSeen([ann, bob, freshId('user')])).toEqual(
        new Map([
          [ann, 20],
          [bob, 5],
        ]),
      );
    });
  });
}
