import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OwnPostgres, sharedPostgres, startPostgres } from '../../../test/harness/postgres.ts';
import { until } from '../../../test/harness/until.ts';
import { type Store, StoreUnavailable } from '../../app/ports.ts';
import { added, append, expectEntries, gather, item, readAll, removed, said, say } from '../contract/scene.contract.ts';
import { PostgresStore } from './store.ts';

const textsOf = (entries: Awaited<ReturnType<typeof readAll>>): readonly string[] =>
  entries.flatMap(({ event }) => (event.type === 'MessageSent' ? [event.message.text] : []));

describe('several nodes with one PostgreSQL', () => {
  let url = '';
  const stores: PostgresStore[] = [];
  const open = async (node: string): Promise<PostgresStore> => {
    const store = await PostgresStore.open({ url, node, commitDistanceMs: 1 });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    url = await (await sharedPostgres()).createDatabase();
  });
  afterAll(() => Promise.all(stores.map((store) => store[Symbol.asyncDispose]())));

  test('may all start at once over an empty database', async () => {
    const nodes = await Promise.all(Array.from({ length: 10 }, (_, n) => open(`node ${n}`)));
    const heads = await Promise.all(nodes.map((node) => node.head()));
    expect(new Set(heads.map((head) => JSON.stringify(head))).size).toBe(1);
  });

  test('write one log: dense, and each in the order of its own calls', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann', 'bob');
    const { position } = await a.head();
    const write = async (store: Store, who: string): Promise<readonly number[]> => {
      const calls: Promise<number>[] = [];
      for (let n = 0; n < 500; n++) {
        calls.push(
          store.append([item([said(id, who, `${who} ${n}`)])]).then(([one]) => expectEntries(one)[0]?.position ?? 0),
        );
        // Many batches, so that those of both nodes meet.
        if (n % 25 === 0) await wait(1);
      }
      return Promise.all(calls);
    };
    const [ofAnn, ofBob] = await Promise.all([write(a, 'ann'), write(b, 'bob')]);
    const together = [...ofAnn, ...ofBob].sort((x, y) => x - y);
    expect(together).toEqual(together.map((_, n) => position + 1 + n));
    expect([ofAnn, ofBob].map((own) => own.every((at, n) => n === 0 || at > (own[n - 1] ?? 0)))).toEqual([true, true]);
    const seen = textsOf(await readAll(b, position));
    expect(seen).toEqual(textsOf(await readAll(a, position)));
    expect(seen.filter((text) => text.startsWith('ann'))).toEqual(ofAnn.map((_, n) => `ann ${n}`));
    expect((await b.loadConversation(id)).value).toMatchObject({ ordinal: 1_000, lastMessageId: position + 1_000 });
  });

  test('let nothing overtake what was decided on the same facts and came back', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann');
    const alone = [{ is: 'conversationAs', conversationId: id, memberCount: 1 }] as const;
    const decided = (text: string, facts: number) => ({
      ...item([said(id, 'ann', text)], alone),
      decidedIn: { conversationId: id, facts },
    });
    await append(b, added(id, 'bob'));
    const [first] = await a.append([decided('first', 7)]);
    expect(first).toMatchObject({ ok: false, broken: alone[0] });
    // What was expected holds again by the time the second one is written.
    await append(b, removed(id, 'bob'));
    const [second, older, newer, elsewhere] = await a.append([
      decided('second', 7),
      decided('older', 6),
      decided('newer', 8),
      { ...decided('of another lane', 1), decidedIn: { conversationId: 'another', facts: 1 } },
    ]);
    expect([second, older]).toEqual([
      { ok: false, stale: true },
      { ok: false, stale: true },
    ]);
    expect([newer?.ok, elsewhere?.ok]).toEqual([true, true]);
  });

  test('let pass what was decided on the same facts as what came back for a message alone', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann');
    const [message] = await append(a, said(id, 'ann', 'one'));
    const unedited = {
      is: 'messageAs',
      conversationId: id,
      messageId: message?.position ?? 0,
      editedAt: null,
    } as const;
    const decidedIn = { conversationId: id, facts: 7 };
    await append(b, { type: 'MessageDeleted', conversationId: id, messageId: unedited.messageId, senderId: 'ann' });
    const [first, second] = await a.append([
      { ...item([said(id, 'ann', 'an answer')], [unedited]), decidedIn },
      { ...item([said(id, 'bob', 'others')]), decidedIn },
    ]);
    const [third] = await a.append([{ ...item([said(id, 'bob', 'more')]), decidedIn }]);
    expect(first).toMatchObject({ ok: false, broken: unedited });
    expect([second?.ok, third?.ok]).toEqual([true, true]);
  });

  test('check what a decision stood on against what the others have written', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann');
    const expects = [{ is: 'conversationAs', conversationId: id, memberCount: 1 }] as const;
    const adding = (userId: string) => ({
      type: 'MemberAdded' as const,
      conversationId: id,
      kind: 'group' as const,
      user: { id: userId, email: '', role: 'USER', name: userId },
      role: 'member' as const,
    });
    const outcomes = (
      await Promise.all([a.append([item([adding('bob')], expects)]), b.append([item([adding('eve')], expects)])])
    ).flat();
    expect(outcomes.map((outcome) => outcome.ok).sort()).toEqual([false, true]);
  });

  test('never read an entry of their own before its append was answered', async () => {
    const [a, b] = [await open('a'), await open('b')];
    const id = await gather(a, 'ann');
    const answered = new Set<number>();
    let isWriting = true;
    const writing = Promise.all(
      Array.from({ length: 300 }, async (_, n) => {
        await wait(n / 3);
        const [entry] = await append(a, said(id, 'ann', `${n}`));
        answered.add(entry?.position ?? 0);
      }),
    ).finally(() => {
      isWriting = false;
    });
    let { position } = await b.head();
    while (isWriting) {
      const { entries, through } = await a.readEntries({ after: position, limit: 1_000 });
      expect(entries.map((entry) => entry.position).filter((at) => !answered.has(at))).toEqual([]);
      position = through;
    }
    await writing;
  });

  test('refuse a database of a newer build, with both versions', async () => {
    const newer = await (await sharedPostgres()).createDatabase();
    await (await PostgresStore.open({ url: newer, node: 'a' }))[Symbol.asyncDispose]();
    const client = new pg.Client(newer);
    await client.connect();
    await client.query('UPDATE parlance_schema SET version = 999');
    await client.end();
    await expect(PostgresStore.open({ url: newer, node: 'a' })).rejects.toThrow(/version 999.*up to \d+/);
  });

  test('say what to do when there is no database, and keep its password to themselves', async () => {
    const opening = PostgresStore.open({ url: 'postgres://root:hunter2@127.0.0.1:1/chat', node: 'a' });
    await expect(opening).rejects.toThrow(/DATABASE_URL/);
    await expect(opening).rejects.not.toThrow(/hunter2/);
  });
});

describe('a PostgreSQL that is started again', () => {
  let server: OwnPostgres;
  let store: PostgresStore;
  beforeAll(async () => {
    server = await startPostgres();
    store = await PostgresStore.open({ url: await server.createDatabase(), node: 'a', commitDistanceMs: 1 });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test.each(['crash', 'stop'] as const)('after a %s has everything that was answered, and takes more', async (how) => {
    const id = await gather(store, 'ann');
    const { position } = await store.head();
    const answered: string[] = [];
    const refused: string[] = [];
    let last = 0;
    let isOver = false;
    const speak = async (): Promise<void> => {
      while (!isOver) {
        const text = `${++last}`;
        try {
          await append(store, said(id, 'ann', text));
          answered.push(text);
        } catch (error) {
          if (error instanceof StoreUnavailable) refused.push(text);
          await wait(5);
        }
      }
    };
    const speaking = Array.from({ length: 20 }, speak);
    await until(
      () => answered.length > 200,
      () => 'nothing is written',
    );
    await server.restart(how, () => wait(300));
    const before = answered.length;
    await until(
      () => answered.length > before + 200,
      () => 'nothing is written any more',
    );
    isOver = true;
    await Promise.all(speaking);

    const texts = textsOf(await readAll(store, position));
    const found = new Set(texts);
    expect(texts).toHaveLength(found.size);
    expect(answered.filter((text) => !found.has(text))).toEqual([]);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.filter((text) => found.has(text))).toEqual([]);
  });

  test('answers readings that began while it was away', async () => {
    const id = await gather(store, 'ann');
    await say(store, id, 'ann', 'hi');
    let reading: Promise<unknown> = Promise.resolve();
    await server.restart('crash', async () => {
      reading = store.readMessages({ conversationId: id, limit: 5, take: 'newest' });
      await wait(300);
    });
    expect(await reading).toMatchObject({ value: { messages: [{ text: 'hi' }] } });
  });
});
