import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tokenFor } from '../faults/process.ts';
import { describeWithRedis, sharedRedis } from '../harness/redis.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Cluster, heard, hears } from './cluster.ts';

/** Processes take their time to start on a busy machine. */
const timeout = 60_000;
/** How long what is decided on one node may take to hold on all; where messages are slow, ten times as long as they are. */
const everywhereMs = (messageMs: number) => Math.max(1_000, 10 * messageMs);
const limits = { messages: 30, connections: 4 };

function describePresence(bus: string, busSettings: () => Promise<Record<string, string>>): void {
  describe(`three nodes that talk over ${bus}`, () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await Cluster.open(3, {
        ...(await busSettings()),
        PRESENCE_GRACE_MS: '300',
        TYPING_EXPIRES_MS: '1500',
        MESSAGES_PER_SECOND: '1',
        MESSAGE_BURST: `${limits.messages}`,
        CONNECTIONS_PER_USER: `${limits.connections}`,
      });
      await cluster.found('501', ['1', '2', '3']);
    }, timeout);
    afterAll(() => cluster[Symbol.asyncDispose](), timeout);

    test('tell of a user once, from the first connection anywhere to the last', { timeout }, async () => {
      const witness = await cluster.dial(0, 'messaging', '1');
      const statuses = () =>
        heard(witness, 'presenceUpdate').flatMap((one) => (one.userId === '2' ? [one.status] : []));
      const there = await cluster.dial(1, 'messaging', '2');
      await hears(witness, 'presenceUpdate', ({ userId, status }) => userId === '2' && status === 'online');
      const elsewhere = await cluster.dial(2, 'kenz', '2');
      there.say('presenceUpdate', [{ status: 'busy' }], false);
      await hears(witness, 'presenceUpdate', ({ status }) => status === 'busy');
      there.close();
      await wait(800);
      expect(statuses()).toEqual(['online', 'busy']);
      elsewhere.close();
      await hears(witness, 'presenceUpdate', ({ status }) => status === 'offline');
      await quietMoment();
      expect(statuses()).toEqual(['online', 'busy', 'offline']);
      witness.close();
    });

    test('show the same users of a room, who come and go once', { timeout }, async () => {
      const room = 'everywhere/';
      const witness = await cluster.dial(0, 'rooms', '1', room);
      await hears(witness, 'user_join', (one) => one.user_id === '1');
      const there = await cluster.dial(1, 'rooms', '2', room);
      const elsewhere = await cluster.dial(2, 'rooms', '2', room);
      const late = await cluster.dial(2, 'rooms', '3', room);
      const { users } = await hears(late, 'room_users_list');
      expect((users as readonly { readonly id: string }[]).map(({ id }) => id).sort()).toEqual(['1', '2', '3']);
      const asking = await cluster.dial(0, 'support', '1');
      const listed = async (): Promise<number> => {
        asking.heard.length = 0;
        asking.say('getActiveUsers', [{ chatId: 'everywhere' }], false);
        const { userIds } = await hears(asking, 'activeUsers');
        return (userIds as readonly unknown[]).length;
      };
      await hears(witness, 'user_join', (one) => one.user_id === '3');
      expect(await listed()).toBe(3);
      there.close();
      await wait(800);
      expect(heard(witness, 'user_leave')).toEqual([]);
      elsewhere.close();
      await hears(witness, 'user_leave', (one) => one.user_id === '2');
      await quietMoment();
      expect(heard(witness, 'user_leave')).toHaveLength(1);
      expect(heard(witness, 'user_join').filter((one) => one.user_id === '2')).toHaveLength(1);
      expect(await listed()).toBe(2);
      for (const client of [witness, late, asking]) client.close();
    });

    test('tell that somebody left a room when they have left it everywhere', { timeout }, async () => {
      const witness = await cluster.dial(0, 'messaging', '1');
      const [there, elsewhere] = [await cluster.dial(1, 'messaging', '2'), await cluster.dial(2, 'messaging', '2')];
      for (const client of [witness, there, elsewhere]) {
        client.say('joinRoom', ['501'], false);
        await hears(client, 'joinedRoom');
      }
      await wait(200);
      there.say('leaveRoom', ['501'], false);
      await hears(there, 'leftRoom');
      await wait(200);
      expect(heard(witness, 'userLeftRoom')).toEqual([]);
      elsewhere.say('leaveRoom', ['501'], false);
      await hears(witness, 'userLeftRoom', ({ userId }) => userId === '2');
      for (const client of [witness, there, elsewhere]) client.close();
    });

    test('tell who is typing, and that they have stopped', { timeout }, async () => {
      const [witness, typist] = [await cluster.dial(0, 'messaging', '1'), await cluster.dial(1, 'messaging', '2')];
      witness.say('joinRoom', ['501'], false);
      await hears(witness, 'joinedRoom');
      typist.say('typingIndicator', [{ roomId: '501', isTyping: true }], false);
      await hears(witness, 'userTyping', ({ isTyping }) => isTyping === true);
      await hears(witness, 'userTyping', ({ isTyping }) => isTyping === false);
      for (const client of [witness, typist]) client.close();
    });

    test('count what a user sends on all of them', { timeout }, async () => {
      await cluster.found('502', ['7']);
      const token = tokenFor({ sub: '7' });
      const send = async (node: number, count: number): Promise<number> => {
        let accepted = 0;
        for (let n = 0; n < count; n++) {
          const { status } = await cluster.call(node, 'POST', '/conversations/502/messages', { text: `${n}` }, token);
          if (status === 201) accepted++;
          else expect(status).toBe(429);
        }
        return accepted;
      };
      const start = performance.now();
      let accepted = await send(0, limits.messages - 5);
      await wait(300);
      accepted += await send(1, limits.messages);
      await wait(300);
      accepted += await send(2, limits.messages);
      const refilled = Math.ceil((performance.now() - start) / 1000);
      expect(accepted).toBeGreaterThanOrEqual(limits.messages);
      expect(accepted).toBeLessThanOrEqual(limits.messages + refilled);
    });

    test('count the connections of a user on all of them', { timeout }, async () => {
      const clients = [];
      for (let n = 0; n < limits.connections; n++) {
        clients.push(await cluster.dial(n % 3, 'kenz', '8'));
        await wait(100);
      }
      await expect(cluster.dial(1, 'kenz', '8')).rejects.toThrow();
      for (const client of clients.splice(0, 1)) client.close();
      await wait(800);
      clients.push(await cluster.dial(2, 'kenz', '8'));
      for (const client of clients) client.close();
    });

    test('let what is decided on one hold on all within a second', { timeout }, async () => {
      const [client, removed] = [await cluster.dial(1, 'support', '4'), await cluster.dial(2, 'support', '9')];
      client.say('joinChat', ['503'], false);
      await hears(client, 'joinedChat');
      await cluster.call(0, 'POST', '/conversations/503/members', { userId: '9' });
      removed.say('joinChat', ['503'], false);
      await hears(removed, 'joinedChat');
      const tookMs = async (change: Promise<unknown>, until_: () => Promise<unknown>): Promise<number> => {
        await change;
        const start = performance.now();
        await until_();
        return performance.now() - start;
      };
      const saying = () => cluster.call(0, 'POST', '/conversations/503/messages', { senderId: '4', text: 'x' });
      const withinMs = everywhereMs(
        await tookMs(Promise.resolve(), async () => {
          await saying();
          await hears(client, 'newMessage');
        }),
      );
      const closing = cluster.call(0, 'PATCH', '/conversations/503', { status: 'CLOSED' });
      expect(await tookMs(closing, () => hears(client, 'chatStatusChanged'))).toBeLessThan(withinMs);
      const refusing = async () => {
        for (;;) {
          const answer = await cluster.call(
            2,
            'POST',
            '/conversations/503/messages',
            { text: 'x' },
            tokenFor({ sub: '4' }),
          );
          if (answer.status !== 201) return;
        }
      };
      expect(await tookMs(Promise.resolve(), refusing)).toBeLessThan(withinMs);
      const leaving = cluster.call(0, 'DELETE', '/conversations/503/members/9');
      const put = async () => {
        for (;;) {
          const reading = await cluster.call(
            2,
            'GET',
            '/conversations/503/messages',
            undefined,
            tokenFor({ sub: '9' }),
          );
          if (reading.status === 404) return;
        }
      };
      expect(await tookMs(leaving, put)).toBeLessThan(withinMs);
      const revoking = cluster.call(0, 'POST', '/users/4/revoke');
      expect(await tookMs(revoking, () => client.ended())).toBeLessThan(withinMs);
      removed.close();
    });

    test('give up the users of one that died or stands still, and have those back that come back', {
      timeout,
    }, async () => {
      const room = 'last/';
      const witness = await cluster.dial(0, 'rooms', '1', room);
      await hears(witness, 'user_join', (one) => one.user_id === '1');
      const friend = await cluster.dial(0, 'messaging', '3');
      const [frozen, killed] = [await cluster.dial(1, 'rooms', '2', room), await cluster.dial(2, 'rooms', '5', room)];
      for (const id of ['2', '5']) await hears(witness, 'user_join', (one) => one.user_id === id);
      const status = (of: string) =>
        heard(friend, 'presenceUpdate')
          .filter(({ userId }) => userId === of)
          .at(-1)?.status;
      await until(
        () => status('2') === 'online',
        () => 'the other is not online',
      );
      cluster.node(2).signal('SIGKILL');
      cluster.node(1).signal('SIGSTOP');
      for (const id of ['2', '5']) await hears(witness, 'user_leave', (one) => one.user_id === id);
      await until(
        () => status('2') === 'offline',
        () => 'the other does not go offline',
      );
      cluster.node(1).signal('SIGCONT');
      await until(
        () => heard(witness, 'user_join').filter((one) => one.user_id === '2').length === 2,
        () => 'the other does not come back',
      );
      await until(
        () => status('2') === 'online',
        () => 'the other is not online again',
      );
      // What it missed reaches it, and it gave nobody up itself.
      await cluster.say(0, 'last', '1', 'are you back?');
      await hears(frozen, 'chat_message', ({ message }) => message === 'are you back?');
      expect(heard(frozen, 'user_leave').map((one) => one.user_id)).not.toContain('1');
      for (const client of [witness, frozen, killed, friend]) client.close();
    });
  });
}

describePresence('PostgreSQL', async () => ({}));
describeWithRedis('with Redis', 'shared', () => {
  describePresence('Redis', async () => ({ REDIS_URL: await sharedRedis() }));
});
