import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWithRedis, type OwnRedis, sharedRedis, startRedis } from '../../test/harness/redis.ts';
import { until } from '../../test/harness/until.ts';
import type { Telling } from '../app/ports.ts';
import type { Entry } from '../core/events.ts';
import { describeBus, type Network } from './bus.contract.ts';
import { Frames } from './frames.ts';
import { RedisBus } from './redis.ts';

const user = { id: 'ann', email: '', role: 'USER', name: 'Ann' };

/** Nodes over a log that is a number: what is in it is the store's business. */
async function openNetwork(
  url: string,
  nodes = ['a', 'b', 'c'],
): Promise<Network & { readonly buses: readonly RedisBus[]; readonly errors: string[]; readonly log: Log }> {
  const opened = new AsyncDisposableStack();
  const log: Log = { position: 0, secret: `${Math.random()}`, epoch: 'e1' };
  const errors: string[] = [];
  const buses: RedisBus[] = [];
  for (const node of nodes) {
    const onError = (error: unknown) => errors.push(String(error));
    buses.push(opened.use(await RedisBus.open({ url, node, head: log, readHead: async () => log.position, onError })));
  }
  return {
    buses,
    errors,
    log,
    async commit() {
      return { position: ++log.position, at: 1, event: { type: 'UserChanged', user } } as Entry;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

type Log = { position: number; secret: string; epoch: string };

describeWithRedis('Redis', 'shared', () => {
  describeBus('Redis', async () => openNetwork(await sharedRedis()));
});

describeWithRedis('a bus on Redis', 'own', () => {
  let redis: OwnRedis;
  let network: Awaited<ReturnType<typeof openNetwork>>;
  let entries: Entry[] = [];
  let heads: number[] = [];
  let told: string[] = [];

  beforeEach(async () => {
    redis = await startRedis();
    network = await openNetwork(redis.url, ['a', 'b']);
    [entries, heads, told] = [[], [], []];
    network.buses[0]?.subscribe({
      entries: (some) => void entries.push(...some),
      head: (position) => void heads.push(position),
      told: (telling) => void (telling.tells === 'typing' && told.push(telling.conversationId)),
    });
  });
  afterEach(async () => {
    await network[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  });

  const typing = (conversationId: string): Telling => ({ tells: 'typing', conversationId, user, isTyping: true });
  const speak = (conversationId: string): void => network.buses[1]?.tell(typing(conversationId));
  const hears = (conversationId: string) =>
    until(
      () => {
        speak(conversationId);
        return told.includes(conversationId);
      },
      () => `${conversationId} is not heard`,
    );
  const announce = async (text = ''): Promise<Entry> => {
    const entry = await network.commit(1);
    const large = { ...entry, event: { type: 'UserChanged', user: { ...user, name: text } } } as Entry;
    network.buses[1]?.announce([large]);
    return large;
  };
  const knows = (position: number) =>
    until(
      () => entries.some((entry) => entry.position === position) || heads.includes(position),
      () => `nothing is known of ${position}`,
    );

  test('brings entries themselves, so that nobody has to read them', async () => {
    const all = [await network.commit(1), await network.commit(1), await network.commit(1)];
    network.buses[1]?.announce(all.slice(0, 1));
    network.buses[1]?.announce(all.slice(1));
    await until(
      () => entries.length >= 3,
      () => 'the entries do not come',
    );
    expect(entries).toEqual(all);
  });

  test('tells only how far the log has come where entries are large', async () => {
    const { position } = await announce('x'.repeat(300_000));
    await knows(position);
    expect(entries).toEqual([]);
  });

  test('hears nothing that no node of the log has signed, says so once, and is not harmed', async () => {
    await hears('before');
    const stranger = createClient({ url: redis.url });
    await stranger.connect();
    const { channel } = new Frames('b', network.log);
    const forged = new Frames('b', { secret: 'guessed', epoch: 'e1' });
    const entry: Entry = { position: 1, at: 1, event: { type: 'UserChanged', user: { ...user, role: 'ADMIN' } } };
    for (const text of ['', 'nonsense', '{"node":"b"}', forged.write({ entries: [entry], head: 99 })]) {
      await stranger.publish(channel, text);
    }
    await hears('after');
    expect(entries).toEqual([]);
    expect(heads).not.toContain(99);
    expect(network.errors.filter((words) => words.includes('forged'))).toHaveLength(2);
    await stranger.close();
  });

  test('hears what was recorded and is played again only once', async () => {
    const stranger = createClient({ url: redis.url });
    await stranger.connect();
    const recorded: string[] = [];
    const { channel } = new Frames('b', network.log);
    await stranger.subscribe(channel, (text) => void recorded.push(text));
    speak('once');
    await until(
      () => told.includes('once') && recorded.some((text) => text.includes('once')),
      () => 'nothing was recorded',
    );
    for (const text of [...recorded]) await stranger.publish(channel, text);
    await hears('later');
    expect(told.filter((one) => one === 'once')).toHaveLength(1);
    await stranger.close();
  });

  test('asks for the head while Redis is away, refuses nobody, and goes on when it is back', async () => {
    await hears('before');
    await redis.stop();
    const { position } = await announce();
    for (let n = 0; n < 20_000; n++) speak('into the void');
    await knows(position);
    await redis.start();
    await hears('after');
    expect(told).not.toContain('into the void');
    const later = await announce();
    await until(
      () => entries.some((entry) => entry.position === later.position),
      () => 'entries are not brought any more',
    );
    // Once per node, however often it was tried.
    expect(network.errors.filter((words) => words.includes('Redis is away'))).toHaveLength(2);
  });

  test('brings any number of frames, as long as Redis takes them', async () => {
    await hears('before');
    for (let batch = 0; batch < 12; batch++) {
      for (let frame = 0; frame < 100; frame++) {
        speak(`${batch}`);
        // What is said in one turn is one frame.
        await new Promise(setImmediate);
      }
      speak(`end of ${batch}`);
      await until(
        () => told.includes(`end of ${batch}`),
        () => `batch ${batch} has not come`,
      );
    }
    expect(told.filter((one) => /^\d+$/.test(one))).toHaveLength(1_200);
  });

  test('ends while Redis stands still with what it was told', async () => {
    await hears('before');
    redis.pause();
    speak('to nobody');
    await network[Symbol.asyncDispose]();
    redis.resume();
  });

  test('asks for the head while Redis stands still, holds little for it, and goes on when it moves again', async () => {
    await hears('before');
    redis.pause();
    const { position } = await announce();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 1_000; n++) network.buses[1]?.announce([await largeEntry()]);
    await knows(position);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000);
    await until(
      () => network.errors.filter((words) => words.includes('Redis is away')).length === 2,
      () => 'nobody noticed',
    );
    redis.resume();
    await hears('after');
  });

  const largeEntry = async (): Promise<Entry> => {
    await wait(0);
    return { position: 1, at: 1, event: { type: 'UserChanged', user: { ...user, name: 'x'.repeat(200_000) } } };
  };

  test('opens also where Redis is not there yet, and begins when it is', async () => {
    await redis.stop();
    await using late = await openNetwork(redis.url, ['c', 'd']);
    const heard: string[] = [];
    late.buses[0]?.subscribe({
      told: ({ tells }) => void heard.push(tells),
    });
    await redis.start();
    await until(
      () => {
        late.buses[1]?.tell(typing('c'));
        return heard.length > 0;
      },
      () => 'it does not begin',
    );
  });

  test('knows nothing of nodes of another log that use the same Redis', async () => {
    await using other = await openNetwork(redis.url, ['b']);
    other.buses[0]?.tell(typing('of another log'));
    other.buses[0]?.announce([{ position: 77, at: 1, event: { type: 'UserChanged', user } }]);
    await hears('of this log');
    expect(told).not.toContain('of another log');
    expect(entries).toEqual([]);
  });
});
