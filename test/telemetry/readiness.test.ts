import { expect, test } from 'vitest';
import { type Store, StoreUnavailable } from '../../src/app/ports.ts';
import { dial } from '../harness/clients.ts';
import { openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';

/** What a load balancer is told. */

/** The store, with a switch for what it shall not do. */
function faulty() {
  const broken = { reading: false, writing: false, ending: undefined as Promise<void> | undefined };
  const store = (driven: Store): Store =>
    new Proxy(driven, {
      get(target, name) {
        if (name === 'head' && broken.reading) return () => Promise.reject(new StoreUnavailable('away'));
        if (name === 'append' && broken.writing) return () => Promise.reject(new StoreUnavailable('full'));
        const { ending } = broken;
        if (name === 'append' && ending)
          return (items: Parameters<Store['append']>[0]) => ending.then(() => target.append(items));
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return { broken, fittings: { store } };
}

test('a server is ready while it can read, write and hear the others', async () => {
  const { broken, fittings } = faulty();
  await using house = await openHouse({}, fittings);
  const ready = async () => {
    const { status, json } = await house.call('GET', '/ready', 'nobody');
    return { status, json };
  };
  const say = (text: string) =>
    house.call('POST', '/api/v1/notifications', 'host', { userId: 1, title: text, message: text, type: 'x' });
  expect(await ready()).toEqual({ status: 200, json: { status: 'ready' } });

  broken.reading = true;
  expect(await ready()).toEqual({
    status: 503,
    json: { status: 'broken', reasons: [expect.stringContaining('does not answer')] },
  });
  broken.reading = false;
  expect(await ready()).toEqual({ status: 200, json: { status: 'ready' } });

  broken.writing = true;
  expect((await say('one')).status).toBe(503);
  expect(await ready()).toMatchObject({ status: 503, json: { reasons: [expect.stringContaining('written')] } });
  broken.writing = false;
  expect((await say('two')).status).toBe(201);
  expect(await ready()).toEqual({ status: 200, json: { status: 'ready' } });
  // Up it was all the time.
  expect((await house.call('GET', '/health', 'nobody')).json).toEqual({ status: 'ok' });
});

test('a server whose database takes what is written and does not come to an end with it is not ready', async () => {
  const { broken, fittings } = faulty();
  await using house = await openHouse({}, fittings);
  const ready = async () => (await house.call('GET', '/ready', 'nobody')).json;
  const { promise, resolve } = Promise.withResolvers<void>();
  broken.ending = promise;
  const said = house.call('POST', '/api/v1/notifications', 'host', { userId: 1, title: 'a', message: 'a', type: 'x' });
  await expect
    .poll(ready, { timeout: 20_000, interval: 200 })
    .toEqual({ status: 'broken', reasons: [expect.stringContaining('does not come to an end')] });
  resolve();
  expect((await said).status).toBe(201);
  expect(await ready()).toEqual({ status: 'ready' });
});

test('a server that stops says that it drains, as long as it has clients to let go', async () => {
  const house = await openHouse({ DRAIN_MS: '4000' });
  const clients = [1, 2, 3].map((sub) => dial(house.address, 'kenz', { token: house.token({ sub }) }));
  await Promise.all(clients.map((client) => client.connected()));
  const stopped = house[Symbol.asyncDispose]();
  const answers: unknown[] = [];
  await until(
    () => {
      void fetch(`${house.address}/ready`).then(
        async (response) => answers.push({ status: response.status, json: await response.json() }),
        () => undefined,
      );
      return answers.length > 0;
    },
    () => 'nobody answered',
  );
  expect(answers[0]).toEqual({ status: 503, json: { status: 'draining' } });
  for (const client of clients) client.close();
  await stopped;
});
