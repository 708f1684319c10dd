import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ServerProcess, startProcess, tokenFor } from '../faults/process.ts';
import { openWire } from '../faults/wire.ts';
import { sharedPostgres } from '../harness/postgres.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';

/** Processes take their time to start on a busy machine. */
const timeout = 60_000;
const apiKey = 'the key of the host of this cluster';
/** How long what is decided on one node may take to hold on all. */
const everywhereMs = 1_000;

let dataDir = '';
let settings: Record<string, string> = {};
const nodes: ServerProcess[] = [];
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parlance-cluster-'));
  settings = { DATABASE_URL: await (await sharedPostgres()).createDatabase(), API_KEY: apiKey, DRAIN_MS: '200' };
  // Both at once: one of them migrates.
  nodes.push(...(await Promise.all([startProcess(dataDir, settings), startProcess(dataDir, settings)])));
}, timeout);
afterAll(async () => {
  for (const node of nodes) node.signal('SIGTERM');
  await Promise.all(nodes.map(({ ended }) => ended));
  await rm(dataDir, { recursive: true, force: true });
}, timeout);

const nodeAt = (index: number): ServerProcess => {
  const node = nodes[index];
  if (node === undefined) throw new Error(`There is no node ${index}.`);
  return node;
};

async function call(node: ServerProcess, method: string, path: string, body?: object, token?: string) {
  const response = await fetch(`${node.address}/api/v1${path}`, {
    method,
    headers: {
      ...(token === undefined ? { 'x-api-key': apiKey } : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: (text === '' ? {} : JSON.parse(text)) as { readonly id?: string } };
}

async function say(node: ServerProcess, conversationId: string, senderId: string, text: string): Promise<string> {
  const { status, json } = await call(node, 'POST', `/conversations/${conversationId}/messages`, { senderId, text });
  if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
  return String(json.id);
}

const found = (id: string, members: readonly string[]) =>
  call(nodeAt(0), 'POST', '/conversations', { id, kind: 'group', members });
const listen = (node: { readonly address: string }, userId: string) =>
  new Listener(`${node.address}/`, tokenFor({ sub: userId })).connected();
const idsOf = (listener: Listener): readonly number[] => listener.fields('receive_message', 'id').map(Number);

test('what is said on any node is heard once and in the order of the log on every node', { timeout }, async () => {
  await found('101', ['1', '2']);
  using there = await listen(nodeAt(0), '2');
  using here = await listen(nodeAt(1), '2');
  const count = 150;
  const speak = async (node: ServerProcess): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let n = 0; n < count; n += 10) {
      ids.push(...(await Promise.all(Array.from({ length: 10 }, (_, at) => say(node, '101', '1', `${n + at}`)))));
    }
    return ids;
  };
  const said = (await Promise.all(nodes.map(speak))).flat().map(Number);
  const inOrder = said.sort((one, other) => one - other);
  for (const listener of [here, there]) {
    await listener.hears('receive_message', 2 * count);
    expect(idsOf(listener)).toEqual(inOrder);
  }
});

test('a message reaches another node in less time than anybody notices', { timeout }, async () => {
  await found('102', ['1', '2']);
  using listener = await listen(nodeAt(1), '2');
  const tookMs: number[] = [];
  for (let n = 1; n <= 20; n++) {
    const start = performance.now();
    await say(nodeAt(0), '102', '1', `${n}`);
    await listener.hears('receive_message', n);
    tookMs.push(performance.now() - start);
  }
  const [median = 0] = tookMs.sort((one, other) => one - other).slice(10);
  // Waiting for the next asking of the head would take a second.
  expect(median).toBeLessThan(250);
});

test('whoever is removed on one node hears and reads nothing more on the other', { timeout }, async () => {
  await found('103', ['1', '2']);
  using removed = await listen(nodeAt(1), '2');
  using stays = await listen(nodeAt(1), '1');
  await say(nodeAt(0), '103', '1', 'before');
  await removed.hears('receive_message', 1);
  const { status } = await call(nodeAt(0), 'DELETE', '/conversations/103/members/2');
  expect(status).toBeLessThan(300);
  await say(nodeAt(0), '103', '1', 'after');
  await stays.hears('receive_message', 2);
  await quietMoment();
  expect(removed.heard('receive_message')).toHaveLength(1);
  const reading = await call(nodeAt(1), 'GET', '/conversations/103/messages', undefined, tokenFor({ sub: '2' }));
  expect(reading.status).toBe(404);
});

test('whoever is revoked on one node is put out of the other', { timeout }, async () => {
  using listener = new Listener(`${nodeAt(1).address}/`, tokenFor({ sub: '4' }), { reconnection: false });
  await listener.connected();
  const token = tokenFor({ sub: '4' });
  const start = performance.now();
  const { status } = await call(nodeAt(0), 'POST', '/users/4/revoke');
  expect(status).toBeLessThan(300);
  await until(
    () => !listener.socket.connected,
    () => 'the connection lives on',
  );
  expect(performance.now() - start).toBeLessThan(everywhereMs);
  expect((await call(nodeAt(1), 'GET', '/conversations', undefined, token)).status).toBe(401);
});

test('whoever enters by speaking hears everything from their own message on, whoever else speaks elsewhere', {
  timeout,
}, async () => {
  const entering = Array.from({ length: 12 }, (_, n) => `${200 + n}`);
  await found('104', ['1', ...entering]);
  let isOver = false;
  const said: number[] = [];
  const flood = async (): Promise<void> => {
    while (!isOver) said.push(Number(await say(nodeAt(0), '104', '1', 'on and on')));
  };
  const flooding = Array.from({ length: 5 }, flood);
  const listeners = await Promise.all(entering.map((userId) => listen(nodeAt(1), userId)));
  for (const listener of listeners) {
    listener.socket.emit('sendMessage', { chatId: 104, text: 'I am here' });
    await wait(20);
  }
  for (const listener of listeners) await listener.hears('messageSent', 1);
  isOver = true;
  await Promise.all(flooding);
  const last = Number(await say(nodeAt(0), '104', '1', 'the last one'));

  for (const listener of listeners) {
    const own = Number(listener.fields('messageSent', 'id')[0]);
    await until(
      () => listener.fields('newMessage', 'id').map(Number).includes(last),
      () => 'the last message does not come',
    );
    const heard = listener.fields('newMessage', 'id').map(Number);
    expect(said.filter((id) => id > own && !heard.includes(id))).toEqual([]);
    expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
    listener[Symbol.dispose]();
  }
});

test('a client of a node that dies goes on at another one, and misses and doubles nothing', { timeout }, async () => {
  await found('105', ['1', '2']);
  const target = { address: nodeAt(0).address };
  await using wire = await openWire(target);
  using listener = await listen(wire, '2');
  const said = [await say(nodeAt(0), '105', '1', 'first')];
  await listener.hears('receive_message', 1);

  const dying = nodeAt(0);
  let isOver = false;
  const speakThere = async (name: string): Promise<void> => {
    for (let n = 0; !isOver; n++) {
      const id = await say(dying, '105', '1', `${name} ${n}`).catch(() => undefined);
      if (id === undefined) return;
      said.push(id);
    }
  };
  const speaking = Array.from({ length: 10 }, (_, n) => speakThere(`${n}`));
  await wait(300);
  dying.signal('SIGKILL');
  await dying.ended;
  isOver = true;
  await Promise.all(speaking);
  target.address = nodeAt(1).address;
  for (let n = 0; n < 20; n++) said.push(await say(nodeAt(1), '105', '1', `later ${n}`));
  await listener.connected(2);
  await listener.hears('receive_message', said.length);
  await quietMoment();

  const heard = idsOf(listener);
  expect(listener.socket.recovered).toBe(true);
  expect(heard).toEqual([...new Set(heard)].sort((one, other) => one - other));
  const missed = said.map(Number).filter((id) => !heard.includes(id));
  expect(missed).toEqual([]);
  // The next one that starts finds the other in its place, and the whole log.
  nodes[0] = await startProcess(dataDir, settings);
  using back = await listen(nodeAt(0), '2');
  const last = Number(await say(nodeAt(1), '105', '1', 'and on'));
  await back.hears('receive_message', 1);
  expect(idsOf(back)).toEqual([last]);
});
