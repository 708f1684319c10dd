import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { until } from '../harness/until.ts';
import { Listener } from '../resume/listener.ts';
import { ann, bob, openScene } from '../resume/scene.ts';

/** How many were accepted, and what the others were told. */
const outcomes = (answers: readonly unknown[]) => {
  const refused = answers.filter((answer) => (answer as { event?: string }).event === 'error');
  return { accepted: answers.length - refused.length, refused };
};

test('one allowance of messages holds over all dialects and HTTP together', async () => {
  await using scene = await openScene({ MESSAGE_BURST: '12', MESSAGES_PER_SECOND: '1' });
  await scene.found('42', ['1', '2'], 'open');
  const token = scene.house.token(ann);
  const [kenz, support, direct] = [1, 2, 3].map(() => new Listener(`${scene.house.address}/`, token));
  const messaging = new Listener(`${scene.house.address}/chat`, token);
  const clients = [kenz, support, direct, messaging] as Listener[];
  await Promise.all(clients.map((client) => client.connected()));
  const text = 'quick';
  const ask = (client: Listener | undefined, event: string, payload: object) =>
    Promise.all([1, 2, 3].map(() => client?.ask(event, payload)));
  expect(outcomes(await ask(kenz, 'send_message', { chatId: 42, message: text })).accepted).toBe(3);
  expect(outcomes(await ask(support, 'sendMessage', { chatId: '42', text })).accepted).toBe(3);
  expect(outcomes(await ask(direct, 'send_message', { conversationId: 42, content: text })).accepted).toBe(3);
  const rooms = dial(scene.house.address, 'rooms', { token, room: '42/?after=99999' });
  await rooms.connected();
  rooms.say('', [{ message: text }], false);
  await until(
    () => rooms.heard.some(({ name }) => name === 'chat_message'),
    () => JSON.stringify(rooms.heard),
  );
  const { accepted, refused } = outcomes(await ask(messaging, 'sendMessage', { roomId: '42', content: text }));
  expect([accepted, refused.length]).toEqual([2, 1]);
  expect(refused[0]).toMatchObject({ data: { code: 'RATE_LIMITED', event: 'sendMessage' } });
  const { retryAfterMs } = (refused[0] as { data: { retryAfterMs: number } }).data;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(1000);

  const http = () => scene.house.call('POST', '/api/v1/conversations/42/messages', { token }, { text });
  const answer = await http();
  expect(answer.status).toBe(429);
  expect(answer.json).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  expect((answer.json as { error: { retryAfterMs: number } }).error.retryAfterMs).toBeGreaterThan(0);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  rooms.say('', [{ message: text }], false);
  await until(
    () => rooms.heard.some(({ name }) => name === 'error'),
    () => JSON.stringify(rooms.heard),
  );
  // Others are not concerned.
  expect(
    (await scene.house.call('POST', '/api/v1/conversations/42/messages', { token: scene.house.token(bob) }, { text }))
      .status,
  ).toBe(201);
  // After the time that was named it works.
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  expect((await http()).status).toBe(201);
  for (const client of clients) client[Symbol.dispose]();
  rooms.close();
});

test('whoever keeps flooding is ended after ten seconds of nothing but refusals, and nobody else notices', async () => {
  await using scene = await openScene({ EVENT_BURST: '20', EVENTS_PER_SECOND: '20' });
  await scene.found('den', ['1', '2'], 'open');
  const flooder = new Listener(`${scene.house.address}/chat`, scene.house.token(ann), { reconnection: false });
  await flooder.connected();
  const start = performance.now();
  const flood = setInterval(() => {
    for (let n = 0; n < 10; n++) flooder.socket.emit('heartbeat', {});
  }, 50);
  using other = new Listener(`${scene.house.address}/chat`, scene.house.token(bob));
  await other.connected();
  await other.ask('joinRoom', 'den');
  try {
    while (flooder.socket.connected && performance.now() - start < 40_000) {
      await other.ask('typingIndicator', { roomId: 'den', isTyping: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    clearInterval(flood);
  }
  const takenMs = performance.now() - start;
  expect(flooder.socket.connected).toBe(false);
  expect(takenMs).toBeGreaterThan(9_500);
  // Errors are thinned out: about one a second.
  expect(flooder.heard('error').length).toBeLessThan(takenMs / 1_000 + 5);
  flooder[Symbol.dispose]();
});

test('a flood of messages has its connection refused, not its messages half kept', async () => {
  await using scene = await openScene({ MESSAGE_BURST: '50', MESSAGES_PER_SECOND: '1' });
  await scene.found('den', ['1', '2'], 'open');
  const listener = await scene.listen('/chat', bob);
  await listener.ask('joinRoom', 'den');
  using writer = new Listener(`${scene.house.address}/chat`, scene.house.token(ann));
  await writer.connected();
  const asked = Array.from({ length: 300 }, (_, n) => writer.ask('sendMessage', { roomId: 'den', content: `${n}` }));
  const { accepted, refused } = outcomes(await Promise.all(asked));
  expect(accepted).toBeGreaterThanOrEqual(50);
  expect(accepted).toBeLessThan(80);
  expect(
    refused.every((answer) => (answer as { data: { retryAfterMs?: number } }).data.retryAfterMs !== undefined),
  ).toBe(true);
  await listener.hears('newMessage', accepted);
  expect(listener.heard('newMessage').length).toBe(accepted);
  expect(writer.socket.connected).toBe(true);
});
