import { describe, expect, test } from 'vitest';
import type { SessionRow, Store, StoredFile } from '../../app/ports.ts';
import type { UserId } from '../../core/model.ts';
import { append, expectEvent, freshId, gather, item, nextTimeMs, said, tryAppend, userOf } from './scene.contract.ts';

export function describeRecords(store: () => Store): void {
  describe('users', () => {
    test('are as their newest entry says', async () => {
      const [ann, bob] = [userOf(freshId('user')), userOf(freshId('user'))];
      await append(store(), { type: 'UserChanged', user: ann }, { type: 'UserChanged', user: bob });
      const changed = { ...ann, name: 'x\u0000\ud800"💐', email: '', role: 'ADMIN' };
      await append(store(), { type: 'UserChanged', user: changed });
      const users = await store().loadUsers([bob.id, ann.id, freshId('user'), ann.id]);
      expect([...users].sort()).toEqual(
        [
          [ann.id, changed],
          [bob.id, bob],
        ].sort(),
      );
      expect(await store().loadUsers([])).toEqual(new Map());
    });

    test('who are added to a conversation are known from then on, and keep the profile they had', async () => {
      const [known, unknown] = [freshId('user'), freshId('user')];
      await append(store(), { type: 'UserChanged', user: { ...userOf(known), name: 'Known' } });
      await gather(store(), known, unknown);
      const users = await store().loadUsers([known, unknown]);
      expect(users.get(known)?.name).toBe('Known');
      expect(users.get(unknown)).toEqual(userOf(unknown));
    });

    test('are found by a part of their id, name or address, whatever case it is in', async () => {
      const mark = freshId('mark');
      const [ann, bob, cleo] = ['a', 'b', 'c'].map((name) => ({ ...userOf(`${mark}-${name}`), role: 'SEEKER' }));
      if (!ann || !bob || !cleo) throw new Error('Three were made.');
      const people = [
        { ...cleo, name: `Cleo "${mark}" 100%` },
        { ...ann, name: 'Ann\u0000\ud800', email: `Ann@${mark}.example` },
        { ...bob, name: `Bob ${mark} 100x` },
      ] as const;
      await append(store(), ...people.map((user) => ({ type: 'UserChanged', user }) as const));
      const found = async (words: string, limit = 10) => (await store().findUsers(words, limit)).map(({ id }) => id);
      expect(await store().findUsers(mark, 10)).toEqual([people[1], people[2], people[0]]);
      expect(await found(mark, 2)).toEqual([ann.id, bob.id]);
      expect(await found(`ANN@${mark.toUpperCase()}`)).toEqual([ann.id]);
      expect(await found(`bob ${mark}`)).toEqual([bob.id]);
      expect(await found(`"${mark}" 100%`)).toEqual([cleo.id]);
      expect(await found(`${mark}_b`)).toEqual([]);
      expect(await found('seeker')).toEqual([]);
      expect(await found(`${mark}\\`)).toEqual([]);
    });

    test('are revoked up to a second that only moves forward', async () => {
      const [ann, bob] = [freshId('user'), freshId('user')];
      const revoke = (userId: UserId, revokedAtSeconds: number) =>
        append(store(), { type: 'UserRevoked', userId, revokedAtSeconds });
      await revoke(ann, 20);
      await revoke(ann, 30);
      await revoke(ann, 10);
      await revoke(bob, 5);
      const revocations = await store().loadRevocations();
      expect([revocations.get(ann), revocations.get(bob), revocations.get(freshId('user'))]).toEqual([
        30,
        5,
        undefined,
      ]);
    });
  });

  describe('notifications', () => {
    const notify = async (userId: UserId, title: string) => {
      const notification = { userId, title, message: 'm\u0000\ud800', type: 't', at: nextTimeMs() };
      return expectEvent(await append(store(), { type: 'NotificationCreated', notification }), 'NotificationCreated')
        .notification;
    };

    test('are listed newest first, page after page, and for their own user only', async () => {
      const ann = freshId('user');
      const [a, b, c] = [await notify(ann, 'a'), await notify(ann, 'b'), await notify(ann, 'c')];
      await notify(freshId('user'), 'of somebody else');
      const unread = (...all: readonly object[]) => all.map((notification) => ({ ...notification, isRead: false }));
      expect(await store().listNotifications(ann, { limit: 2 })).toEqual({
        notifications: unread(c, b),
        hasMore: true,
      });
      expect(await store().listNotifications(ann, { limit: 2, before: b.id })).toEqual({
        notifications: unread(a),
        hasMore: false,
      });
      expect(await store().listNotifications(ann, { limit: 3 })).toEqual({
        notifications: unread(c, b, a),
        hasMore: false,
      });
    });

    test('are read by their user, once and for all', async () => {
      const [ann, eve] = [freshId('user'), freshId('user')];
      const { id } = await notify(ann, 'a');
      const isRead = async () => (await store().listNotifications(ann, { limit: 1 })).notifications[0]?.isRead;
      await append(store(), { type: 'NotificationRead', userId: eve, notificationId: id, actorId: eve });
      expect(await isRead()).toBe(false);
      await append(store(), { type: 'NotificationRead', userId: ann, notificationId: id, actorId: ann });
      await append(store(), { type: 'NotificationRead', userId: ann, notificationId: id, actorId: ann });
      expect(await isRead()).toBe(true);
    });

    test('are loaded by their id, which is no other entry’s', async () => {
      const notification = await notify(freshId('user'), 'a');
      expect(await store().loadNotification(notification.id)).toEqual(notification);
      expect(await store().loadNotification(notification.id - 1)).toBeUndefined();
    });
  });

  describe('sessions', () => {
    const session = (more: Partial<SessionRow> = {}): SessionRow => {
      const joined = [{ conversationId: 'c', from: 7 }];
      return { id: freshId('session'), userId: 'ann', namespace: '/chat', voices: ['kenz'], joined, ...more };
    };

    const loadSession = async (id: string) => (await store().loadSessions([id])).get(id);

    test('are loaded as they were saved last', async () => {
      const first = session();
      const firstItem = { ...item([]), session: first };
      await tryAppend(store(), firstItem);
      expect(await loadSession(first.id)).toEqual({ ...first, savedAt: firstItem.at });
      const second = { ...first, voices: ['kenz', 'direct'], joined: [] };
      const secondItem = { ...item([]), session: second };
      await tryAppend(store(), secondItem);
      expect(await loadSession(first.id)).toEqual({ ...second, savedAt: secondItem.at });
      expect(await loadSession(freshId('session'))).toBeUndefined();
    });

    test('are not replaced by what an earlier connection of theirs saves late', async () => {
      const first = session();
      const save = (row: SessionRow) => tryAppend(store(), { ...item([]), session: row });
      const later = { ...first, joined: [], connection: 3 };
      await save(first);
      await save(later);
      await save({ ...first, connection: 2 });
      await save(first);
      expect(await loadSession(first.id)).toMatchObject(later);
      await save({ ...later, voices: [] });
      expect((await loadSession(first.id))?.voices).toEqual([]);
    });

    test('are saved with their item or not at all', async () => {
      const id = await gather(store(), 'ann');
      const [kept, lost] = [session(), session()];
      const expects = [{ is: 'member', conversationId: id, userId: 'eve' }] as const;
      await store().append([
        { ...item([said(id, 'ann', 'a')]), session: kept },
        { ...item([said(id, 'eve', 'b')], expects), session: lost },
      ]);
      expect(await loadSession(kept.id)).toMatchObject(kept);
      expect(await loadSession(lost.id)).toBeUndefined();
    });

    test('are forgotten when they were saved last before a time, and counted', async () => {
      await store().forgetSessions(nextTimeMs());
      const [gone, savedAgain, young] = [session(), session(), session()];
      await store().append([
        { ...item([]), session: gone },
        { ...item([]), session: savedAgain },
      ]);
      const youngItem = { ...item([]), session: young };
      await store().append([youngItem, { ...item([]), session: savedAgain }]);
      expect(await store().forgetSessions(youngItem.at)).toBe(1);
      expect([...(await store().loadSessions([gone.id, savedAgain.id, young.id])).keys()].sort()).toEqual(
        [savedAgain.id, young.id].sort(),
      );
      expect(await store().forgetSessions(youngItem.at)).toBe(0);
    });

    test('are forgotten however many there are, while others are saved', async () => {
      await store().forgetSessions(nextTimeMs());
      const before = Array.from({ length: 5_000 }, () => ({ ...item([]), session: session() }));
      await store().append(before);
      const savedBefore = nextTimeMs();
      const meanwhile = { ...item([]), session: session() };
      const [count] = await Promise.all([store().forgetSessions(savedBefore), store().append([meanwhile])]);
      expect(count).toBe(5_000);
      const ids = [...before, meanwhile].map(({ session: { id } }) => id);
      expect([...(await store().loadSessions(ids)).keys()]).toEqual([meanwhile.session.id]);
    });
  });

  describe('files', () => {
    test('are described as they were saved', async () => {
      const file: StoredFile = {
        id: freshId('file'),
        uploadedBy: 'ann',
        name: 'a\u0000\ud800"💐.png',
        type: 'image/png',
        sizeBytes: 2 ** 40,
        at: 5,
      };
      const anonymous = { ...file, id: freshId('file'), uploadedBy: null };
      await Promise.all([store().saveFile(file), store().saveFile(anonymous)]);
      expect(await store().loadFile(file.id)).toEqual(file);
      expect(await store().loadFile(anonymous.id)).toEqual(anonymous);
      expect(await store().loadFile(freshId('file'))).toBeUndefined();
    });
  });
}
