import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';

/** Names that mean something to Node, the library or JavaScript itself: an `error` that nobody hears ends a process. */

let house: OpenHouse;
const unheard: unknown[] = [];
const hear = (error: unknown) => unheard.push(error);
beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', hear);
  house = await openHouse();
});
afterAll(async () => {
  process.off('uncaughtExceptionMonitor', hear);
  await house[Symbol.asyncDispose]();
});

const names = [
  ...[
    'error',
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'connection',
    'newListener',
    'removeListener',
  ],
  ...['close', 'end', 'data', 'upgrade', 'position', '__proto__', 'constructor', 'hasOwnProperty', 'toString', ''],
];

test.each(['/', '/chat'])('whatever an event on %s is called, its sender alone hears of it', async (namespace) => {
  const bystander = dial(house.address, namespace === '/' ? 'kenz' : 'messaging', { token: house.token({ sub: '2' }) });
  await bystander.connected();
  const to = namespace === '/' ? '' : `${namespace},`;
  for (const name of names) {
    const websocket = new WebSocket(`${house.address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
    const heard: string[] = [];
    websocket.on('message', (data: Buffer) => heard.push(data.toString()));
    websocket.on('error', () => undefined);
    await once(websocket, 'open');
    websocket.send(`40${to}${JSON.stringify({ token: house.token({ sub: '1' }) })}`);
    await expect.poll(() => heard.some((text) => text.startsWith(`40${to}`))).toBe(true);
    // Past the library, with an acknowledgement, and with a binary part through the library.
    websocket.send(`42${to}7${JSON.stringify([name, { message: 'x' }])}`);
    websocket.send(`451-${to}8${JSON.stringify([name, { _placeholder: true, num: 0 }])}`);
    websocket.send(Buffer.from('x'));
    const isAnswered = () => heard.some((text) => text.startsWith(`43${to}7[{"event":"error"`));
    await expect.poll(() => isAnswered() || websocket.readyState > WebSocket.OPEN).toBe(true);
    websocket.terminate();
  }
  expect(bystander.end).toBeUndefined();
  expect(bystander.heard.filter((one) => one.name === 'error')).toEqual([]);
  bystander.close();
  expect(unheard).toEqual([]);
  expect(house.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});
