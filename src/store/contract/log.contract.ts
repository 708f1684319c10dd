import { describe, expect, test } from 'vitest';
import type { Store } from '../../app/ports.ts';
import { append, freshId, gather, marked, nextTimeMs, readAll, said, say, userOf } from './scene.contract.ts';

export function describeLog(store: () => Store): void {
  describe('reading the log', () => {
    test('answers what is after a position, up to another one, in order', async () => {
      const id = await gather(store(), 'ann');
      const [a = 0, b = 0, c = 0, d = 0] = await say(store(), id, 'ann', 'a', 'b', 'c', 'd');
      const positionsOf = async (after: number, upTo: number | undefined, limit: number) => {
        const { entries, through } = await store().readEntries({
          after,
          ...(upTo === undefined ? {} : { upTo }),
          limit,
        });
        return [entries.map((entry) => entry.position), through];
      };
      expect(await positionsOf(a - 1, undefined, 10)).toEqual([[a, b, c, d], d]);
      expect(await positionsOf(a, c, 10)).toEqual([[b, c], c]);
      expect(await positionsOf(a, d, 2)).toEqual([[b, c], c]);
      expect(await positionsOf(a, d, 3)).toEqual([[b, c, d], d]);
      expect(await positionsOf(d, undefined, 10)).toEqual([[], d]);
      expect(await positionsOf(c, d + 1_000_000, 10)).toEqual([[d], d]);
    });

    test('never speaks for more than the head', async () => {
      const { position } = await store().head();
      expect(await store().readEntries({ after: position + 10, limit: 10 })).toEqual({
        entries: [],
        through: position,
      });
    });

    test('speaks for the holes that keyed entries left behind', async () => {
      const user = userOf(freshId('user'));
      const { position } = await store().head();
      for (const name of ['one', 'two', 'three'])
        await append(store(), { type: 'UserChanged', user: { ...user, name } });
      const { entries, through } = await store().readEntries({ after: position, limit: 1 });
      expect(entries).toMatchObject([{ position: position + 3, event: { user: { name: 'three' } } }]);
      expect(through).toBe(position + 3);
      expect(await store().readEntries({ after: position, upTo: position + 2, limit: 1 })).toEqual({
        entries: [],
        through: position + 2,
      });
    });

    test('keeps the last entry of each key, and all entries without one', async () => {
      const id = await gather(store(), 'ann', 'bob');
      const [ann, notified] = [freshId('user'), freshId('user')];
      const notification = { userId: notified, title: 't', message: 'm', type: 'n', at: nextTimeMs() };
      const [created] = await append(store(), { type: 'NotificationCreated', notification });
      const notificationId = created?.position ?? 0;
      const { position } = await store().head();
      for (const n of [1, 2]) {
        await append(
          store(),
          { type: 'ConversationChanged', conversationId: id, title: `title ${n}` },
          { type: 'UserRevoked', userId: ann, revokedAtSeconds: n },
          { type: 'NotificationRead', userId: notified, notificationId, actorId: notified },
          said(id, 'ann', `text ${n}`),
          marked(id, 'bob', { what: 'everything' }),
        );
      }
      const kinds = (await readAll(store(), position)).map((entry) => [entry.position - position, entry.event.type]);
      expect(kinds).toEqual([
        [4, 'MessageSent'],
        [6, 'ConversationChanged'],
        [7, 'UserRevoked'],
        [8, 'NotificationRead'],
        [9, 'MessageSent'],
        [10, 'ReadCursorMoved'],
      ]);
    });

    test('answers only entries of the topics that were asked for', async () => {
      const [tea, cake, milk] = [
        await gather(store(), 'ann'),
        await gather(store(), 'ann'),
        await gather(store(), 'ann'),
      ];
      const [ann, bob] = [freshId('user'), freshId('user')];
      const { position } = await store().head();
      for (const n of [1, 2, 3]) {
        await append(
          store(),
          said(tea, 'ann', `tea ${n}`),
          said(cake, 'ann', `cake ${n}`),
          said(milk, 'ann', `milk ${n}`),
          { type: 'MemberJoined', conversationId: tea, user: userOf(ann), actorId: ann },
          { type: 'UserChanged', user: userOf(ann) },
          { type: 'UserChanged', user: userOf(bob) },
        );
      }
      const all = await readAll(store(), position);
      const topics = { conversationIds: [tea, milk, freshId('conversation')], userIds: [bob, freshId('user')] };
      const wanted = all.filter(
        ({ event }) =>
          (event.type === 'UserChanged' && event.user.id === bob) ||
          ('conversationId' in event && [tea, milk].includes(event.conversationId)),
      );
      expect(wanted).toHaveLength(10);
      expect(await readAll(store(), position, topics)).toEqual(wanted);
      expect(await readAll(store(), position, topics, 2)).toEqual(wanted);
      expect(await readAll(store(), 0, topics)).toEqual(expect.arrayContaining(wanted));
      const nothing = await store().readEntries({
        after: position,
        limit: 9,
        topics: { conversationIds: [], userIds: [] },
      });
      expect(nothing).toEqual({ entries: [], through: (await store().head()).position });
    });

    test('finds large entries too, in as many answers as that takes', async () => {
      const id = await gather(store(), 'ann');
      const { position } = await store().head();
      for (let n = 0; n < 10; n++) await say(store(), id, 'ann', 'x'.repeat(2_000_000));
      const positions = Array.from({ length: 10 }, (_, n) => position + 1 + n);
      expect((await readAll(store(), position)).map((entry) => entry.position)).toEqual(positions);
      const topics = { conversationIds: [id], userIds: [] };
      expect((await readAll(store(), position, topics)).map((entry) => entry.position)).toEqual(positions);
    });

    test('finds the entries of few topics far apart, and of one topic closely packed', async () => {
      const [busy, quiet] = [await gather(store(), 'ann'), await gather(store(), 'ann')];
      const { position } = await store().head();
      await say(store(), quiet, 'ann', 'first');
      await say(store(), busy, 'ann', ...Array.from({ length: 700 }, (_, n) => `${n}`));
      await say(store(), quiet, 'ann', 'last');
      const both = await readAll(store(), position, { conversationIds: [busy, quiet], userIds: [] }, 50);
      expect(both.map((entry) => entry.position)).toEqual(Array.from({ length: 702 }, (_, n) => position + 1 + n));
      const few = await readAll(store(), position, { conversationIds: [quiet], userIds: [] }, 50);
      expect(few.map((entry) => entry.position)).toEqual([position + 1, position + 702]);
    });
  });
}
