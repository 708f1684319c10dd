import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { frame, Raw, upgradeHead } from './raw.ts';

/** A socket that fails tells so by an event, and one that nobody hears ends the process: here nobody may ever miss one. */

const openings = [
  '',
  'GET /health HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /hea',
  'POST /api/v1/files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 99\r\n\r\n--b',
  'GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n',
  `${upgradeHead('/nowhere')}\r\n`,
  `${upgradeHead('/ws/chat/den/')}\r\n`,
  `${upgradeHead('/socket.io/?EIO=4&transport=websocket')}\r\n`,
  `${upgradeHead('/socket.io/?EIO=4&transport=websocket&sid=none')}\r\n`,
  `${upgradeHead('/socket.io/?EIO=9&transport=what')}\r\n`,
];

test.each([false, true])('resets at any moment end nothing but themselves (while stopping: %s)', async (isStopping) => {
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on('uncaughtExceptionMonitor', hear);
  const house = await openHouse({ DRAIN_MS: '3000' });
  const bystander = dial(house.address, 'kenz', { token: house.token({ sub: '1' }) });
  await bystander.connected();
  const stopped = isStopping ? house[Symbol.asyncDispose]() : undefined;
  const harm = async (opening: string, afterMs: number): Promise<void> => {
    const raw = new Raw(house.address);
    await new Promise((resolve) => raw.socket.once('connect', resolve).once('close', resolve));
    raw.socket.write(opening);
    await wait(afterMs);
    raw.socket.resetAndDestroy();
  };
  for (let afterMs = 0; afterMs < 8; afterMs++) await Promise.all(openings.map((opening) => harm(opening, afterMs)));
  if (!isStopping) expect(bystander.end).toBeUndefined();
  bystander.close();
  await (stopped ?? house[Symbol.asyncDispose]());
  process.off('uncaughtExceptionMonitor', hear);
  expect(unheard).toEqual([]);
});

test.each([
  ['an unknown opcode', frame(0x83, Buffer.from('x'))],
  ['reserved bits', frame(0xf1, Buffer.from('x'))],
  ['a frame without a mask', Buffer.from([0x81, 0x01, 0x78])],
  ['a fragment of nothing', frame(0x80, Buffer.from('x'))],
  ['a ping that is too long', Buffer.from([0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0])],
  ['more bytes than there are', Buffer.from([0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])],
  ['text that is no UTF-8', frame(0x81, Buffer.from([0xff, 0xfe]))],
  ['a close code that is none', frame(0x88, Buffer.from([0x00, 0x01]))],
])('%s ends its own connection and no other, on both mounts', async (_what, bytes) => {
  await using house = await openHouse();
  const token = house.token({ sub: '1' });
  const bystanders = [dial(house.address, 'kenz', { token }), dial(house.address, 'rooms', { token, room: 'den/' })];
  for (const client of bystanders) await client.connected();
  for (const path of ['/ws/chat/den/', '/socket.io/?EIO=4&transport=websocket']) {
    using raw = new Raw(house.address);
    raw.socket.write(`${upgradeHead(path)}Authorization: Bearer ${token}\r\n\r\n`);
    await until(
      () => raw.answer.startsWith('HTTP/1.1 101'),
      () => raw.answer,
    );
    raw.socket.write(bytes);
    await raw.closed();
  }
  for (const client of bystanders) {
    expect(client.end).toBeUndefined();
    client.close();
  }
});
