import { afterEach, beforeEach, expect, test } from 'vitest';
import { as, asHost, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import type { MessageJson } from '../message-schemas.ts';

let http: HttpFixture;
beforeEach(async () => {
  http = await openHttp();
  await http.call('POST', '/api/v1/conversations', as('1'), { id: 'g', kind: 'group' });
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

type MessagePage = { messages: MessageJson[]; hasMore: boolean };
const send = (body: unknown, headers: Record<string, string> = as('1')) =>
  http.call<MessageJson>('POST', '/api/v1/conversations/g/messages', headers, body);
const read = async (query: string) =>
  (await http.call<MessagePage>('GET', `/api/v1/conversations/g/messages${query}`, as('1'))).json;

test('are answered whole, with 201', async () => {
  const first = await send({ text: 'One' });
  const { status, json } = await send({
    text: 'Two',
    replyToId: Number(first.json.id),
    attachment: { url: 'https://example.com/a.png', type: 'image/png', name: 'a.png', size: 7, more: 1 },
    metadata: { a: [1, null, { b: '\u0000' }] },
    clientMessageId: 'c1',
    extra: 'ignored',
  });
  expect(status).toBe(201);
  expect(json).toEqual({
    id: expect.stringMatching(/^\d+$/),
    conversationId: 'g',
    senderId: '1',
    sender: { id: '1', name: '1', email: '', role: 'USER' },
    text: 'Two',
    attachment: { url: 'https://example.com/a.png', type: 'image/png', name: 'a.png', size: 7 },
    replyToId: first.json.id,
    replyTo: first.json,
    metadata: { a: [1, null, { b: '\u0000' }] },
    clientMessageId: 'c1',
    createdAt: expect.stringMatching(/\.\d{3}Z$/),
  });
});

test('said again under the same clientMessageId are answered with the first, and 200', async () => {
  const first = await send({ text: 'once', metadata: { clientMessageId: 'c1' } });
  const again = await send({ text: 'once', clientMessageId: 'c1' });
  expect([first.status, again.status, again.json.id]).toEqual([201, 200, first.json.id]);
  expect((await read('')).messages).toHaveLength(1);
});

test('carry hostile keys in their metadata without harm', async () => {
  const { status, text } = await send(
    '{"text":"x","metadata":{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}}',
  );
  expect(status).toBe(201);
  expect(text).toContain('"metadata":{"__proto__":{"isAdmin":true},"constructor":{"prototype":1}}');
  expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
  expect((await http.call('GET', '/api/v1/conversations/g/messages', as('1'))).text).toContain('"__proto__"');
});

test('that answer a placeholder answer nothing', async () => {
  const { status, json } = await send({ text: 'x', replyToId: 'message-id' });
  expect([status, json.replyToId]).toEqual([201, undefined]);
});

test('that do not fit are refused', async () => {
  const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const bodies: [unknown, number][] = [
    [{}, 400],
    [{ text: '' }, 400],
    [{ text: 7 }, 400],
    [{ text: null }, 400],
    [{ text: 'x', metadata: [] }, 400],
    [{ text: 'x', metadata: 'm' }, 400],
    [{ text: 'x', replyToId: { id: 1 } }, 400],
    [{ text: 'x', replyToId: 999 }, 404],
    [{ text: 'x', attachment: { type: 'image/png' } }, 400],
    [{ text: 'x', clientMessageId: '' }, 400],
    [{ text: 'x', metadata: { m: 'x'.repeat(70_000) } }, 413],
    [`{"text":"x","metadata":{"m":${nested}}}`, 400],
    [{ text: 'x', attachment: { url: `https://x/${'x'.repeat(70_000)}` } }, 413],
  ];
  for (const [body, status] of bodies) {
    const shown = JSON.stringify(body).slice(0, 80);
    expect([shown, (await send(body)).status]).toEqual([shown, status]);
  }
  expect((await read('')).messages).toEqual([]);
});

test('may have any fields that nobody knows', async () => {
  const nested = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
  expect((await send(`{"text":"x","other":${nested}}`)).status).toBe(201);
  const attached = await send(`{"text":"x","attachment":{"url":"https://a/b","other":${nested}}}`);
  expect([attached.status, attached.json.attachment]).toEqual([201, { url: 'https://a/b' }]);
});

test('are said by the host as a user, and by a user as nobody else', async () => {
  const { status, json } = await send({ text: 'x', senderId: 1 }, asHost);
  expect([status, json.senderId]).toEqual([201, '1']);
  expect((await send({ text: 'x' }, asHost)).status).toBe(400);
  expect((await send({ text: 'x', senderId: '99' }, asHost)).status).toBe(404);
  expect((await send({ text: 'x', senderId: '2' })).status).toBe(403);
  expect((await send({ text: 'x', senderId: 1 })).status).toBe(201);
});

test('of others are not found', async () => {
  expect((await send({ text: 'x' }, as('3'))).status).toBe(404);
});

test('are read from any place, oldest first', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 7; i++) ids.push((await send({ text: `${i}` })).json.id);
  const shown = async (query: string) => {
    const { messages, hasMore } = await read(query);
    return `${messages.map(({ text }) => text).join('')}${hasMore ? '+' : ''}`;
  };
  expect(await shown('')).toBe('0123456');
  expect(await shown('?limit=3')).toBe('456+');
  expect(await shown(`?limit=3&before=${ids[4]}`)).toBe('123+');
  expect(await shown(`?limit=3&after=${ids[1]}`)).toBe('234+');
  expect(await shown(`?after=${ids[1]}&before=${ids[4]}`)).toBe('23');
  expect(await shown('?after=0&limit=2')).toBe('01+');
  expect(await shown('?limit=100000')).toBe('0123456');
  expect(await shown('?before=9999999999999999')).toBe('0123456');
  for (const query of ['?before=x', '?after=-1', '?after=1.5', '?before=', '?limit=0', '?limit=1e3']) {
    expect((await http.call('GET', `/api/v1/conversations/g/messages${query}`, as('1'))).status).toBe(400);
  }
});

test('come 50 at a time, and never more than 500', async () => {
  const limits: number[] = [];
  const { readMessages } = http.house.store;
  Object.assign(http.house.store, {
    readMessages: (range: Parameters<typeof readMessages>[0]) => {
      limits.push(range.limit);
      return readMessages(range);
    },
  });
  for (const query of ['', '?limit=500', '?limit=501', '?limit=99999999999']) await read(query);
  expect(limits).toEqual([50, 500, 500, 500]);
});
