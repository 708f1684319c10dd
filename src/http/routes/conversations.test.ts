import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { as, asHost, type HttpFixture, openHttp } from '../../../test/harness/http-fixture.ts';
import type { ConversationJson, MemberJson } from '../schemas.ts';

type Page = { conversations: ConversationJson[]; hasMore: boolean; nextBefore?: string };

let http: HttpFixture;
beforeEach(async () => {
  http = await openHttp();
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

const create = (body: object, headers: Record<string, string> = as('1')) =>
  http.call<ConversationJson>('POST', '/api/v1/conversations', headers, body);

describe('creating', () => {
  test('answers 201 with the conversation, and 200 when it existed and agrees', async () => {
    const first = await create({ id: 123, kind: 'group', title: 'Team', members: [2, '3'] });
    expect(first.status).toBe(201);
    expect(first.json).toEqual({
      id: '123',
      kind: 'group',
      title: 'Team',
      createdBy: '1',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: expect.any(String),
      memberCount: 3,
      messageCount: 0,
      unreadCount: 0,
      role: 'owner',
      isArchived: false,
      isMuted: false,
    });
    const again = await create({ id: '123', kind: 'group' });
    expect([again.status, again.json.id]).toEqual([200, '123']);
    expect((await create({ id: 123, kind: 'open' })).status).toBe(409);
  });

  test('by the host leaves out what only members have', async () => {
    const { status, json } = await create({ kind: 'direct', members: ['1', '2'] }, asHost);
    expect(status).toBe(201);
    expect(json.memberCount).toBe(2);
    for (const key of ['createdBy', 'title', 'role', 'unreadCount', 'status']) expect(json).not.toHaveProperty(key);
  });

  test('refuses ids that are none, and kinds that are none', async () => {
    for (const id of [-1, 1.5, 2 ** 53, null, '', 'a\nb', 'x'.repeat(201), {}, [7], true]) {
      expect([id, (await create({ id, kind: 'group' })).status]).toEqual([id, 400]);
    }
    for (const body of [
      {},
      { kind: 'party' },
      { kind: null },
      { kind: 'group', members: 'x' },
      { kind: 'group', members: [null] },
    ]) {
      expect([body, (await create(body)).status]).toEqual([body, 400]);
    }
  });

  test('ids of any 200 characters can be asked for by path', async () => {
    for (const id of ['a/b', '100%', '?#&', 'ünï 漢字 👋', '漢'.repeat(200), '..']) {
      expect((await create({ id, kind: 'group' })).status).toBe(201);
      // A dot segment is taken away by every client before it is sent.
      if (id === '..') continue;
      const { status, json } = await http.call<ConversationJson>(
        'GET',
        `/api/v1/conversations/${encodeURIComponent(id)}`,
        as('1'),
      );
      expect([status, json.id]).toEqual([200, id]);
    }
  });

  test('addresses begin with the host that was asked', async () => {
    await create({ kind: 'group' });
    expect(http.house.baseUrls).toEqual([http.base]);
  });
});

describe('listing', () => {
  test('goes page by page, newest activity first, through what is mine', async () => {
    for (const id of ['a', 'b', 'c', 'd', 'e']) await create({ id, kind: 'group' });
    await create({ id: 'foreign', kind: 'group' }, as('2'));
    await http.call('POST', '/api/v1/conversations/b/messages', as('1'), { text: 'newest' });

    const seen: string[] = [];
    let target = '/api/v1/conversations?limit=2';
    for (let pages = 1; ; pages++) {
      const { json } = await http.call<Page>('GET', target, as('1'));
      seen.push(...json.conversations.map(({ id }) => id));
      expect(json.hasMore).toBe(pages < 3);
      if (!json.nextBefore) break;
      target = `/api/v1/conversations?limit=2&before=${json.nextBefore}`;
    }
    expect(seen).toEqual(['b', 'e', 'd', 'c', 'a']);
  });

  test('shows the host everything', async () => {
    await create({ id: 'a', kind: 'group' }, as('1'));
    await create({ id: 'b', kind: 'group' }, as('2'));
    const { json } = await http.call<Page>('GET', '/api/v1/conversations', asHost);
    expect(json.conversations.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('refuses a cursor that it did not write', async () => {
    for (const before of [
      'x',
      '',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('["1",2]').toString('base64url'),
      Buffer.from('[1,"a\\u0000"]').toString('base64url'),
    ]) {
      expect((await http.call('GET', `/api/v1/conversations?before=${before}`, as('1'))).status).toBe(400);
    }
  });
});

describe('who may see', () => {
  test('members, the host, and admins what is for support; for the rest it does not exist', async () => {
    await create({ id: 'g', kind: 'group', members: ['2'] });
    await create({ id: 's', kind: 'support' });
    for (const part of ['', '/messages', '/members']) {
      const look = async (id: string, headers: Record<string, string>) =>
        (await http.call('GET', `/api/v1/conversations/${id}${part}`, headers)).status;
      expect(await look('g', as('1'))).toBe(200);
      expect(await look('g', as('2'))).toBe(200);
      expect(await look('g', asHost)).toBe(200);
      expect(await look('g', as('3'))).toBe(404);
      expect(await look('g', as('3-ADMIN'))).toBe(404);
      expect(await look('s', as('3-ADMIN'))).toBe(200);
      expect(await look('s', as('3'))).toBe(404);

      const hidden = await http.call('GET', `/api/v1/conversations/g${part}`, as('3'));
      const absent = await http.call('GET', `/api/v1/conversations/never${part}`, as('3'));
      expect(hidden.text).toBe(absent.text);
      expect(hidden.json.error.message).toContain('not found');
    }
  });
});

describe('changing', () => {
  test('title, status and admin, together or apart', async () => {
    await create({ id: 's', kind: 'support' });
    const body = { title: 'Order 7', status: 'ACTIVE', adminId: 9 };
    const { status, json } = await http.call<ConversationJson>('PATCH', '/api/v1/conversations/s', as('1'), body);
    expect([status, json.title, json.status, json.adminId]).toEqual([200, 'Order 7', 'ACTIVE', '9']);
  });

  test('nothing, nonsense, and what is not mine are refused', async () => {
    await create({ id: 's', kind: 'support' });
    const patch = async (body: object, headers = as('1')) =>
      (await http.call('PATCH', '/api/v1/conversations/s', headers, body)).status;
    expect(await patch({})).toBe(400);
    expect(await patch({ status: 'OPEN' })).toBe(400);
    expect(await patch({ title: null })).toBe(400);
    expect(await patch({ title: 'x' }, as('2'))).toBe(404);
  });
});

describe('members', () => {
  test('come, are listed, and go', async () => {
    await create({ id: 'g', kind: 'group' });
    const add = () => http.call<MemberJson>('POST', '/api/v1/conversations/g/members', asHost, { userId: 2 });
    const added = await add();
    expect(added.status).toBe(201);
    expect(added.json).toEqual({
      userId: '2',
      role: 'member',
      user: { id: '2', name: '2', email: '', role: 'USER' },
    });
    expect((await add()).status).toBe(200);

    const list = async () =>
      (await http.call<{ members: MemberJson[] }>('GET', '/api/v1/conversations/g/members', as('1'))).json.members;
    expect((await list()).map(({ userId }) => userId)).toEqual(['1', '2']);

    const removed = await http.call('DELETE', '/api/v1/conversations/g/members/2', as('1'));
    expect([removed.status, removed.text]).toEqual([204, '']);
    expect((await list()).map(({ userId }) => userId)).toEqual(['1']);
    expect((await http.call('DELETE', '/api/v1/conversations/g/members/2', as('1'))).status).toBe(404);
    expect((await http.call('DELETE', '/api/v1/conversations/g/members/1', as('3'))).status).toBe(404);
  });

  test('cannot be added by a stranger, nor without an id', async () => {
    await create({ id: 'g', kind: 'group' });
    const add = async (headers: Record<string, string>, body?: object) =>
      (await http.call('POST', '/api/v1/conversations/g/members', headers, body)).status;
    expect(await add(as('3'), { userId: '3' })).toBe(404);
    expect(await add(as('1'), {})).toBe(400);
    expect(await add(as('1'))).toBe(400);
  });
});
