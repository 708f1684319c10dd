import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { Listener } from '../resume/listener.ts';
import { Raw, upgradeHead } from './raw.ts';

/** Clients who take their time, to hold what others need. */

const handshakeMs = 1_000;
const bodyMs = 700;
let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse({ HANDSHAKE_MS: String(handshakeMs), BODY_MS: String(bodyMs) });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

/** Sends a byte now and then until it is closed, and resolves with how long that took. */
async function dribble(raw: Raw, head: string): Promise<{ readonly answer: string; readonly tookMs: number }> {
  const start = performance.now();
  raw.socket.write(head);
  while (!raw.isClosed) {
    raw.socket.write('x');
    await wait(50);
    if (performance.now() - start > 8_000) throw new Error('It was not closed.');
  }
  return { answer: raw.answer, tookMs: performance.now() - start };
}

test.each([
  ['nothing at all', ''],
  ['half a head', 'GET /health HTTP/1.1\r\nHost: x\r\nX-Long: '],
  ['half an upgrade', `${upgradeHead('/ws/chat/den/')}X-Long: `],
  ['half an upgrade of Socket.IO', `${upgradeHead('/socket.io/?EIO=4&transport=websocket')}X-Long: `],
])('%s is not waited for', async (what, head) => {
  using raw = new Raw(house.address);
  if (what === 'nothing at all') {
    const start = performance.now();
    await raw.closed();
    expect(performance.now() - start).toBeGreaterThan(handshakeMs / 2);
    return;
  }
  const { answer, tookMs } = await dribble(raw, head);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(tookMs).toBeGreaterThan(handshakeMs / 2);
});

test.each([
  ['the HTTP API', '/api/v1/conversations'],
  ['polling', '/socket.io/?EIO=4&transport=polling'],
])('a body that dribbles into %s is not waited for, however long it says it is', async (what, path) => {
  let target = path;
  if (what === 'polling') {
    const opening = await (await fetch(house.address + path)).text();
    target += `&sid=${(JSON.parse(opening.slice(1)) as { sid: string }).sid}`;
    await fetch(house.address + target, { method: 'POST', body: `40{"token":"${house.token({ sub: '1' })}"}` });
  }
  const authorization = `Authorization: Bearer ${house.token({ sub: '1' })}`;
  const lines = ['Host: x', 'Content-Type: application/json', 'Content-Length: 900000', authorization];
  using raw = new Raw(house.address);
  const { tookMs } = await dribble(raw, `POST ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n{`);
  // Whoever goes on sending may have lost the answer.
  expect(raw.answer).toMatch(/^(HTTP\/1\.1 408 .*)?$/s);
  expect(tookMs).toBeGreaterThan(bodyMs / 2);
});

test('an upload that stands still is cut off, and one that moves slowly is not', async () => {
  const token = house.token({ sub: '1' });
  const content = 'x'.repeat(30);
  const opening = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
  const ending = '\r\n--b--\r\n';
  const head =
    `POST /api/v1/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n` +
    `Content-Type: multipart/form-data; boundary=b\r\nContent-Length: ${opening.length + content.length + ending.length}\r\n\r\n`;
  using moving = new Raw(house.address);
  using standing = new Raw(house.address);
  for (const raw of [moving, standing]) raw.socket.write(head + opening);
  // Three times as long as a body may take.
  for (const byte of content) {
    moving.socket.write(byte);
    await wait((3 * bodyMs) / content.length);
  }
  moving.socket.write(ending);
  expect(await moving.closed()).toMatch(/^HTTP\/1\.1 201 /);
  expect(await standing.closed()).toMatch(/^HTTP\/1\.1 408 /);
});

test('a Socket.IO connection that is let in nowhere does not stay, by websocket or by polling', async () => {
  using raw = new Raw(house.address);
  raw.socket.write(`${upgradeHead('/socket.io/?EIO=4&transport=websocket')}\r\n`);
  const start = performance.now();
  await raw.closed();
  expect(raw.answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(performance.now() - start).toBeLessThan(handshakeMs + 3_000);

  const path = `${house.address}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(path)).text()).slice(1)) as { sid: string };
  expect((await fetch(`${path}&sid=${sid}`)).status).toBe(200);
  await expect.poll(async () => (await fetch(`${path}&sid=${sid}`)).status, { timeout: 10_000 }).toBe(400);
});

test('who leaves the only namespace that they were in is a newcomer again', async () => {
  const client = new Listener(`${house.address}/chat`, house.token({ sub: '1' }), { reconnection: false });
  await client.connected();
  const ended = new Promise((resolve) => client.socket.io.once('close', resolve));
  // What the library would do next is to close the connection itself.
  (client.socket as unknown as { packet(packet: object): void }).packet({ type: 1 });
  await ended;
  client[Symbol.dispose]();
});

test('who has come in may be silent for as long as they like', async () => {
  const dialling = { token: house.token({ sub: '1' }) };
  const clients = [dial(house.address, 'kenz', dialling), dial(house.address, 'rooms', { ...dialling, room: 'den/' })];
  for (const client of clients) await client.connected();
  await wait(3 * Math.max(handshakeMs, bodyMs));
  for (const client of clients) {
    expect(client.end).toBeUndefined();
    client.close();
  }
});
