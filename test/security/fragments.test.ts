import { afterAll, beforeAll, expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { frame, Raw, upgradeHead } from './raw.ts';

/** One message in very many frames: cheap to send, and each costs its reader far more than the byte that it carries. */

let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

const paths = { rooms: '/ws/chat/den/', 'Socket.IO': '/socket.io/?EIO=4&transport=websocket' } as const;

async function opened(mount: keyof typeof paths): Promise<Raw> {
  const raw = new Raw(house.address);
  const token = house.token({ sub: '1' });
  raw.socket.write(`${upgradeHead(paths[mount])}Authorization: Bearer ${token}\r\n\r\n`);
  await until(
    () => raw.answer.startsWith('HTTP/1.1 101'),
    () => raw.answer,
  );
  return raw;
}

const text = 0x01;
const last = 0x80;
const one = Buffer.from('x');
const none = Buffer.alloc(0);

test.each(['rooms', 'Socket.IO'] as const)('%s closes what comes in thousands of tiny fragments', async (mount) => {
  const bystander = dial(house.address, 'kenz', { token: house.token({ sub: '2' }) });
  await bystander.connected();
  for (const content of [one, none]) {
    using raw = await opened(mount);
    raw.socket.write(frame(text, content));
    for (let n = 0; n < 2_000; n++) raw.socket.write(frame(0, content));
    const answer = await raw.closed();
    // The close frame: policy violation.
    expect(answer.slice(answer.lastIndexOf('\x88')).slice(2, 4)).toBe('\x03\xf0');
  }
  expect(bystander.end).toBeUndefined();
  bystander.close();
});

test('a message in as many fragments as a client may have a reason for arrives whole', async () => {
  using raw = await opened('rooms');
  const message = Buffer.from(JSON.stringify({ message: 'in pieces '.repeat(90) }));
  const pieces = Array.from(message, (byte) => Buffer.from([byte]));
  for (const [at, piece] of pieces.entries()) {
    raw.socket.write(frame((at === 0 ? text : 0) | (at === pieces.length - 1 ? last : 0), piece));
  }
  await until(
    () => raw.answer.includes('in pieces in pieces'),
    () => raw.answer,
  );
});
