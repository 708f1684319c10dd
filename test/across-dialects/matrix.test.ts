import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { until } from '../harness/until.ts';
import { conversationId, dialectNames, Five, type Said, userIds } from './five.ts';

let five: Five;
beforeAll(async () => {
  five = await Five.gather();
});
beforeEach(() => five.hush());
afterAll(async () => {
  expect(five.objections).toEqual([]);
  await five[Symbol.asyncDispose]();
});

const sayings = dialectNames.map((speaker) => ({ speaker }));

describe.each(sayings)('what is said in $speaker', ({ speaker }) => {
  test.each(dialectNames)('is heard in %s', async (hearer) => {
    const text = `from ${speaker} to ${hearer} 🫖`;
    five.says(speaker, text);
    const own = await five.hears(speaker);
    expect(own).toMatchObject({ by: userIds[speaker], text });
    const heard = hearer === speaker ? own : await five.hears(hearer);
    const where = hearer === 'rooms' ? undefined : conversationId;
    expect(heard).toEqual({ ...own, in: where });
  });

  test('is read over HTTP', async () => {
    five.says(speaker, `from ${speaker} to HTTP`);
    const { id } = await five.hears(speaker);
    const path = `/api/v1/conversations/${conversationId}/messages?limit=1`;
    const { json } = await five.house.call('GET', path, { token: five.token('kenz') });
    expect(json).toMatchObject({
      messages: [{ id, conversationId, senderId: userIds[speaker], text: `from ${speaker} to HTTP` }],
    });
  });
});

test('what is said over HTTP is heard in all five', async () => {
  const { status, json } = await five.house.call(
    'POST',
    `/api/v1/conversations/${conversationId}/messages`,
    { token: five.token('messaging') },
    { text: 'from HTTP' },
  );
  expect(status).toBe(201);
  const { id } = json as { id: string };
  for (const name of dialectNames) {
    expect(await five.hears(name)).toMatchObject({ id, by: userIds.messaging, text: 'from HTTP' });
  }
});

test('everybody hears what all say at once in one order, which is that of the ids and of the history', async () => {
  const rounds = 20;
  for (let round = 0; round < rounds; round++) for (const name of dialectNames) five.says(name, `${name} ${round}`);
  const total = rounds * dialectNames.length;
  const orders = new Map<DialectName, readonly Said[]>();
  for (const name of dialectNames) {
    await until(
      () => five.heardBy(name).length >= total,
      () => `${name} heard ${five.heardBy(name).length} of ${total}`,
    );
    orders.set(name, five.heardBy(name));
  }
  const ids = orders.get('rooms')?.map(({ id }) => id) ?? [];
  expect(ids).toEqual([...ids].sort((a, b) => Number(a) - Number(b)));
  expect(new Set(ids).size).toBe(total);
  for (const name of dialectNames) expect(orders.get(name)?.map(({ id }) => id)).toEqual(ids);
  for (const name of dialectNames) {
    const own = orders.get(name)?.filter(({ by }) => by === userIds[name]);
    expect(own?.map(({ text }) => text)).toEqual(Array.from({ length: rounds }, (_, round) => `${name} ${round}`));
  }
  const path = `/api/v1/conversations/${conversationId}/messages?limit=${total}`;
  const { json } = await five.house.call('GET', path, 'host');
  expect((json as { messages: { id: string }[] }).messages.map(({ id }) => id)).toEqual(ids);
});
