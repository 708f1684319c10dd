import { afterAll, beforeAll, expect, test } from 'vitest';
import { Receiver } from '../harness/receiver.ts';
import { until } from '../harness/until.ts';
import { Cluster } from './cluster.ts';

/** Whoever dies with the lease keeps the others waiting for its nine seconds, twice here. */
const timeout = 120_000;
const rooms = ['701', '702'] as const;

let receiver: Receiver;
let cluster: Cluster;
beforeAll(async () => {
  receiver = await Receiver.open();
  cluster = await Cluster.open(2, {
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: 'a secret of some length',
    WEBHOOK_EVENTS: 'message.sent',
    WEBHOOK_RETRY_MS: '100',
    WEBHOOK_ATTEMPTS: '100',
  });
  for (const room of rooms) await cluster.found(room, ['1']);
}, timeout);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
}, timeout);

const said: Record<(typeof rooms)[number], string[]> = { 701: [], 702: [] };

/** Says so many in each room, at the nodes in turn. */
async function say(count: number, nodes: readonly number[]): Promise<void> {
  for (let n = 0; n < count; n++) {
    for (const room of rooms) {
      const text = `${room}-${said[room].length}`;
      await cluster.say(nodes[n % nodes.length] ?? 0, room, '1', text);
      said[room].push(text);
    }
  }
}

const allAreTold = (): Promise<unknown> =>
  until(
    () => rooms.every((room) => said[room].every((text) => receiver.texts(room).includes(text))),
    () => `not all of ${JSON.stringify(said)} are told, but ${JSON.stringify(receiver.texts())}`,
    30_000,
  );

test('a webhook of two nodes is told of each message once, and in order, at whichever it was said', {
  timeout,
}, async () => {
  await say(10, [0, 1]);
  await allAreTold();
  for (const room of rooms) expect(receiver.texts(room)).toEqual(said[room]);
});

test('whichever node is killed, the other goes on where it ended, and nothing is left out', { timeout }, async () => {
  for (const victim of [0, 1]) {
    const survivor = 1 - victim;
    // Some are said and not told yet when the node dies.
    await say(5, [victim, survivor]);
    cluster.node(victim).signal('SIGKILL');
    await cluster.node(victim).ended;
    await say(5, [survivor]);
    await allAreTold();
    await cluster.replace(victim);
  }
  for (const room of rooms) expect([...new Set(receiver.texts(room))]).toEqual(said[room]);
});

test('a conversation that fails at one node is told of in order by the next, and holds up no other at either', {
  timeout,
}, async () => {
  const [failing, other] = rooms;
  receiver.answer = ({ event }) => (event.conversationId === failing ? 500 : 204);
  const spoken: string[] = [];
  for (const victim of [0, 1]) {
    for (let n = 0; n < 300; n++) {
      spoken.push(`failing-${victim}-${n}`);
      await cluster.say(n % 2, failing, '1', `failing-${victim}-${n}`);
    }
    await cluster.say(victim, other, '1', `other-${victim}`);
    await until(
      () => receiver.texts(other).includes(`other-${victim}`),
      () => 'should be told of the other',
      30_000,
    );
    cluster.node(victim).signal('SIGKILL');
    await cluster.node(victim).ended;
    await cluster.replace(victim);
  }
  receiver.answer = () => 204;
  const told = () => [...new Set(receiver.texts(failing))].filter((text) => text.startsWith('failing'));
  await until(
    () => told().length === spoken.length,
    () => `is told ${told().length} of ${spoken.length}`,
    60_000,
  );
  expect(told()).toEqual(spoken);
});
