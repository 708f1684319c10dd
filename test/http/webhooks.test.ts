import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Receiver } from '../harness/receiver.ts';
import { until } from '../harness/until.ts';
import { people } from './people.ts';

let house: Awaited<ReturnType<typeof people>>;
let receiver: Receiver;
beforeAll(async () => {
  house = await people({ WEBHOOK_ATTEMPTS: '2', WEBHOOK_RETRY_MS: '100' });
  receiver = await Receiver.open();
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = () => 204;
});

type Webhook = { id: string; secret?: string; position: string; behind: number; parkedCount: number };

async function make(body: object): Promise<Webhook> {
  const { status, json } = await house.host.post('/webhooks', { url: receiver.url, ...body });
  expect(status).toBe(201);
  return json as Webhook;
}

const told = (count: number) =>
  until(
    () => receiver.received.length >= count,
    () => `should have come: ${JSON.stringify(receiver.received.map(({ event }) => event.type))}`,
  );

test('the host makes a webhook, is told of what happens from then on, and lists it without its secret', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const { id, secret } = await make({ events: ['message.sent', 'member.added'] });
  expect(secret).toMatch(/^.{16,}$/);
  const conversation = await house.create('group', ann, bob);
  const message = await ann.say(conversation, 'Hello');
  await told(3);
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['member.added', 'member.added', 'message.sent']);
  expect(receiver.received[2]?.event).toMatchObject({ id: message, conversationId: conversation });
  const { json } = await house.host.get('/webhooks');
  expect(JSON.stringify(json)).not.toContain(secret);
  expect(json).toMatchObject({ webhooks: [{ id, url: receiver.url, parkedCount: 0 }] });
  expect((await house.host.remove(`/webhooks/${id}`)).status).toBe(204);
  expect((await house.host.get(`/webhooks/${id}`)).status).toBe(404);
  await ann.say(conversation, 'into the void');
  await make({ events: ['message.sent'] }).then(({ id: next }) => house.host.remove(`/webhooks/${next}`));
  expect(receiver.texts()).toEqual(['Hello']);
});

test('a new webhook can be told the past, and go back to it', async () => {
  const { ann } = await house.cast('ann');
  const conversation = await house.create('group', ann);
  await ann.say(conversation, 'first');
  const { id } = await make({ events: ['message.sent'], from: '0' });
  await until(
    () => receiver.texts(conversation).length === 1,
    () => 'should be told the past',
  );
  expect(await house.host.post(`/webhooks/${id}/replay`, { from: '0' })).toMatchObject({ status: 200 });
  await until(
    () => receiver.texts(conversation).length === 2,
    () => 'should be told again',
  );
  await house.host.remove(`/webhooks/${id}`);
});

test('what is given up is parked and shown, and comes with a replay after the host has changed the address', async () => {
  const { ann } = await house.cast('ann');
  const conversation = await house.create('group', ann);
  receiver.answer = () => 500;
  const { id, position } = await make({ events: ['message.sent'] });
  const message = await ann.say(conversation, 'Knock');
  let shown: Webhook | undefined;
  for (let tries = 0; tries < 300 && shown?.parkedCount !== 1; tries++) {
    shown = (await house.host.get(`/webhooks/${id}`)).json as Webhook;
  }
  expect(shown).toMatchObject({ parkedCount: 1 });
  expect((await house.host.get(`/webhooks/${id}/parked`)).json).toMatchObject({
    parked: [
      { position: message, type: 'message.sent', conversationId: conversation, failure: { message: 'answered 500' } },
    ],
    hasMore: false,
  });
  await using elsewhere = await Receiver.open();
  expect(await house.host.patch(`/webhooks/${id}`, { url: elsewhere.url })).toMatchObject({ status: 200 });
  await house.host.post(`/webhooks/${id}/replay`, { from: position });
  await until(
    () => elsewhere.texts().includes('Knock'),
    () => 'should be told at the other address',
  );
  expect((await house.host.get(`/webhooks/${id}/parked`)).json).toMatchObject({ parked: [] });
  await house.host.remove(`/webhooks/${id}`);
});

test('webhooks survive a restart of the server, and go on where they were', async () => {
  const { ann } = await house.cast('ann');
  const conversation = await house.create('group', ann);
  const { id } = await make({ events: ['message.sent'] });
  await ann.say(conversation, 'before');
  await told(1);
  await receiver.stop();
  await ann.say(conversation, 'while you were away');
  await house.house.restart(() => receiver.start());
  await ann.say(conversation, 'after');
  await told(3);
  expect(receiver.texts(conversation)).toEqual(['before', 'while you were away', 'after']);
  await house.host.remove(`/webhooks/${id}`);
}, 30_000);

test('addresses that are no plain web addresses, unknown events and other callers are refused', async () => {
  const { ann } = await house.cast('ann');
  for (const url of [
    'ftp://example.org/',
    'file:///etc/passwd',
    'https://user:word@example.org/',
    'localhost',
    '//x',
  ]) {
    expect(await house.host.post('/webhooks', { url })).toMatchObject({ status: 400 });
  }
  expect(await house.host.post('/webhooks', { url: receiver.url, events: ['message.send'] })).toMatchObject({
    status: 400,
    json: { error: { message: expect.stringContaining('message.sent') } },
  });
  expect(await house.host.post('/webhooks', { url: receiver.url, secret: 'short' })).toMatchObject({ status: 400 });
  expect((await ann.post('/webhooks', { url: receiver.url })).status).toBe(403);
  expect((await ann.get('/webhooks')).status).toBe(403);
  expect((await house.host.post('/webhooks/none/replay', { from: '0' })).status).toBe(404);
  expect((await house.host.remove('/webhooks/none')).status).toBe(404);
});

test('what the host does is written down with what it was about and from where, and no secret', async () => {
  const { ann, bob } = await house.cast('ann', 'bob');
  const ada = house.admin('ada');
  await ada.get('/me');
  const secret = 'never to be seen again';
  await house.host.put(`/users/${bob.id}`, { name: 'Bob at home', email: 'private@example.org' });
  const room = await house.create('group', bob);
  const said = await bob.say(room, 'Hello');
  await house.host.patch(`/conversations/${room}/messages/${said}`, { text: 'as the host puts it' });
  await house.host.post('/notifications', { userId: bob.id, title: 'You won', message: 'You won', type: 'n' });
  const { id } = await make({ secret });
  await house.host.remove(`/webhooks/${id}`);
  await house.host.put(`/bans/${ann.id}`, { reason: 'spam' });
  await ada.remove(`/bans/${ann.id}`);
  await bob.put(`/bans/${ann.id}`, {});
  await house.host.remove('/webhooks/none');
  await house.host.get('/webhooks');
  type Record = { action: string; userId?: string; target: object; details?: string; address: string; status: number };
  const { json } = await house.host.get('/audit?limit=5');
  const { records, nextBefore } = json as { records: (Record & { at: string })[]; nextBefore: string };
  expect(records).toMatchObject([
    { action: 'removeWebhook', target: { id: 'none' }, status: 404 },
    { action: 'unbanUser', userId: ada.id, target: { id: ann.id }, status: 204 },
    { action: 'banUser', target: { id: ann.id }, details: '{"reason":"spam"}', address: '127.0.0.1', status: 200 },
    { action: 'removeWebhook', target: { id }, status: 204 },
    { action: 'createWebhook', details: expect.stringContaining(receiver.url), status: 201 },
  ]);
  expect(records[2]).not.toHaveProperty('userId');
  expect(Date.parse(records[0]?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
  const all = JSON.stringify((await house.host.get('/audit?limit=500')).json);
  expect(all).not.toContain(secret);
  expect(all).not.toContain('the key of the host application');
  for (const words of ['Bob at home', 'private@example.org', 'as the host puts it', 'You won']) {
    expect(all).not.toContain(words);
  }
  expect(all).toContain('"action":"editMessage"');
  await house.house.restart();
  const older = (await house.host.get(`/audit?limit=1&before=${nextBefore}`)).json as { records: Record[] };
  expect(older.records).toHaveLength(1);
  const asAdmin = JSON.stringify((await ada.get('/audit?limit=500')).json);
  expect(asAdmin).toContain('banUser');
  expect(asAdmin).not.toContain('spam');
  expect(asAdmin).not.toContain('127.0.0.1');
  expect((await bob.get('/audit')).status).toBe(403);
}, 30_000);
