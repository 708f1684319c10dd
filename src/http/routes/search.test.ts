import { afterEach, beforeEach, expect, test } from 'vitest';
import { FakeHttpHouse } from '../../../test/harness/fake-http-house.ts';
import { as, asHost, type HttpFixture, openHttp, withHttp } from '../../../test/harness/http-fixture.ts';
import type { SearchQuery } from '../../app/ports.ts';
import type { MessageJson } from '../message-schemas.ts';

type Found = {
  results: { message: MessageJson; snippet: string; highlights: [number, number][] }[];
  nextBefore?: string;
};

let house: FakeHttpHouse;
let http: HttpFixture;
let asked: SearchQuery[];
beforeEach(async () => {
  house = new FakeHttpHouse();
  asked = [];
  const search = {
    find: async (query: SearchQuery) => {
      asked.push(query);
      return { messages: house.messages, next: 7, through: 9 };
    },
  };
  http = await openHttp({ house: Object.assign(house, { search }) });
  await http.call('POST', '/api/v1/conversations', as('1'), { id: 'g', kind: 'group' });
  await http.call('POST', '/api/v1/conversations/g/messages', as('1'), { text: 'A cup of Tea' });
});
afterEach(async () => {
  await http[Symbol.asyncDispose]();
});

const search = (query: string, who: Record<string, string> = as('1')) =>
  http.call<Found>('GET', `/api/v1/search?${query}`, who);

test('answers with messages, where the words stand, and where to go on', async () => {
  const { status, json } = await search('q=tea');
  expect(status).toBe(200);
  expect(json).toMatchObject({
    results: [
      { message: { text: 'A cup of Tea', conversationId: 'g' }, snippet: 'A cup of Tea', highlights: [[9, 12]] },
    ],
    nextBefore: '7',
  });
});

test('asks for what a user may read: their own conversations, or one that they may see', async () => {
  await search('q=Tea+cup*&senderId=2&since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00.5Z&before=12&limit=3');
  expect(asked[0]).toEqual({
    terms: [
      { word: 'tea', isPrefix: false },
      { word: 'cup', isPrefix: true },
    ],
    memberId: '1',
    senderId: '2',
    since: Date.UTC(2026, 0, 1),
    until: Date.UTC(2026, 0, 2) + 500,
    before: 12,
    limit: 3,
  });
  await search('q=tea&conversationId=g');
  expect(asked[1]).toMatchObject({ conversationId: 'g' });
  await search('q=tea', asHost);
  expect(asked[2]).not.toHaveProperty('memberId');
  expect((await search('q=tea&conversationId=g', as('2'))).status).toBe(404);
  expect((await search('q=tea&conversationId=nowhere')).status).toBe(404);
  expect(asked).toHaveLength(3);
});

test.each(['q=', 'q=%F0%9F%91%8D', '', 'q=tea&since=yesterday', 'q=tea&limit=0', 'q=tea&before=x'])(
  'what cannot be searched for is refused: %s',
  async (query) => {
    expect((await search(query)).status).toBe(400);
  },
);

test('says so where it is turned off', async () => {
  await withHttp({}, async (without) => {
    const { status, json } = await without.call('GET', '/api/v1/search?q=tea', as('1'));
    expect([status, json]).toMatchObject([403, { error: { code: 'FORBIDDEN', message: /turned off/ } }]);
  });
});

test.each(['since=2016-12-31T23:59:60Z', 'until=2031-04-05T06:07:08Z[UTC]'])(
  'refuses %s, which fits the form of a time and is none here',
  async (query) => {
    const { status, json } = await search(`q=tea&${query}`);
    expect([status, json]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('must be a time such as') } },
    ]);
    expect(asked).toEqual([]);
  },
);
