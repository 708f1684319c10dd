import { afterEach, beforeEach, expect, test } from 'vitest';
import { as, asHost, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import type { MessageJson } from '../message-schemas.ts';

let http: HttpFixture;
let path: string;
beforeEach(async () => {
  http = await openHttp();
  await http.call('POST', '/api/v1/conversations', as('1'), { id: 'g', kind: 'group' });
  const messages = '/api/v1/conversations/g/messages';
  const { json } = await http.call<MessageJson>('POST', messages, as('1'), { text: 'Tea?' });
  path = `${messages}/${json.id}`;
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

const time = expect.stringMatching(/\.\d{3}Z$/);

test('one message is read by those who may see its conversation', async () => {
  expect((await http.call('GET', path, as('1'))).json).toMatchObject({ text: 'Tea?', senderId: '1' });
  expect((await http.call('GET', path, asHost)).status).toBe(200);
  expect((await http.call('GET', path, as('2'))).status).toBe(404);
  expect((await http.call('GET', `${path}0`, as('1'))).json).toMatchObject({ error: { code: 'MESSAGE_NOT_FOUND' } });
  expect((await http.call('GET', `${path}x`, as('1'))).status).toBe(400);
});

test('an edit is answered with the message as it is then', async () => {
  const { status, json } = await http.call<MessageJson>('PATCH', path, as('1'), { text: 'Coffee?' });
  expect([status, json]).toEqual([200, expect.objectContaining({ text: 'Coffee?', editedAt: time })]);
  expect((await http.call('GET', path, as('1'))).json).toEqual(json);
  expect((await http.call('PATCH', path, as('1'), { text: '' })).status).toBe(400);
  expect((await http.call('PATCH', path, as('1'), {})).status).toBe(400);
  expect((await http.call('PATCH', path, as('2'), { text: 'x' })).status).toBe(404);
});

test('a deletion is answered with what is left, which the history shows', async () => {
  const { status, json } = await http.call<MessageJson>('DELETE', path, as('1'));
  expect([status, json.text, json.deletedAt]).toEqual([200, '', time]);
  const { json: page } = await http.call<{ messages: MessageJson[] }>(
    'GET',
    '/api/v1/conversations/g/messages',
    as('1'),
  );
  expect(page.messages).toEqual([json]);
});

test.each(['👍', '👩‍👩‍👧‍👦', '+1', 'a/b', '100%'])('a reaction with %s is set and taken back', async (emoji) => {
  const reaction = `${path}/reactions/${encodeURIComponent(emoji)}`;
  const set = await http.call<MessageJson>('PUT', reaction, as('1'));
  expect([set.status, set.json.reactions]).toEqual([200, [{ emoji, userIds: ['1'] }]]);
  const taken = await http.call<MessageJson>('DELETE', reaction, as('1'));
  expect([taken.status, taken.json.reactions]).toEqual([200, undefined]);
  expect((await http.call('PUT', reaction, asHost)).status).toBe(403);
});
