import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { patienceMs } from '../harness/until.ts';
import { conversationId, dialectNames, Five } from './five.ts';

let five: Five;
beforeAll(async () => {
  five = await Five.gather();
});
afterAll(async () => {
  await five[Symbol.asyncDispose]();
});

type Found = { results: { message: { id: string; text: string }; snippet: string }[] };
const find = async (asked: string, who: 'host' | { token: string }): Promise<Found> => {
  const { status, json } = await five.house.call('GET', `/api/v1/search?q=${encodeURIComponent(asked)}`, who);
  if (status !== 200) throw new Error(JSON.stringify(json));
  return json as Found;
};
/** The index follows at a distance. */
async function finds(asked: string, who: 'host' | { token: string }, count: number): Promise<Found['results']> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const { results } = await find(asked, who);
    if (results.length === count) return results;
    if (performance.now() > end) throw new Error(`${results.length} finds of ${asked}, not ${count}`);
    await wait(10);
  }
}

test('what is said in any dialect is found by members, and by nobody else', async () => {
  for (const name of dialectNames) {
    five.says(name, `Crème brûlée from ${name}`);
    await five.hears(name);
  }
  const member = { token: five.token('kenz') };
  const results = await finds('creme brulee', member, dialectNames.length);
  expect(results.map(({ snippet }) => snippet)).toEqual(
    [...dialectNames].reverse().map((name) => `Crème brûlée from ${name}`),
  );
  expect(await finds('creme rooms', 'host', 1)).toMatchObject([{ message: { text: 'Crème brûlée from rooms' } }]);
  const stranger = { token: five.house.token({ sub: '99' }) };
  expect((await find('creme', stranger)).results).toEqual([]);
});

test('what was edited is found as it reads now, and what was deleted not at all', async () => {
  await five.hush();
  const member = { token: five.token('messaging') };
  five.says('messaging', 'oldword');
  const { id } = await five.hears('messaging');
  await finds('oldword', member, 1);
  const path = `/api/v1/conversations/${conversationId}/messages/${id}`;
  expect((await five.house.call('PATCH', path, member, { text: 'newword' })).json).toMatchObject({ text: 'newword' });
  expect((await find('oldword', member)).results).toEqual([]);
  await finds('newword', member, 1);
  expect((await five.house.call('DELETE', path, member)).status).toBe(200);
  expect((await find('newword', member)).results).toEqual([]);
});
