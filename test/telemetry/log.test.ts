import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { startServer } from '../../src/server.ts';
import { makeLogger } from '../../src/telemetry.ts';
import { dial } from '../harness/clients.ts';
import { freshFolder } from '../harness/command-line.ts';
import { openHouse } from '../harness/house.ts';
import { Stage } from '../harness/stage.ts';
import { until } from '../harness/until.ts';
import { tours } from '../transcripts/tours.ts';

/** What stands in the log. Every house of these tests refuses to close while a token does. */

test('a connection and a request can be followed by their ids', async () => {
  await using house = await openHouse();
  const client = dial(house.address, 'messaging', { token: house.token({ sub: 'ann' }) });
  await client.connected();
  await house.call('GET', '/api/v1/conversations', { token: house.token({ sub: 'ann' }) });
  client.close();
  await until(
    () => house.log.some((line) => line.includes('connection closed')),
    () => 'no line of the end',
  );
  const lines = house.log.map((line): { [field: string]: unknown } => JSON.parse(line));
  const [opened, closed] = ['connection opened', 'connection closed'].map((msg) =>
    lines.find((line) => line.msg === msg),
  );
  expect(opened).toMatchObject({ connectionId: 1, userId: 'ann', namespace: '/chat', transport: 'websocket' });
  expect(closed).toMatchObject({ connectionId: 1, userId: 'ann' });
  const request = lines.find((line) => line.msg === 'request');
  expect(request).toMatchObject({ requestId: expect.any(String), route: '/api/v1/conversations', status: 200 });
});

test('a start that failed says nothing of sessions, which nobody can have had', async () => {
  await using house = await openHouse();
  const lines: string[] = [];
  const config = loadConfig({ PORT: new URL(house.address).port, HOST: '127.0.0.1', DATA_DIR: freshFolder() });
  await expect(startServer(config, makeLogger('debug', { write: (line) => void lines.push(line) }))).rejects.toThrow(
    'EADDRINUSE',
  );
  expect(lines.filter((line) => /listening|came back/.test(line))).toEqual([]);
});

test.each(['auth', 'header', 'query', 'cookie'] as const)('a token in %s, good or bad, is not logged', async (by) => {
  const origin = 'https://app.example.com';
  await using house = await openHouse({ ALLOWED_ORIGINS: origin });
  const bad = `${house.token({ sub: '1' })}x`;
  for (const dialect of dialectNames) {
    for (const token of [house.token({ sub: '1' }), bad]) {
      if (dialect === 'rooms' && by === 'auth') continue;
      const client = dial(house.address, dialect, { token, by, room: 'general/', headers: { origin } });
      await (token === bad ? client.ended() : client.connected());
      client.close();
    }
  }
  for (const path of ['/api/v1/conversations', '/no/such/page', '/api/v1/files/x'])
    await fetch(`${house.address}${path}?token=${bad}`, { headers: { authorization: `Bearer ${bad}` } });
});

test('a whole walk through every dialect leaves no token in the log', async () => {
  for (const name of dialectNames) {
    await using house = await openHouse({ PRESENCE_GRACE_MS: '100' });
    await using stage = new Stage(house);
    await stage.play(tours[name]());
    expect(house.log.length).toBeGreaterThan(2);
  }
});
