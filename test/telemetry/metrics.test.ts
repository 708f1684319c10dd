import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { expect, test } from 'vitest';
import { describeMetrics } from '../../src/telemetry-table.ts';
import { type Client, dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';

/** What operators see of a server that works. */

const token = 'the-token-that-only-these-tests-scrape-with';

async function scrape(house: OpenHouse): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${house.address}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function speak(client: Client, event: string, payload: object): Promise<void> {
  const before = client.heard.length;
  client.say(event, [payload], true);
  await until(
    () => client.heard.slice(before).some(({ isAck }) => isAck),
    () => `${event} was not answered`,
  );
}

test('what clients do is counted, and told to whoever has the token', async () => {
  await using house = await openHouse({ METRICS_TOKEN: token });
  const ann = dial(house.address, 'kenz', { token: house.token({ sub: '1' }), auth: { dialect: 'kenz' } });
  const bob = dial(house.address, 'messaging', { token: house.token({ sub: '2' }), transports: ['polling'] });
  await Promise.all([ann.connected(), bob.connected()]);
  const stranger = dial(house.address, 'kenz', { token: 'nonsense' });
  await stranger.ended();
  await speak(bob, 'joinRoom', { roomId: '7' });
  const before = await scrape(house);
  const heardBefore = ann.heard.length + bob.heard.length;
  await speak(ann, 'send_message', { chatId: 7, message: 'Tea?' });
  await speak(ann, 'send_message', { chatId: 7 });
  await until(
    () => bob.heard.some(({ name }) => name === 'newMessage'),
    () => 'Bob heard nothing',
  );
  const after = await scrape(house);
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);

  expect(after.get('parlance_connections{dialect="kenz",transport="websocket"}')).toBe(1);
  expect(after.get('parlance_connections{dialect="messaging",transport="polling"}')).toBe(1);
  expect(after.get('parlance_connections_refused_total{reason="unauthenticated"}')).toBe(1);
  expect(grown('parlance_messages_sent_total')).toBe(1);
  expect(grown('parlance_refusals_total{code="MISSING_CONTENT"}')).toBe(1);
  // Events and acknowledgements as the clients count them.
  expect(grown('parlance_deliveries_total')).toBe(ann.heard.length + bob.heard.length - heardBefore);
  expect(grown('parlance_deliveries_total')).toBeGreaterThanOrEqual(6);
  expect(grown('parlance_entries_committed_total')).toBeGreaterThanOrEqual(1);
  expect(grown('parlance_commit_batch_items_count')).toBeGreaterThanOrEqual(1);
  expect(grown('parlance_commit_duration_seconds_sum')).toBeGreaterThan(0);
  expect(after.get('parlance_log_lag_entries')).toBe(0);
  expect(after.get('parlance_nodes')).toBe(1);
  expect(after.get('parlance_bus_listening')).toBe(1);
  expect(after.get('parlance_http_request_duration_seconds_count{status="2xx"}')).toBeGreaterThanOrEqual(1);
  for (const name of ['nodejs_eventloop_lag_seconds', 'process_resident_memory_bytes', 'process_cpu_seconds_total'])
    expect(after.has(name), name).toBe(true);
  for (const client of [ann, bob, stranger]) client.close();
});

test('a session that comes back is counted once, with all that it missed', async () => {
  await using house = await openHouse({ METRICS_TOKEN: token });
  const ann = dial(house.address, 'kenz', { token: house.token({ sub: '1' }), auth: { dialect: 'kenz' } });
  await ann.connected();
  const socket = io(house.address, {
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: 500,
    auth: { token: house.token({ sub: '2' }), dialect: 'kenz' },
  });
  const heard: string[] = [];
  socket.on('receive_message', ({ message }: { message: string }) => heard.push(message));
  await socket.emitWithAck('send_message', { chatId: 7, message: 'here' });
  await until(
    () => heard.length === 1,
    () => 'heard nothing',
  );
  socket.io.engine.close();
  for (const text of ['one', 'two', 'three']) await speak(ann, 'send_message', { chatId: 7, message: text });
  await until(
    () => heard.length === 4,
    () => `heard ${heard}`,
  );
  const figures = await scrape(house);
  expect(figures.get('parlance_resumes_total')).toBe(1);
  expect(figures.get('parlance_resume_entries_count')).toBe(1);
  // Her coming into the chat, and what she said.
  expect(figures.get('parlance_resume_entries_sum')).toBe(figures.get('parlance_replayed_entries_total'));
  expect(figures.get('parlance_resume_entries_sum')).toBeGreaterThanOrEqual(3);
  expect(figures.get('parlance_resume_entries_sum')).toBeLessThan(10);
  socket.close();
  ann.close();
});

test('without the right token, or where none was set, nobody reads them', async () => {
  await using house = await openHouse({ METRICS_TOKEN: token });
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { 'x-api-key': token }])
    expect((await fetch(`${house.address}/metrics`, { headers })).status).toBe(401);
  await using closed = await openHouse();
  const refused = await fetch(`${closed.address}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect(await refused.text()).not.toContain('parlance_');
});

test('every figure is documented, and every one that the dashboard shows exists', async () => {
  const names = describeMetrics().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  for (const name of names) expect(page).toContain(`\`${name}\``);

  await using house = await openHouse({ METRICS_TOKEN: token });
  await fetch(`${house.address}/health`);
  const response = await fetch(`${house.address}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  const known = new Set([...(await response.text()).matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
  expect([...names].filter((name) => !known.has(name))).toEqual([]);
  const dashboard = readFileSync(new URL('../../deploy/grafana/parlance.json', import.meta.url), 'utf8');
  const shown = [...dashboard.matchAll(/\b(?:parlance|nodejs|process)_[a-z\d_]+/g)].map(([name]) => name);
  expect(shown.length).toBeGreaterThan(20);
  const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '');
  expect(shown.filter((name) => !known.has(name) && !known.has(base(name)))).toEqual([]);
});

test('admins and the host read the figures of the node as one snapshot, and nobody else', async () => {
  await using house = await openHouse({ METRICS_TOKEN: token });
  const ann = dial(house.address, 'kenz', { token: house.token({ sub: '1' }), auth: { dialect: 'kenz' } });
  await ann.connected();
  await speak(ann, 'send_message', { chatId: 7, message: 'Tea?' });
  await speak(ann, 'send_message', { chatId: 7 });
  for (const caller of ['host', { token: house.token({ sub: '9', role: 'ADMIN' }) }] as const) {
    const { status, json } = await house.call('GET', '/api/v1/admin/stats', caller);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      connections: [{ dialect: 'kenz', transport: 'websocket', count: 1 }],
      totals: { messages: 1, connectionsOpened: 1, slowConsumers: 0, busGaps: 0 },
      refusals: { MISSING_CONTENT: 1 },
      commit: { backlog: 0, isFailing: false, medianMs: expect.any(Number) },
      log: { lagEntries: 0, isBusListening: true },
      nodes: [{ isThis: true }],
    });
  }
  const ordinary = await house.call('GET', '/api/v1/admin/stats', { token: house.token({ sub: '1' }) });
  expect(ordinary.status).toBe(403);
  expect((await house.call('GET', '/api/v1/admin/stats', 'nobody')).status).toBe(401);
  ann.close();
});
