import { expect, test } from 'vitest';
import { sharedPostgres } from '../harness/postgres.ts';
import { people } from './people.ts';

/** PostgreSQL may have to start first. */
const timeout = 60_000;
const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each(['SQLite', 'PostgreSQL'])(
  'numbers, times and places that no database of %s has are refused in words, and are no error of ours',
  { timeout },
  async (driver) => {
    const url = driver === 'SQLite' ? undefined : await (await sharedPostgres()).createDatabase();
    await using house = await people({ DATABASE_URL: url });
    const { ann } = await house.cast('ann');
    const id = await house.create('group', ann);
    await ann.say(id, 'Tea');
    const answers = [
      await ann.post(`/conversations/${id}/read`, { messageId: 1e300 }),
      await ann.post(`/conversations/${id}/read`, { messageId: '9999999999999999' }),
      await ann.get('/search?q=tea&since=2016-12-31T23:59:60Z'),
      await ann.get(`/search?q=tea&until=${encodeURIComponent('2031-04-05T06:07:08Z[UTC]')}`),
      await ann.get(`/conversations?before=${cursorOf([1, 'a\0'])}`),
      await house.host.get(`/support/chats?after=${cursorOf([1, 'a\0'])}`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 400, 400, 400, 400]);
    expect(house.house.log.filter((line) => Number((JSON.parse(line) as { level: unknown }).level) >= 50)).toEqual([]);
  },
);
