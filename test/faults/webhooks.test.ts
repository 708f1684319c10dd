import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Receiver } from '../harness/receiver.ts';
import { until } from '../harness/until.ts';
import { freePort, get, post, type ServerProcess, startProcess } from './process.ts';

let dataDir = '';
let receiver: Receiver;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'parlance-webhooks-'));
  receiver = await Receiver.open();
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true, force: true });
});

const rooms = ['den', 'loft', 'shed'];

/** Says text after text in a room until the server is gone; those that were answered, in order. */
async function speakUntilItDies(server: ServerProcess, room: string, name: string, answered: string[]): Promise<void> {
  for (let n = 0; ; n++) {
    const text = `${name}-${n}`;
    const answer = await post(server, `/conversations/${room}/messages`, { senderId: '1', text }).catch(
      () => undefined,
    );
    if (answer?.status !== 201) return;
    answered.push(text);
  }
}

test('what was answered before kill -9 is told to a webhook that fails now and then, and in the order of each conversation', {
  timeout: 90_000,
}, async () => {
  const settings = {
    PORT: String(await freePort()),
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: 'a secret of some length',
    WEBHOOK_EVENTS: 'message.sent',
    WEBHOOK_RETRY_MS: '100',
    WEBHOOK_ATTEMPTS: '100',
  };
  let count = 0;
  receiver.answer = () => (++count % 7 === 0 ? 503 : 204);
  let server = await startProcess(dataDir, settings);
  for (const id of rooms) await post(server, '/conversations', { id, kind: 'open', members: ['1'] });
  const answered = new Map(rooms.map((room): [string, string[]] => [room, []]));
  for (let kill = 1; kill <= 2; kill++) {
    const running = server;
    const speaking = rooms.map((room) => speakUntilItDies(running, room, `${kill}-${room}`, answered.get(room) ?? []));
    await until(
      () => [...answered.values()].every((texts) => texts.length > 3 * kill),
      () => 'every room should be spoken in',
    );
    await wait(kill * 100);
    server.signal('SIGKILL');
    expect(await server.ended).toBe('SIGKILL');
    await Promise.all(speaking);
    server = await startProcess(dataDir, settings);
  }
  for (const [room, texts] of answered) {
    expect(texts.length).toBeGreaterThan(3);
    await until(
      () => texts.every((text) => receiver.texts(room).includes(text)),
      () => `should all be told of ${room}`,
    );
    // Repeats apart, each conversation was told in its order.
    const firsts = [...new Set(receiver.texts(room))];
    expect(firsts.filter((text) => texts.includes(text))).toEqual(texts);
  }
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
});

test('a conversation that fails over kill -9 holds up no other, and is told of in order once it is taken', {
  timeout: 90_000,
}, async () => {
  const settings = {
    PORT: String(await freePort()),
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET: 'a secret of some length',
    WEBHOOK_EVENTS: 'message.sent',
    WEBHOOK_RETRY_MS: '200',
    WEBHOOK_ATTEMPTS: '100',
  };
  receiver.answer = ({ event }) => (event.conversationId === 'den' ? 500 : 204);
  let server = await startProcess(dataDir, settings);
  for (const id of rooms) await post(server, '/conversations', { id, kind: 'open', members: ['1'] });
  const say = async (room: string, text: string) => {
    const { status } = await post(server, `/conversations/${room}/messages`, { senderId: '1', text });
    expect(status).toBe(201);
  };
  const ofDen: string[] = [];
  for (let round = 0; round < 2; round++) {
    for (let n = 0; n < 300; n++) {
      ofDen.push(`den ${round} ${n}`);
      await say('den', `den ${round} ${n}`);
    }
    await say('loft', `loft ${round}`);
    await until(
      () => receiver.texts('loft').includes(`loft ${round}`),
      () => `should be told of the loft, round ${round}`,
    );
    // Once before it is saved who was gone past, and once after.
    while (round > 0 && JSON.stringify(await get(server, '/webhooks/settings')).includes('"stragglers":[]'))
      await wait(20);
    server.signal('SIGKILL');
    expect(await server.ended).toBe('SIGKILL');
    server = await startProcess(dataDir, settings);
  }
  receiver.answer = () => 204;
  await until(
    () => new Set(receiver.texts('den')).size === ofDen.length,
    () => `is told ${receiver.texts('den').length} of the den`,
    30_000,
  );
  expect([...new Set(receiver.texts('den'))]).toEqual(ofDen);
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
});
