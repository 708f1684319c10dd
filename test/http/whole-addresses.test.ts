import { afterAll, beforeAll, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { Raw, upgradeHead } from '../security/raw.ts';

let house: OpenHouse;

beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house[Symbol.asyncDispose]());

async function answerTo(head: string, awaited: string): Promise<void> {
  using raw = new Raw(house.address);
  raw.socket.write(`${head}\r\n`);
  await until(
    () => raw.answer.includes(awaited),
    () => `no ${awaited} in: ${raw.answer}`,
  );
}

const get = (address: string): string => `GET ${address} HTTP/1.1\r\nHost: x\r\n`;

test.each(['http://chat.example.org', 'ws://chat.example.org', 'WSS://chat.example.org:8000', ''])(
  'a room is entered at %s/ws/chat/tea/ as at its path',
  async (origin) => {
    const token = house.token({ sub: 1 });
    await answerTo(upgradeHead(`${origin}/ws/chat/tea/?token=${token}`), '{"type":"room_users_list"');
    await answerTo(
      `${upgradeHead(`${origin}/ws/chat/tea`)}Authorization: Bearer ${token}\r\n`,
      '{"type":"room_users_list"',
    );
  },
);

test.each(['http://chat.example.org', ''])('Socket.IO is spoken at %s/socket.io/ as at its path', async (origin) => {
  await answerTo(upgradeHead(`${origin}/socket.io/?EIO=4&transport=websocket`), '0{"sid":');
  await answerTo(get(`${origin}/socket.io/?EIO=4&transport=polling`), '0{"sid":');
});

test.each([
  ['http://chat.example.org/health', '200 OK'],
  ['http://chat.example.org?', '200 OK'],
  ['http://chat.example.org/nowhere', '404 Not Found'],
])('%s is answered %s', async (address, awaited) => {
  await answerTo(`${get(address)}Accept: text/html\r\n`, `HTTP/1.1 ${awaited}`);
});

test.each(['ftp://chat.example.org/ws/chat/tea/', 'http:///ws/chat/tea/', 'chat.example.org/ws/chat/tea/'])(
  '%s is no address of a room',
  async (address) => {
    await answerTo(upgradeHead(address), 'HTTP/1.1 4');
  },
);
