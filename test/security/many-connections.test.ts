import { once } from 'node:events';
import { expect, test } from 'vitest';
import { dial } from '../harness/clients.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { Raw, upgradeHead } from './raw.ts';

/** Who opens more and more, without ever showing who they are. */

const limit = 8;

/** Connects, and goes at once. */
async function comesIn(house: OpenHouse, sub: string): Promise<boolean> {
  const client = dial(house.address, 'kenz', { token: house.token({ sub }) });
  const isIn = await client.connected().then(
    () => true,
    () => false,
  );
  client.close();
  return isIn;
}

test('one address has so many sockets and no more, whatever it does with them', async () => {
  await using house = await openHouse({ CONNECTIONS_PER_ADDRESS: String(limit) });
  const raws: Raw[] = [];
  for (let n = 0; n < 2 * limit; n++) {
    const raw = new Raw(house.address);
    raws.push(raw);
    await once(raw.socket, 'connect');
  }
  using tooMany = new Raw(house.address);
  expect(await tooMany.closed()).toBe('');
  expect(raws.filter(({ isClosed }) => isClosed)).toEqual([]);
  raws.pop()?.[Symbol.dispose]();
  // There is room again for as many as have gone.
  const answers = async (): Promise<boolean> => {
    using raw = new Raw(house.address);
    raw.socket.write('GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    return (await raw.closed()).startsWith('HTTP/1.1 200');
  };
  await expect.poll(answers).toBe(true);
  for (const raw of raws) raw[Symbol.dispose]();
});

test('behind a trusted proxy it is the client’s address that counts, not the proxy’s', async () => {
  await using house = await openHouse({ CONNECTIONS_PER_ADDRESS: '2', TRUST_PROXY: 'on' });
  const knock = async (address: string): Promise<number> => {
    const headers = { 'x-forwarded-for': address };
    return (await fetch(`${house.address}/socket.io/?EIO=4&transport=polling`, { headers })).status;
  };
  expect([await knock('10.0.0.1'), await knock('10.0.0.1'), await knock('10.0.0.1')]).toEqual([200, 200, 429]);
  expect(await knock('10.0.0.2')).toBe(200);
  using raw = new Raw(house.address);
  raw.socket.write(`${upgradeHead('/socket.io/?EIO=4&transport=websocket')}X-Forwarded-For: 10.0.0.1\r\n\r\n`);
  expect(await raw.closed()).toMatch(/^HTTP\/1\.1 429 /);
});

test('opening Socket.IO connections over one socket, and entering nowhere, comes to an end', async () => {
  await using house = await openHouse({ CONNECTIONS_PER_ADDRESS: String(limit), HANDSHAKE_MS: '3000' });
  const knock = async (): Promise<number> =>
    (await fetch(`${house.address}/socket.io/?EIO=4&transport=polling`)).status;
  const statuses: number[] = [];
  for (let n = 0; n < limit + 3; n++) statuses.push(await knock());
  expect(statuses).toEqual([...Array<number>(limit).fill(200), 429, 429, 429]);
  // They end by themselves, and who comes then is let in.
  await expect.poll(() => comesIn(house, '1')).toBe(true);
});

test('who is refused for having too many comes in when others have gone', async () => {
  await using house = await openHouse({ CONNECTIONS_PER_ADDRESS: '2' });
  const knock = (sub: string) => dial(house.address, 'kenz', { token: house.token({ sub }) });
  const [first, second] = [knock('1'), knock('2')];
  for (const client of [first, second]) await client?.connected();
  const third = knock('3');
  expect((await third.ended()).words).toBe('Too many connections');
  first?.close();
  await expect.poll(() => comesIn(house, '3')).toBe(true);
  second?.close();
});
