import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/until.ts';
import { type Person, people } from './people.ts';

let house: Awaited<ReturnType<typeof people>>;
beforeAll(async () => {
  house = await people({ PRESENCE_GRACE_MS: '50' });
});
afterAll(() => house[Symbol.asyncDispose]());

type Seen = { userId: string; status: string; lastActive?: string };

async function connect(who: Person): Promise<Socket> {
  const socket = io(`${house.house.address}/chat`, {
    auth: { token: who.token },
    transports: ['websocket'],
    forceNew: true,
  });
  await until(
    () => socket.connected,
    () => 'could not connect',
  );
  return socket;
}

const look = async (who: Person | typeof house.host, whom: { id: string }) =>
  (await who.get(`/users/${whom.id}/presence`)) as { status: number; json: Seen };

async function seenAs(who: Person | typeof house.host, whom: Person, status: string): Promise<Seen> {
  let seen: Seen | undefined;
  for (let tries = 0; tries < 100; tries++) {
    seen = (await look(who, whom)).json;
    if (seen.status === status) return seen;
  }
  throw new Error(`should be ${status}: ${JSON.stringify(seen)}`);
}

test('whoever shares a conversation sees who is here, and when others were', async () => {
  const { ann, bob, eve } = await house.cast('ann', 'bob', 'eve');
  await house.create('direct', ann, bob);
  expect((await look(ann, bob)).json).toEqual({ userId: bob.id, status: 'offline' });
  const before = Date.now();
  const socket = await connect(bob);
  const here = await seenAs(ann, bob, 'online');
  expect(Date.parse(here.lastActive ?? '')).toBeGreaterThanOrEqual(before - 1);
  socket.emit('presenceUpdate', { status: 'busy' });
  await seenAs(ann, bob, 'busy');
  expect(await look(eve, bob)).toMatchObject({ status: 404 });
  expect((await look(house.host, bob)).json.status).toBe('busy');
  socket.close();
  await seenAs(ann, bob, 'offline');
  await house.house.restart();
  const gone = await look(ann, bob);
  expect(Date.parse(gone.json.lastActive ?? '')).toBeGreaterThanOrEqual(before - 1);
});

test('many are asked for at once, and strangers are left out', async () => {
  const { ann, bob, eve, kim } = await house.cast('ann', 'bob', 'eve', 'kim');
  await house.create('group', ann, bob, kim);
  const query = [bob, eve, kim, ann, bob].map(({ id }) => `userId=${id}`).join('&');
  const { json } = (await ann.get(`/presence?${query}`)) as { json: { presence: Seen[] } };
  expect(json.presence.map(({ userId }) => userId)).toEqual([bob.id, kim.id, ann.id]);
  const { json: all } = (await house.host.get(`/presence?${query}`)) as { json: { presence: Seen[] } };
  expect(all.presence).toHaveLength(4);
  expect((await ann.get(`/presence?${Array.from({ length: 101 }, (_, n) => `userId=${n}`).join('&')}`)).status).toBe(
    400,
  );
});
