import { expect, test } from 'vitest';
import { heard, openNode } from '../../test/harness/gateway-scene.ts';
import { until } from '../../test/harness/until.ts';
import { openTemporaryStore } from '../../test/harness/use-cases.ts';
import { Commit, passedTogether } from '../app/commit.ts';
import { type AppendItem, type SessionRow, StoreUnavailable } from '../app/ports.ts';
import type { Id } from '../core/model.ts';
import { idOfRow } from './remembered.ts';
import { Sessions } from './sessions.ts';

test('each connection that goes on with a session counts itself, so that what earlier ones save late is told apart', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  let pid: string | undefined;
  for (const room of ['first', 'second', 'third']) {
    const client = await node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
    client.emit('joinRoom', room);
    await heard(client, 'joinedRoom');
    pid ??= client.pid;
    client.drop();
  }
  const client = await node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
  const id = client.connection.sessionId ?? '';
  const saved = (await opened.store.loadSessions([id])).get(id);
  expect(saved?.joined.map(({ conversationId }) => conversationId)).toEqual(['first', 'second', 'third']);
  expect(saved?.connection).toBe(3);
});

const rooms = Array.from({ length: 500 }, (_, index) => `room-${index}`);

test('joining one more of many writes a few of them again, and not all', async () => {
  await using opened = await openTemporaryStore();
  const appended: AppendItem[] = [];
  const { append } = opened.store;
  opened.store.append = (items) => {
    appended.push(...items);
    return append.call(opened.store, items);
  };
  using node = await openNode(opened.store);
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  for (const room of rooms) client.emit('joinRoom', room);
  await heard(client, 'joinedRoom', rooms.length);
  expect(Math.max(...appended.map(({ session }) => session?.joined.length ?? 0))).toBeLessThan(50);
  client.drop();
  const again = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  expect([...again.connection.joined.keys()].sort()).toEqual([...rooms].sort());
});

test.each([3, 2, 1, 0])(
  'a join that was answered is remembered, also where %i items before a full call are left, which the store refuses',
  async (left) => {
    await using opened = await openTemporaryStore();
    const { append } = opened.store;
    let refuses = 0;
    opened.store.append = async (items) => {
      if (refuses > 0 && refuses--) throw new StoreUnavailable('away');
      return append.call(opened.store, items);
    };
    using node = await openNode(opened.store);
    const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
    const [last = '', ...before] = rooms.slice(0, 200);
    for (const room of before) client.emit('joinRoom', room);
    // Its user is there already, so that the join is decided at once.
    const other = await node.connect('ann', '/chat');
    other.emit('joinRoom', last);
    await heard(client, 'joinedRoom', before.length);
    await heard(other, 'joinedRoom');
    const { commit } = node.useCases.house;
    await commit.drained();
    refuses = 1;
    for (let n = 0; n < passedTogether - left; n++) void commit.append({ at: 1, expects: [], drafts: [] });
    client.emit('joinRoom', last);
    const answers = () => client.link.names.filter((name) => name === 'joinedRoom').length - before.length;
    await until(
      () => answers() === 1 || client.link.names.includes('error'),
      () => 'the join is not answered',
    );
    client.drop();
    const { connection } = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
    expect(connection.sessionId).toBe(client.connection.sessionId);
    expect([...connection.joined.keys()].sort()).toEqual([...before, ...(answers() === 1 ? [last] : [])].sort());
  },
);

test('a session that nobody knows all of any more is a new one', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  for (const room of rooms.slice(0, 40)) client.emit('joinRoom', room);
  await heard(client, 'joinedRoom', 40);
  client.drop();
  const { sessionId = '' } = client.connection;
  const row = (await opened.store.loadSessions([sessionId])).get(sessionId);
  const lost = idOfRow(sessionId, row?.beside?.[0] ?? -1);
  const { loadSessions } = opened.store;
  opened.store.loadSessions = async (ids) =>
    loadSessions.call(
      opened.store,
      ids.filter((id) => id !== lost),
    );
  const again = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  expect(again.connection.sessionId).not.toBe(sessionId);
  expect(again.connection.joined.size).toBe(0);
});

test('a join of many that came to nothing is in no row of the session', async () => {
  await using opened = await openTemporaryStore();
  using node = await openNode(opened.store);
  const { connection } = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  const rows = new Map<Id, SessionRow>();
  const store = {
    append: async (items: readonly AppendItem[]) =>
      items.map(({ session }) => {
        if (session) rows.set(session.id, session);
        return { ok: true, entries: [] } as const;
      }),
  };
  const sessions = new Sessions({
    clock: node.useCases.clock,
    commit: new Commit(store, { announce: () => undefined }),
    retentionMs: 1_000_000,
    onError: () => undefined,
  });
  for (const room of [...rooms, 'refused']) sessions.rowAfterJoining(connection, room, 1);
  const hasRefused = () =>
    [...rows.values()].some(({ joined }) => joined.some(({ conversationId }) => conversationId === 'refused'));
  await until(hasRefused, () => 'nothing was written of the join');
  sessions.forgetUnlessJoined(connection, ['refused']);
  await until(
    () => !hasRefused(),
    () => 'a row still tells of the join',
  );
});

test.each([
  ['has saved nothing yet', []],
  ['has joined another before', ['another']],
])(
  'a conversation is none that its session comes back to, when a connection left it right before it ended that %s',
  async (_, others) => {
    await using opened = await openTemporaryStore();
    using before = await openNode(opened.store);
    const client = await before.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
    for (const room of ['left', 'kept']) client.emit('joinRoom', room);
    await heard(client, 'joinedRoom', 2);
    client.drop();
    // A node that knows nothing of the conversation yet has to load it, so that the leave is decided when its connection is over.
    using node = await openNode(opened.store);
    const again = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
    expect(again.connection.joined.has('left')).toBe(true);
    for (const room of others) again.emit('joinRoom', room);
    await heard(again, 'joinedRoom', others.length);
    again.emit('leaveRoom', 'left');
    again.drop();
    const { sessionId = '' } = again.connection;
    const saved = async () =>
      (await opened.store.loadSessions([sessionId])).get(sessionId)?.joined.map(({ conversationId }) => conversationId);
    await expect.poll(saved).toEqual(['kept', ...others]);
  },
);

test('what a connection left right before it ended takes nothing from what the next one has joined, on whichever node', async () => {
  await using opened = await openTemporaryStore();
  using here = await openNode(opened.store);
  const client = await here.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  for (const room of ['left', 'kept']) client.emit('joinRoom', room);
  await heard(client, 'joinedRoom', 2);
  client.drop();
  // Its node is to learn what the user is to the conversation, and is kept waiting for that.
  using waiting = await openNode(opened.store);
  const { loadMember } = opened.store;
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  opened.store.loadMember = async (...question) => {
    asked.resolve();
    await held.promise;
    return loadMember.apply(opened.store, question);
  };
  const again = await waiting.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  again.emit('leaveRoom', 'left');
  again.drop();
  await asked.promise;
  opened.store.loadMember = loadMember;
  const back = await here.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  back.emit('joinRoom', 'new');
  await heard(back, 'joinedRoom');
  held.resolve();
  await expect
    .poll(async () => (await opened.store.loadMember('left', 'ann')).value)
    .toMatchObject({ isJoined: false });
  const { sessionId = '' } = back.connection;
  const saved = (await opened.store.loadSessions([sessionId])).get(sessionId);
  expect(saved?.joined.map(({ conversationId }) => conversationId)).toContain('new');
});

test('what enters and is refused is not forgotten as long as more enters the same conversation', async () => {
  await using opened = await openTemporaryStore();
  const { append } = opened.store;
  const batches: { items: readonly AppendItem[]; refuse: () => void; pass: () => void }[] = [];
  let isHeld = false;
  opened.store.append = async (items) => {
    if (isHeld) {
      await new Promise<void>((pass, fail) =>
        batches.push({ items, pass, refuse: () => fail(new StoreUnavailable('full')) }),
      );
    }
    return append.call(opened.store, items);
  };
  using node = await openNode(opened.store);
  const client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  // Its user is there already, so that the second message is decided while the first is on its way.
  const other = await node.connect('ann', '/chat');
  other.emit('joinRoom', 'room');
  await heard(other, 'joinedRoom');
  isHeld = true;
  for (const count of [1, 2]) {
    client.emit('sendMessage', { roomId: 'room', content: `${count}` });
    await until(
      () => batches.length === count,
      () => `message ${count} is not on its way`,
    );
  }
  batches[0]?.refuse();
  await heard(client, 'error');
  isHeld = false;
  for (const { pass } of batches.slice(1)) pass();
  await heard(client, 'messageSent');
  expect(client.connection.remembered.knows('room')).toBe(true);
  client.drop();
  const again = await node.connect('ann', '/chat', { resume: { pid: client.pid, offset: undefined } });
  expect(again.connection.joined.has('room')).toBe(true);
});

test('a session that is gone on with again and again, and joins more each time, is not forgotten in part', async () => {
  await using opened = await openTemporaryStore();
  const dayMs = 24 * 3600 * 1000;
  const retentionMs = 8 * dayMs;
  using node = await openNode(opened.store, { sessionRetentionMs: retentionMs });
  const { clock } = node.useCases;
  let client = await node.connect('ann', '/chat', { resume: { pid: undefined, offset: undefined } });
  const { pid, connection } = client;
  const join = async (wanted: readonly string[]) => {
    for (const room of wanted) client.emit('joinRoom', room);
    await heard(client, 'joinedRoom', wanted.length);
  };
  await join(rooms.slice(0, 60));
  for (let times = 1; times <= 12; times++) {
    client.drop();
    clock.ms += dayMs * 0.9;
    await opened.store.forgetSessions(clock.ms - retentionMs);
    client = await node.connect('ann', '/chat', { resume: { pid, offset: undefined } });
    expect(client.connection.sessionId, `after ${times} times`).toBe(connection.sessionId);
    await join([`later-${times}`]);
    await until(
      () => client.connection.sessionSavedAt > clock.ms - dayMs,
      () => 'the session is not saved again',
    );
  }
  expect(client.connection.joined.size).toBe(72);
});
