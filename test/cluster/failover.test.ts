import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OwnPostgres, startPostgres } from '../harness/postgres.ts';
import { until } from '../harness/until.ts';
import { Cluster } from './cluster.ts';

/** Processes take their time to start on a busy machine. */
const timeout = 90_000;

let server: OwnPostgres;
let cluster: Cluster;
beforeAll(async () => {
  server = await startPostgres();
  cluster = await Cluster.open(2, { DATABASE_URL: await server.createDatabase() });
  await cluster.found('601', ['1', '2']);
}, timeout);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
}, timeout);

const sayWhenPossible = async (node: number, text: string): Promise<number> => {
  for (;;) {
    const id = await cluster.say(node, '601', '1', text).catch(() => undefined);
    if (id !== undefined) return Number(id);
  }
};

test('a database that is started again is waited for, and clients need not notice', { timeout }, async () => {
  using listener = await cluster.listen(1, '2');
  const first = Number(await cluster.say(0, '601', '1', 'before'));
  let refusal: Record<string, unknown> = {};
  await server.restart('crash', async () => {
    const body = { senderId: '1', text: 'meanwhile' };
    const { status, json } = await cluster.call(0, 'POST', '/conversations/601/messages', body);
    expect(status).toBe(503);
    refusal = (json.error ?? json) as Record<string, unknown>;
  });
  expect(JSON.stringify(refusal)).toMatch(/UNAVAILABLE/);
  const last = await sayWhenPossible(0, 'after');
  await until(
    () => listener.fields('receive_message', 'id').map(Number).includes(last),
    () => 'what is said afterwards is not heard',
  );
  expect(listener.fields('receive_message', 'id').map(Number)).toEqual([first, last]);
});

test('nodes start anew by themselves over a database that has lost what they had seen', { timeout }, async () => {
  using listener = await cluster.listen(0, '2');
  const kept = Number(await cluster.say(1, '601', '1', 'kept'));
  await listener.hears('receive_message', 1);
  await server.remember();
  const lost = await sayWhenPossible(1, 'lost');
  await listener.hears('receive_message', 2);
  await server.goBack();

  await until(
    () => cluster.nodes.every((node) => node.output().includes('has lost commits')),
    () => 'the nodes do not notice',
  );
  const later = await sayWhenPossible(1, 'in its place');
  expect(later).toBe(lost);
  await listener.connected(2);
  // Another history: the client is a new connection, and is not told that it has heard this already.
  expect(listener.socket.recovered).toBe(false);
  const last = await sayWhenPossible(0, 'goes on');
  await until(
    () => listener.fields('receive_message', 'id').map(Number).includes(last),
    () => 'the client hears nothing any more',
  );
  const { json } = await cluster.call(1, 'GET', '/conversations/601/messages?limit=3');
  const texts = (json.messages as readonly { readonly id: string; readonly text: string }[]).map(({ text }) => text);
  expect(texts).toEqual(['kept', 'in its place', 'goes on']);
  expect(kept).toBeLessThan(lost);
});
