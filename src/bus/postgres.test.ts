import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sharedPostgres } from '../../test/harness/postgres.ts';
import { until } from '../../test/harness/until.ts';
import type { Entry } from '../core/events.ts';
import { PostgresStore } from '../store/postgres/store.ts';
import { describeBus, type Network } from './bus.contract.ts';
import { Frames } from './frames.ts';
import { PostgresBus } from './postgres.ts';

const user = { id: 'ann', email: '', role: 'USER', name: 'Ann' };

type PostgresNetwork = Network & {
  readonly stores: readonly PostgresStore[];
  /** From now on whoever asks how far the log has come gets no answer. */
  hideHead(): void;
};

/** Three nodes, each with its store and its bus. */
async function openNetwork(url: string, onError: (error: unknown) => void = () => {}): Promise<PostgresNetwork> {
  let isHidden = false;
  const opened = new AsyncDisposableStack();
  const stores: PostgresStore[] = [];
  const buses: PostgresBus[] = [];
  for (const node of ['a', 'b', 'c']) {
    const store = opened.use(await PostgresStore.open({ url, node }));
    const readHead = async () => (isHidden ? new Promise<never>(() => {}) : (await store.head()).position);
    stores.push(store);
    buses.push(opened.use(await PostgresBus.open({ url, node, head: await store.head(), readHead, onError })));
  }
  return {
    buses,
    stores,
    hideHead() {
      isHidden = true;
    },
    async commit(node) {
      const outcome = (
        await stores[node]?.append([{ at: 1, expects: [], drafts: [{ type: 'UserChanged', user }] }])
      )?.[0];
      return (outcome?.ok ? outcome.entries[0] : undefined) as Entry;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

describeBus('PostgreSQL', async () => openNetwork(await (await sharedPostgres()).createDatabase()));

describe('a bus on PostgreSQL', () => {
  let url = '';
  let network: Awaited<ReturnType<typeof openNetwork>>;
  const heads: number[] = [];
  const complaints: string[] = [];
  beforeEach(async () => {
    heads.length = 0;
    url = await (await sharedPostgres()).createDatabase();
    complaints.length = 0;
    network = await openNetwork(url, (error) => void complaints.push(String(error)));
    network.buses[0]?.subscribe({
      head: (position) => void heads.push(position),
    });
    await until(
      () => heads.length > 0,
      () => 'the head was not asked for at first',
    );
  });
  afterEach(() => network[Symbol.asyncDispose]());

  test('brings a commit of another node without being asked', async () => {
    network.hideHead();
    const { position } = await network.commit(1);
    await until(
      () => heads.at(-1) === position,
      () => 'a commit is heard of by those alone who ask',
    );
  });

  test('tells of its own node’s commit when nobody announces it', async () => {
    const { position } = await network.commit(0);
    await until(
      () => heads.at(-1) === position,
      () => 'an entry whose answer got lost is heard of by nobody',
    );
  });

  test('listens again after its connection was lost, and asks what it missed', async () => {
    const client = new pg.Client(url);
    await client.connect();
    const cut = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'parlance bus'`;
    await client.query(cut);
    const missed = await network.commit(1);
    await until(
      () => heads.at(-1) === missed.position,
      () => 'what was committed meanwhile was not asked for',
    );
    await client.end();
    await until(
      () => network.buses[0]?.isListening === true,
      () => 'it does not listen again',
    );
    network.hideHead();
    const { position } = await network.commit(2);
    await until(
      () => heads.at(-1) === position,
      () => 'what is committed is heard of by those alone who ask',
    );
  });

  test('passes over what strangers say where the nodes meet, and goes on', async () => {
    const told: unknown[] = [];
    network.buses[0]?.subscribe({
      told(telling) {
        if (telling.tells === 'taken') for (const [key] of telling.taken) told.push(key);
      },
    });
    const client = new pg.Client(url);
    await client.connect();
    const say = (channel: string, payload: string) => client.query('SELECT pg_notify($1, $2)', [channel, payload]);
    for (const payload of ['', 'x', 'x y', '-1 x', '1e9 x', '1.5 x', '9'.repeat(16), `${'9'.repeat(16)} x`]) {
      await say('parlance_head', payload);
    }
    // A stranger that has even found out where the nodes meet.
    const { secret, epoch } = (await network.stores[0]?.head()) ?? { secret: '', epoch: '' };
    const { channel } = new Frames('x', { secret, epoch });
    await client.query(`LISTEN "${channel}"`);
    const overheard = Promise.withResolvers<string>();
    client.on('notification', ({ payload = '' }) => payload.includes('overheard') && overheard.resolve(payload));
    const forged = { tells: 'taken', taken: [['forged', 1]] } as const;
    for (const payload of ['', 'null', '{}', JSON.stringify({ node: 'b', tellings: [forged], told: [forged] })]) {
      for (const where of [channel, 'parlance_told']) await say(where, payload);
    }
    await say(channel, new Frames('b', { secret: 'another one', epoch }).write({ told: [forged] }));
    network.buses[1]?.tell({ tells: 'taken', taken: [['overheard', 1]] });
    for (let n = 0; n < 3; n++) await say(channel, await overheard.promise);
    await client.end();
    const { position } = await network.commit(1);
    network.buses[1]?.tell({ tells: 'taken', taken: [['mann', 1]] });
    await until(
      () => heads.includes(position) && told.includes('mann'),
      () => `what nodes say is not heard any more: ${heads}, ${told}`,
    );
    expect(told).toEqual(['overheard', 'mann']);
    expect(complaints, 'one for each node').toEqual(
      network.buses.map(() => expect.stringMatching(/PostgreSQL brought .* forged/)),
    );
    expect(Math.max(...heads)).toBe(position);
  });
});

/** As much of PostgreSQL as takes connections, and refuses whatever is asked. */
async function openStandby(): Promise<AsyncDisposable & { readonly url: string; readonly sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const message = (type: string, body: Buffer) => {
    const head = Buffer.alloc(5, type);
    head.writeInt32BE(body.length + 4, 1);
    return Buffer.concat([head, body]);
  };
  const idle = message('Z', Buffer.from('I'));
  const words = 'SERROR\0VERROR\0C25006\0Mcannot execute LISTEN during recovery\0\0';
  const server = createServer((socket) => {
    sockets.add(socket.once('close', () => sockets.delete(socket)).on('error', () => undefined));
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), idle]));
      socket.on('data', ([type]) => {
        if (type === 'Q'.charCodeAt(0)) socket.write(Buffer.concat([message('E', Buffer.from(words)), idle]));
      });
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `postgres://x@127.0.0.1:${(server.address() as AddressInfo).port}/x`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('a bus that may not listen, as on a standby, leaves no connection there', async () => {
  await using standby = await openStandby();
  const opening = PostgresBus.open({
    url: standby.url,
    node: 'a',
    head: { secret: 's', epoch: 'e' },
    readHead: async () => 0,
  });
  await expect(opening).rejects.toThrow('cannot execute LISTEN during recovery');
  await until(
    () => standby.sockets.size === 0,
    () => `${standby.sockets.size} connections are left`,
  );
});
