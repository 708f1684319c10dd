import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openWire, type Wire } from '../../../test/faults/wire.ts';
import { type OwnPostgres, sharedPostgres, startPostgres } from '../../../test/harness/postgres.ts';
import { until } from '../../../test/harness/until.ts';
import { type Store, StoreUnavailable } from '../../app/ports.ts';
import { append, gather, readAll, said } from '../contract/scene.contract.ts';
import { PostgresStore } from './store.ts';

/** A database is slow to start again on a busy machine. */
const timeout = 60_000;

const textsIn = async (store: Store): Promise<readonly string[]> =>
  (await readAll(store, 0)).flatMap(({ event }) => (event.type === 'MessageSent' ? [event.message.text] : []));

describe('an append whose connection is lost', () => {
  let url = '';
  let wire: Wire;
  let store: PostgresStore;
  let other: PostgresStore;
  let id = '';
  beforeEach(async () => {
    url = await (await sharedPostgres()).createDatabase();
    wire = await openWire({ address: url });
    const through = new URL(url);
    through.port = new URL(wire.address).port;
    store = await PostgresStore.open({ url: through.href, node: 'a', commitDistanceMs: 1 });
    other = await PostgresStore.open({ url, node: 'b' });
    id = await gather(store, 'ann');
  });
  afterEach(async () => {
    await Promise.all([store[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    await wire[Symbol.asyncDispose]();
  });

  const say = (text: string) => append(store, said(id, 'ann', text));
  const isIn = (text: string) => textsIn(other).then((texts) => texts.includes(text));
  async function committed(text: string): Promise<void> {
    for (let n = 0; n < 500; n++) {
      if (await isIn(text)) return;
      await wait(10);
    }
    throw new Error(`${text} is not committed`);
  }

  test('after it was committed is answered all the same, once', async () => {
    wire.stall();
    const saying = say('hi');
    await committed('hi');
    wire.flow();
    wire.cut();
    expect(await saying).toMatchObject([{ event: { message: { text: 'hi' } } }]);
    expect(await textsIn(other)).toEqual(['hi']);
  });

  test('while the database still works on it is answered when that is through', async () => {
    await using blocker = await blockHead(url);
    const saying = say('hi');
    await blocker.isWaitedFor();
    wire.cut();
    await wait(300);
    await blocker.release();
    expect(await saying).toMatchObject([{ event: { message: { text: 'hi' } } }]);
    expect(await textsIn(other)).toEqual(['hi']);
  });

  test('refuses what comes meanwhile at once, and not late', async () => {
    await using blocker = await blockHead(url);
    const saying = say('hi');
    await blocker.isWaitedFor();
    const waiting = say('behind it');
    const refused = expect(waiting).rejects.toBeInstanceOf(StoreUnavailable);
    await wait(20);
    wire.cut();
    await refused;
    await expect(say('a little later')).rejects.toBeInstanceOf(StoreUnavailable);
    await blocker.release();
    await saying;
    expect(await textsIn(other)).toEqual(['hi']);
    await say('after it');
  });

  test('is refused for good when the network stays away, and whoever sends it again succeeds', {
    timeout,
  }, async () => {
    await using blocker = await blockHead(url);
    const saying = say('hi');
    await blocker.isWaitedFor();
    wire.isDown = true;
    await expect(saying).rejects.toThrow();
    await expect(say('meanwhile')).rejects.toBeInstanceOf(StoreUnavailable);
    wire.isDown = false;
    await blocker.release();
    await wait(300);
    await say('again');
    expect((await textsIn(other)).at(-1)).toBe('again');
    expect(await textsIn(other)).not.toContain('meanwhile');
  });

  test('is answered truly, however often that happens', { timeout }, async () => {
    const answered: string[] = [];
    const refused: string[] = [];
    const unknown: string[] = [];
    let isOver = false;
    let last = 0;
    const speak = async (): Promise<void> => {
      while (!isOver) {
        const text = `${++last}`;
        try {
          await say(text);
          answered.push(text);
        } catch (error) {
          (error instanceof StoreUnavailable ? refused : unknown).push(text);
          await wait(5);
        }
      }
    };
    const speaking = Array.from({ length: 20 }, speak);
    for (let n = 0; n < 30; n++) {
      const before = answered.length;
      await wait(20 + (n % 7) * 10);
      if (n % 3 === 0) wire.cutAfter(n * 5);
      else wire.cut();
      await until(
        () => answered.length > before,
        () => 'nothing is answered any more',
      );
    }
    isOver = true;
    await Promise.all(speaking);
    const texts = await textsIn(other);
    expect(new Set(texts).size).toBe(texts.length);
    expect(answered.filter((text) => !texts.includes(text))).toEqual([]);
    expect(refused.filter((text) => texts.includes(text))).toEqual([]);
    expect(unknown).toEqual([]);
    // Something was interrupted, or nothing was shown.
    expect(refused.length).toBeGreaterThan(0);
  });

  test('and was given up is not written, however late it comes', async () => {
    const client = new pg.Client(url);
    await client.connect();
    const { epoch, position } = await other.head();
    const settled = await client.query('SELECT settle_batch($1, 1) AS results', ['w']);
    expect(settled.rows).toEqual([{ results: null }]);
    const late = (number: number) =>
      client.query('SELECT append_batch($1, false, $2, $3, $4, 0, 0, $5) AS results', ['[]', 'n', 'w', number, epoch]);
    await expect(late(1)).rejects.toThrow('given up');
    expect((await late(2)).rows).toEqual([{ results: '[]' }]);
    expect((await other.head()).position).toBe(position);
    await client.end();
  });
});

/** Holds the row that every append locks first. */
async function blockHead(url: string) {
  const [holder, watcher] = [new pg.Client(url), new pg.Client(url)];
  await Promise.all([holder.connect(), watcher.connect()]);
  await holder.query('BEGIN');
  await holder.query('SELECT FROM log_head FOR UPDATE');
  let isHeld = true;
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    await holder.query('COMMIT');
    await Promise.all([holder.end(), watcher.end()]);
  };
  const waiting = `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return {
    release,
    async isWaitedFor() {
      for (let n = 0; n < 500; n++) {
        if ((await watcher.query(waiting)).rows.length > 0) return;
        await wait(10);
      }
      throw new Error('nobody waits for the head');
    },
    [Symbol.asyncDispose]: release,
  };
}

describe('a database that has lost its newest commits', () => {
  type Scene = Awaited<ReturnType<typeof scene>>;
  let server: OwnPostgres;
  let writers: Scene;
  let readers: Scene;
  let others: Scene;
  beforeAll(async () => {
    server = await startPostgres();
    [writers, readers, others] = [await scene(), await scene(), await scene()];
    await server.remember();
    await writers.say(writers.a, 'lost');
    await readers.say(readers.a, 'lost');
    await readers.b.head();
    await readers.a[Symbol.asyncDispose]();
    await server.goBack();
  }, timeout);
  afterAll(async () => {
    for (const { a, b } of [writers, readers, others])
      await Promise.all([a, b].map((one) => one[Symbol.asyncDispose]()));
    await server[Symbol.asyncDispose]();
  }, timeout);

  async function scene() {
    const url = await server.createDatabase();
    const setBack: string[] = [];
    const open = (node: string) =>
      PostgresStore.open({ url, node, commitDistanceMs: 1, onSetBack: () => void setBack.push(node) });
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann');
    const say = (store: Store, text: string) => append(store, said(id, 'ann', text));
    await say(a, 'kept');
    const { epoch } = await b.head();
    return { a, b, epoch, setBack, open, say };
  }

  test('is another history for whoever wrote them, and nothing is put in their place before', { timeout }, async () => {
    const { a, b, epoch, setBack, open, say } = writers;
    await expect(say(a, 'behind it')).rejects.toBeInstanceOf(StoreUnavailable);
    expect(setBack).toEqual(['a']);
    // The other has seen nothing of what is lost, but is of the old history as well.
    await expect(say(b, 'nor there')).rejects.toBeInstanceOf(StoreUnavailable);
    expect(setBack).toEqual(['a', 'b']);
    await using anew = await open('c');
    expect((await anew.head()).epoch).not.toBe(epoch);
    await say(anew, 'goes on');
    expect(await textsIn(anew)).toEqual(['kept', 'goes on']);
  });

  test('is another history for whoever has only seen them', { timeout }, async () => {
    const { b, epoch, setBack } = readers;
    expect((await b.head()).epoch).not.toBe(epoch);
    expect(setBack).toEqual(['b']);
    await expect(readAll(b, 0)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test('is the same history when nothing that anybody had seen is lost', { timeout }, async () => {
    const { a, b, epoch, setBack, say } = others;
    await say(a, 'goes on');
    expect((await b.head()).epoch).toBe(epoch);
    expect(setBack).toEqual([]);
  });
});
