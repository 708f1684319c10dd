import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';

/** Attachments of a Socket.IO packet are kept until the last one is there, which may never be. */

const transportLimitBytes = 100_000;
let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse({ TRANSPORT_LIMIT_BYTES: String(transportLimitBytes), PAYLOAD_LIMIT_BYTES: '50000' });
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

async function opened(namespace: '/' | '/chat'): Promise<WebSocket> {
  const websocket = new WebSocket(`${house.address.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  await once(websocket, 'message');
  const to = namespace === '/' ? '' : `${namespace},`;
  websocket.send(`40${to}${JSON.stringify({ token: house.token({ sub: '1' }) })}`);
  for (;;) {
    const [data] = (await once(websocket, 'message')) as [Buffer];
    if (data.toString().startsWith(`40${to}`)) return websocket;
  }
}

const placeholders = (count: number) => Array.from({ length: count }, (_, num) => ({ _placeholder: true, num }));

test.each(['/', '/chat'] as const)('on %s attachments together are bounded like one message', async (namespace) => {
  const bystander = dial(house.address, 'kenz', { token: house.token({ sub: '2' }) });
  await bystander.connected();
  const websocket = await opened(namespace);
  const to = namespace === '/' ? '' : `${namespace},`;
  websocket.send(`459-${to}${JSON.stringify(['send_message', ...placeholders(9)])}`);
  let sent = 0;
  const closed = once(websocket, 'close').then(() => true);
  // Each is small enough by itself, and the last one never comes.
  for (; sent < 8 && websocket.readyState === WebSocket.OPEN; sent++) {
    websocket.send(Buffer.alloc(transportLimitBytes - 1_000));
    await new Promise((resolve) => websocket.ping(resolve));
  }
  expect(await closed).toBe(true);
  expect(bystander.end).toBeUndefined();
  bystander.close();
});

test.each(['45999999999-["x"]', '4511-["x"]', '45-1-["x"]', '451.5-["x"]', '45999999999999999999999-["x"]'])(
  'a packet that announces more attachments than it may have is not waited for: %s',
  async (packet) => {
    const websocket = await opened('/');
    websocket.send(packet);
    await once(websocket, 'close');
  },
);

test('attachments within the bound are taken, packet after packet, and answered like any payload', async () => {
  const websocket = await opened('/chat');
  const heard: string[] = [];
  websocket.on('message', (data: Buffer) => heard.push(data.toString()));
  for (let n = 0; n < 5; n++) {
    websocket.send(
      `451-/chat,${n}${JSON.stringify(['sendMessage', { roomId: '1', content: { _placeholder: true, num: 0 } }])}`,
    );
    websocket.send(Buffer.alloc(40_000));
  }
  await expect.poll(() => heard.filter((text) => text.startsWith('43/chat,')).length).toBe(5);
  expect(websocket.readyState).toBe(WebSocket.OPEN);
  websocket.close();
});
