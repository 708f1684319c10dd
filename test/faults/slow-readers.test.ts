import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import type { Claims } from '../harness/house.ts';
import { quietMoment, until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { bob, openScene, type Scene, whileAway } from '../resume/scene.ts';

const cat = { sub: '3' };
/** Much more than the kernel takes for a reader that does not read: that is up to some 10 MB. */
const manyMessages = 1_500;
const padding = '.'.repeat(16_000);
const small = { SEND_BUFFER_SOFT_BYTES: '65536', SEND_BUFFER_HARD_BYTES: '262144' };

const increasing = (ids: readonly unknown[]) => [...new Set(ids.map(Number))].sort((a, b) => a - b);

/** A client that is not behind the wire. */
async function nearby(scene: Scene, who: Claims): Promise<Listener> {
  const listener = new Listener(`${scene.house.address}/chat`, scene.house.token(who));
  await listener.connected();
  await listener.ask('joinRoom', 'den');
  return listener;
}

/** One after the other: nobody waits for the stalled reader, which reads nothing until all are heard. */
async function sayAndHear(scene: Scene, listener: Listener, times: number): Promise<void> {
  for (let n = 0; n < times; n++) {
    const before = listener.heard('newMessage').length;
    await scene.say('den', '1', 'heard at once?');
    await listener.hears('newMessage', before + 1);
  }
}

test('a reader that stops reading is let go, holds up nobody, and has lost nothing when it comes back', async () => {
  await using scene = await openScene(small);
  await scene.found('den', ['1', '2', '3']);
  const slow = await scene.listen('/chat', bob);
  await slow.ask('joinRoom', 'den');
  using fast = await nearby(scene, cat);
  scene.wire.stall();
  const said = await scene.sayMany('den', '1', 1, manyMessages, padding);
  await until(
    () => fast.fields('presenceUpdate', 'status').includes('offline'),
    () => 'the stalled reader was not let go',
  );
  await fast.hears('newMessage', manyMessages);
  await sayAndHear(scene, fast, 50);
  scene.wire.flow();
  await slow.connected(2);
  await slow.hears('newMessage', manyMessages + 50);
  await quietMoment();
  const heard = slow.fields('newMessage', 'id').map(Number);
  expect(increasing(heard)).toEqual(increasing(fast.fields('newMessage', 'id')));
  expect(increasing(heard).slice(0, manyMessages)).toEqual(increasing(said));
  // The end of the last buffer that it got may be repeated.
  expect(heard.length - manyMessages - 50).toBeLessThan(200);
  expect(slow.socket.recovered).toBe(true);
});

test('a stalled reader holds up nobody while it is still there', async () => {
  await using scene = await openScene({ SEND_BUFFER_SOFT_BYTES: '65536', SEND_BUFFER_HARD_BYTES: '100000000' });
  await scene.found('den', ['1', '2', '3']);
  const slow = await scene.listen('/chat', bob);
  await slow.ask('joinRoom', 'den');
  using fast = await nearby(scene, cat);
  const typing = async () => {
    for (const isTyping of [true, false]) await fast.ask('typingIndicator', { roomId: 'den', isTyping });
  };
  await typing();
  await slow.hears('userTyping', 2);
  scene.wire.stall();
  await scene.sayMany('den', '1', 1, manyMessages, padding);
  // Its buffers are full: what is not worth keeping is no longer for it.
  await typing();
  await fast.hears('userTyping', 4);
  await sayAndHear(scene, fast, 50);
  scene.wire.flow();
  await slow.hears('newMessage', manyMessages + 50);
  await typing();
  await slow.hears('userTyping', 4);
  await quietMoment();
  expect(slow.heard('userTyping').length).toBe(4);
  expect(slow.fields('newMessage', 'id')).toEqual(fast.fields('newMessage', 'id'));
  expect(slow.connects).toBe(1);
});

test('a rooms client that stops reading is let go, and hears the rest with ?after=', async () => {
  await using scene = await openScene(small);
  await scene.found('den', ['1', '2', '3'], 'open');
  using fast = await nearby(scene, cat);
  const slow = dial(scene.wire.address, 'rooms', { token: scene.house.token(bob), room: 'den/' });
  await slow.connected();
  await slow.next('the users');
  scene.wire.stall();
  const said = await scene.sayMany('den', '1', 1, manyMessages, padding);
  await until(
    () => fast.fields('presenceUpdate', 'status').includes('offline'),
    () => 'the stalled reader was not let go',
  );
  scene.wire.flow();
  await slow.ended();
  const idsOf = ({ heard }: typeof slow) =>
    heard.flatMap(({ name, payload }) =>
      name === 'chat_message' ? [Number((payload as { message_id: string }).message_id)] : [],
    );
  const first = idsOf(slow);
  expect(first.length).toBeLessThan(manyMessages);
  const room = `den/?after=${first.at(-1) ?? 0}`;
  const back = dial(scene.wire.address, 'rooms', { token: scene.house.token(bob), room });
  await back.connected();
  await until(
    () => first.length + idsOf(back).length >= manyMessages,
    () => `${first.length} + ${idsOf(back).length}, ${back.end?.words}`,
  );
  back.close();
  expect([...first, ...idsOf(back)]).toEqual(increasing(said));
});

test('a reader that stalls while it is caught up has no more read for it than it can be sent', async () => {
  let entriesRead = 0;
  await using scene = await openScene(
    { ...small, RESUME_RING_ENTRIES: '10' },
    {
      store: (store) =>
        new Proxy(store, {
          get(target, name) {
            if (name !== 'readEntries') {
              const value: unknown = Reflect.get(target, name);
              return typeof value === 'function' ? value.bind(target) : value;
            }
            return async (...args: Parameters<typeof store.readEntries>) => {
              const read = await target.readEntries(...args);
              entriesRead += read.entries.length;
              return read;
            };
          },
        }),
    },
  );
  await scene.found('den', ['1', '2']);
  const slow = await scene.listen('/chat', bob);
  await slow.ask('joinRoom', 'den');
  let said: string[] = [];
  await whileAway(scene, slow, async () => {
    said = await scene.sayMany('den', '1', 1, 2 * manyMessages, padding);
    slow.socket.once('connect', () => scene.wire.stall());
  });
  let before = -1;
  while (before < entriesRead) {
    before = entriesRead;
    await wait(300);
  }
  expect(entriesRead).toBeLessThan(2 * manyMessages);
  scene.wire.flow();
  await slow.hears('newMessage', said.length);
  await quietMoment();
  expect(slow.fields('newMessage', 'id')).toEqual(said);
});

/** What a client of Engine.IO's polling does, when it is told to. */
async function pollByHand(scene: Scene, auth: object) {
  const url = `${scene.house.address}/socket.io/?EIO=4&transport=polling`;
  const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1)) as { sid: string };
  const ask = (body?: string) => fetch(`${url}&sid=${sid}`, body === undefined ? {} : { method: 'POST', body });
  await ask(`40/chat,${JSON.stringify(auth)}`);
  const packets: string[] = [];
  const named = (name: string) =>
    packets.flatMap((packet) => {
      if (!packet.startsWith('42/chat,')) return [];
      const [event, payload] = JSON.parse(packet.slice('42/chat,'.length)) as [string, unknown];
      return event === name ? [payload] : [];
    });
  return {
    ask,
    named,
    packets,
    async poll() {
      const response = await ask();
      if (response.status === 200) packets.push(...(await response.text()).split('\u001e'));
      return response.status;
    },
  };
}

test('a client that stops polling is let go, and has lost nothing when it comes back', async () => {
  await using scene = await openScene(small);
  await scene.found('den', ['1', '2', '3']);
  using fast = await nearby(scene, cat);
  const token = scene.house.token(bob);
  const client = await pollByHand(scene, { token });
  while (client.named('position').length === 0) await client.poll();
  const { pid } = JSON.parse(client.packets[0]?.slice('40/chat,'.length) ?? '') as { pid: string };
  await client.ask('42/chat,["joinRoom","den"]');
  while (client.named('joinedRoom').length === 0) await client.poll();
  const said = await scene.sayMany('den', '1', 1, 60, padding);
  // Those may have left in one write: what a client has not taken is looked at when there is more for it.
  said.push(...(await scene.sayMany('den', '1', 61, 61)));
  await until(
    () => fast.fields('presenceUpdate', 'status').includes('offline'),
    () => 'the client that does not poll was not let go',
  );
  expect(await client.poll()).not.toBe(200);
  const back = await pollByHand(scene, { token, pid, offset: client.named('position').at(-1) });
  while (back.named('newMessage').length < said.length) expect(await back.poll()).toBe(200);
  expect(back.named('newMessage').map((message) => (message as { id: string }).id)).toEqual(said);
});

test('a client that polls slowly is sent all of what it missed, a little at a time', async () => {
  await using scene = await openScene({ ...small, RESUME_RING_ENTRIES: '10' });
  await scene.found('77', ['1', '2']);
  const slow = await scene.listen('/', bob, { transports: ['polling'] });
  let said: string[] = [];
  await whileAway(scene, slow, async () => {
    said = await scene.sayMany('77', '1', 1, 300, padding);
  });
  await slow.hears('receive_message', said.length);
  await quietMoment();
  expect(slow.fields('receive_message', 'id').map(String)).toEqual(said);
});
