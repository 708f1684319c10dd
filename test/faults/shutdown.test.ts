import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { post, startProcess, tokenFor } from './process.ts';
import { storm } from './storm.ts';

const timeout = 120_000;

test('on SIGTERM everybody is answered and let go, and after the restart everybody is back', { timeout }, async () => {
  const clients = 500;
  const figures = await storm(clients);
  expect(figures).toMatchObject({ exitCode: 0, recovered: clients, lost: 0, doubled: 0 });
  expect(figures.inHand).toMatchObject({ keptButNotAnswered: 0, answeredButNotKept: 0 });
  expect(figures.inHand.kept).toBeGreaterThan(0);
  expect(figures.missed).toBeGreaterThan(0);
  // They are let go one wave after the other, not in one moment.
  expect(figures.wavesMs).toBeGreaterThan(200);
  // What they missed comes from memory.
  expect(figures.storeCalls.readEntries ?? 0).toBeLessThan(20);
  expect(figures.storeCalls.readMessages ?? 0).toBe(0);
});

test('each client is told that it may come back, and nobody new is let in', { timeout }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-stop-'));
  const server = await startProcess(dataDir);
  const token = tokenFor({ sub: '1' });
  const ends: string[] = [];
  const websocket = new Listener(`${server.address}/`, token, { reconnection: false });
  const polling = new Listener(`${server.address}/chat`, token, { transports: ['polling'], reconnection: false });
  for (const listener of [websocket, polling]) {
    await listener.connected();
    // The client comes back by itself after these reasons, and after no others.
    listener.socket.on('disconnect', (reason) => ends.push(reason));
  }
  const rooms = dial(server.address, 'rooms', { token, room: 'den/' });
  await rooms.connected();
  await rooms.next('the users');
  // A request that never ends must not keep the server.
  const { hostname, port } = new URL(server.address);
  const endless = connect(Number(port), hostname);
  endless.on('error', () => undefined);
  endless.write('POST /api/v1/conversations HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX-Api-Key: x\r\n\r\n{');
  // Nor must one that was refused and does not hang up.
  const clinging = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  clinging.on('error', () => undefined);
  clinging.write('GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
  await once(clinging, 'data');
  await wait(50);
  server.signal('SIGTERM');
  const end = await rooms.ended();
  expect(end.code).toBe(1012);
  await until(
    () => ends.length === 2,
    () => `${ends}`,
  );
  for (const reason of ends) expect(['transport close', 'transport error']).toContain(reason);
  const late = new Listener(`${server.address}/`, token, { reconnection: false });
  await until(
    () => late.refusals.length > 0,
    () => 'the newcomer was not refused',
  );
  expect(await server.ended).toBe(0);
  expect(late.connects).toBe(0);
  for (const listener of [websocket, polling, late]) listener[Symbol.dispose]();
  endless.destroy();
  clinging.destroy();
  await rm(dataDir, { recursive: true, force: true });
});

test('writers that do not stop do not keep the server from stopping', { timeout }, async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-stop-'));
  const server = await startProcess(dataDir);
  await post(server, '/conversations', { id: 'den', kind: 'open', members: ['1'] });
  const writer = new Listener(`${server.address}/chat`, tokenFor({ sub: '1' }), { reconnection: false });
  await writer.connected();
  const answered: string[] = [];
  const writing = setInterval(() => {
    writer.socket.emit('sendMessage', { roomId: 'den', content: 'on and on' }, (answer: { data: { id: string } }) =>
      answered.push(answer.data.id),
    );
  }, 2);
  await wait(300);
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
  clearInterval(writing);
  const heard = writer.fields('newMessage', 'id') as string[];
  // Whatever it heard it was answered, and the other way round.
  expect(new Set(answered)).toEqual(new Set(heard));
  writer[Symbol.dispose]();
  await rm(dataDir, { recursive: true, force: true });
});
