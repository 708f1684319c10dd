import { afterEach, beforeEach, expect, test } from 'vitest';
import { as, asHost, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import type { NotificationJson } from '../schemas.ts';

type Page = { notifications: NotificationJson[]; hasMore: boolean; nextBefore?: string };

let http: HttpFixture;
beforeEach(async () => {
  http = await openHttp();
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

const notify = (body: object, headers: Record<string, string> = asHost) =>
  http.call<NotificationJson>('POST', '/api/v1/notifications', headers, body);
const hello = { userId: 1, title: 'Hi', message: 'Your order is here', type: 'order' };

test('the host notifies, the user lists and reads', async () => {
  const { status, json } = await notify(hello);
  expect(status).toBe(201);
  expect(json).toEqual({
    ...hello,
    userId: '1',
    id: expect.stringMatching(/^\d+$/),
    isRead: false,
    createdAt: expect.stringMatching(/\.\d{3}Z$/),
  });
  const read = await http.call<NotificationJson>('POST', `/api/v1/notifications/${json.id}/read`, as('1'));
  expect([read.status, read.json.isRead]).toEqual([200, true]);
  const { json: page } = await http.call<Page>('GET', '/api/v1/notifications', as('1'));
  expect(page).toEqual({ notifications: [{ ...json, isRead: true }], unreadCount: 0, hasMore: false });
});

test('an empty JSON body is no body', async () => {
  const { json } = await notify(hello);
  const headers = { ...as('1'), 'content-type': 'application/json' };
  expect((await http.call('POST', `/api/v1/notifications/${json.id}/read`, headers)).status).toBe(200);
});

test('lists go page by page, newest first', async () => {
  for (const title of ['1', '2', '3']) await notify({ ...hello, title });
  const first = (await http.call<Page>('GET', '/api/v1/notifications?limit=2', as('1'))).json;
  expect([first.notifications.map(({ title }) => title), first.hasMore]).toEqual([['3', '2'], true]);
  const next = await http.call<Page>('GET', `/api/v1/notifications?limit=2&before=${first.nextBefore}`, as('1'));
  expect([next.json.notifications.map(({ title }) => title), next.json.hasMore]).toEqual([['1'], false]);
});

test('the host says whose; a user sees only their own', async () => {
  await notify(hello);
  const list = (query: string, headers: Record<string, string>) =>
    http.call<Page>('GET', `/api/v1/notifications${query}`, headers);
  expect((await list('?userId=1', asHost)).json.notifications).toHaveLength(1);
  expect((await list('', asHost)).status).toBe(400);
  expect((await list('?userId=1', as('2'))).status).toBe(403);
  expect((await list('', as('2'))).json.notifications).toEqual([]);
});

test('those of others look like none', async () => {
  const { json } = await notify(hello);
  const foreign = await http.call('POST', `/api/v1/notifications/${json.id}/read`, as('2'));
  const absent = await http.call('POST', '/api/v1/notifications/999/read', as('2'));
  expect([foreign.status, foreign.json.error.code]).toEqual([404, 'NOTIFICATION_NOT_FOUND']);
  expect(foreign.text).toBe(absent.text);
  expect((await http.call('POST', '/api/v1/notifications/x/read', as('2'))).status).toBe(400);
});

test('only the host notifies, and says all of it', async () => {
  expect((await notify(hello, as('1'))).status).toBe(403);
  for (const key of Object.keys(hello)) expect((await notify({ ...hello, [key]: undefined })).status).toBe(400);
});

test('whom the host revokes is nobody from then on', async () => {
  expect((await http.call('GET', '/api/v1/me', as('1'))).status).toBe(200);
  const { status, text } = await http.call('POST', '/api/v1/users/1/revoke', asHost);
  expect([status, text]).toEqual([200, '{"userId":"1"}']);
  expect((await http.call('GET', '/api/v1/me', as('1'))).status).toBe(401);
});

test('one with fields that nobody knows, however deep, is made and written into the audit', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const { status } = await http.call(
    'POST',
    '/api/v1/notifications',
    asHost,
    `${JSON.stringify(hello).slice(0, -1)},"x":${deep}}`,
  );
  expect(status).toBe(201);
  expect(http.house.audit).toMatchObject([{ action: 'createNotification', status: 201, details: '…' }]);
});
