import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@redis/client';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DialectName, dialectNames } from '../../src/dialects/dialect.ts';
import type { Client } from '../harness/clients.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { describeWithRedis, type OwnRedis, startRedis } from '../harness/redis.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Cluster, heard, hears } from './cluster.ts';

/** Processes take their time to start on a busy machine. */
const timeout = 90_000;
const room = '77';
const rounds = 40;

type Payload = Record<string, unknown>;

/** How each dialect enters, says a text, and hears of it. */
const speech: {
  readonly [D in DialectName]: {
    readonly enter: readonly [event: string, args: readonly unknown[], answer: string] | undefined;
    say(text: string): readonly [event: string, payload: Payload];
    readonly event: string;
    text(heard: Payload): unknown;
    id(heard: Payload): unknown;
  };
} = {
  kenz: {
    enter: undefined,
    say: (message) => ['send_message', { chatId: 77, message }],
    event: 'receive_message',
    text: ({ message }) => message,
    id: ({ id }) => id,
  },
  support: {
    enter: ['joinChat', [room], 'joinedChat'],
    say: (text) => ['sendMessage', { chatId: room, message: { text } }],
    event: 'newMessage',
    text: ({ text }) => text,
    id: ({ id }) => id,
  },
  rooms: {
    enter: undefined,
    say: (message) => ['', { message }],
    event: 'chat_message',
    text: ({ message }) => message,
    id: ({ message_id }) => message_id,
  },
  messaging: {
    enter: ['joinRoom', [room], 'joinedRoom'],
    say: (content) => ['sendMessage', { roomId: room, content }],
    event: 'newMessage',
    text: ({ content }) => content,
    id: ({ id }) => id,
  },
  direct: {
    enter: ['join_conversation', [77], ''],
    say: (content) => ['send_message', { conversationId: 77, content }],
    event: 'new_message',
    text: ({ content }) => content,
    id: ({ id }) => id,
  },
};

/** Everybody speaks at once, each on a node and in a dialect of their own, while `disturb` runs. */
function describeOrder(
  bus: string,
  settings: () => Promise<Record<string, string>>,
  disturb: (cluster: Cluster) => Promise<void>,
): void {
  describe(`three nodes over ${bus}`, () => {
    let cluster: Cluster;
    const clients = new Map<DialectName, Client>();
    beforeAll(async () => {
      cluster = await Cluster.open(3, await settings());
      // An open conversation, which everybody may enter.
      await cluster.call(0, 'POST', '/conversations', { id: room, kind: 'open', members: ['1', '2', '3', '4', '5'] });
      for (const [index, name] of dialectNames.entries()) {
        const client = await cluster.dial(index % 3, name, `${index + 1}`, `${room}/`);
        clients.set(name, client);
        const { enter } = speech[name];
        if (enter) client.say(enter[0], enter[1], enter[2] === '');
        if (enter) await hears(client, enter[2] || enter[0]);
        if (name === 'rooms') await hears(client, 'user_join');
      }
      // A kenz client hears as a member; those that have not spoken hear others only of their dialects.
      for (const [name, client] of clients) client.say(...said(name, `${name} is here`));
      for (const [name, client] of clients)
        await hears(client, speech[name].event, (one) => speech[name].text(one) === `${name} is here`);
    }, timeout);
    afterAll(() => cluster[Symbol.asyncDispose](), timeout);

    test('are heard in one order, once, in all five dialects on all nodes, whatever happens to the bus', {
      timeout,
    }, async () => {
      for (const client of clients.values()) client.heard.length = 0;
      const disturbing = disturb(cluster);
      const speaking = [...clients].map(async ([name, client]) => {
        for (let round = 0; round < rounds; round++) {
          client.say(...said(name, `${name} ${round}`));
          await wait(50);
        }
      });
      await Promise.all([disturbing, ...speaking]);
      const total = rounds * dialectNames.length;
      const orders = new Map<DialectName, readonly string[]>();
      for (const [name, client] of clients) {
        const { event, text, id } = speech[name];
        const own = () => heard(client, event).filter((one) => !String(text(one)).endsWith('is here'));
        await until(
          () => own().length >= total,
          () => `${name} hears ${own().length} of ${total}`,
        );
        await quietMoment();
        orders.set(
          name,
          own().map((one) => `${id(one)} ${text(one)}`),
        );
      }
      const order = orders.get('messaging') ?? [];
      expect(order).toHaveLength(total);
      const ids = order.map((one) => Number(one.split(' ')[0]));
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
      for (const name of dialectNames) expect([name, orders.get(name)]).toEqual([name, order]);
      // Each speaker's own words stand in the order in which they were said.
      for (const name of dialectNames) {
        const own = order.map((one) => one.slice(one.indexOf(' ') + 1)).filter((text) => text.startsWith(`${name} `));
        expect(own).toEqual(Array.from({ length: rounds }, (_, round) => `${name} ${round}`));
      }
    });
  });
}

function said(name: DialectName, text: string): [event: string, args: readonly unknown[], wantsAck: boolean] {
  const [event, payload] = speech[name].say(text);
  return [event, [payload], false];
}

let url = '';
describeOrder(
  'PostgreSQL',
  async () => {
    url = await (await sharedPostgres()).createDatabase();
    return { DATABASE_URL: url };
  },
  async () => {
    const client = new pg.Client(url);
    await client.connect();
    for (let n = 0; n < 4; n++) {
      await wait(400);
      await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'parlance bus' AND datname = current_database()",
      );
    }
    await client.end();
  },
);

describeWithRedis('with Redis', 'own', () => {
  let redis: OwnRedis;
  describeOrder(
    'Redis',
    async () => {
      redis = await startRedis();
      return { REDIS_URL: redis.url };
    },
    async () => {
      await wait(200);
      const client = createClient({ url: redis.url });
      client.on('error', () => undefined);
      await client.connect();
      await client.flushAll();
      client.destroy();
      redis.pause();
      await wait(600);
      redis.resume();
      await wait(200);
      await redis.stop();
      await wait(500);
      await redis.start();
    },
  );
  afterAll(() => redis[Symbol.asyncDispose]());
});
