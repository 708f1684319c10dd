import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { Store } from '../../../src/app/ports.ts';
import { until } from '../../../test/harness/until.ts';
import { ChatClient } from './client.ts';
import {
  clearScene,
  closeScene,
  enter,
  group,
  hears,
  house,
  open,
  openLine,
  openScene,
  tapFetch,
  texts,
} from './client-scene.ts';

beforeAll(() => openScene({ store: forgetful }));
afterEach(clearScene);
afterAll(closeScene);

let areSessionsForgotten = false;

/** A store that may say of every session that it is too old to go on with. */
function forgetful(store: Store): Store {
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      if (key !== 'loadSessions' || !areSessionsForgotten) return value.bind(target);
      return async (ids: readonly string[]) => {
        const rows = await target.loadSessions(ids);
        return new Map([...rows].map(([id, row]) => [id, { ...row, savedAt: 0 }]));
      };
    },
  });
}

test('who is cut off sends later, hears what was missed, and nothing twice', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  his.send({ text: 'one' });
  await hears(hers, ['one']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  his.send({ text: 'two' });
  await hears(his, ['one', 'two']);
  hers.send({ text: 'three' });
  hers.send({ text: 'four' });
  expect(hers.timeline.get().outgoing.map(({ state }) => state.is)).toEqual(['waiting', 'waiting']);
  line.mend();
  await hears(hers, ['one', 'two', 'three', 'four']);
  expect(ann.connection.get()).toEqual({ is: 'online', resumed: true });
  await hears(his, ['one', 'two', 'three', 'four']);
  expect(hers.timeline.get().outgoing).toEqual([]);
});

test('who comes back to a restored backup sees what there is, and nothing of what was lost', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  const hers = await open(ann, id);
  const say = (text: string) =>
    house.call('POST', `/api/v1/conversations/${id}/messages`, 'host', { senderId: 2, text });
  await say('kept');
  await hears(hers, ['kept']);
  const backup = `${house.dataDir}-backup`;
  try {
    await house.restart(() => cp(house.dataDir, backup, { recursive: true }));
    for (const text of ['lost', 'lost too', 'and this']) await say(text);
    await hears(hers, ['kept', 'lost', 'lost too', 'and this']);
    const lostId = hers.timeline.get().messages.at(-1)?.id ?? '';
    hers.markRead(lostId);
    line.cut();
    ben.close();
    await house.restart(async () => {
      await rm(house.dataDir, { recursive: true });
      await cp(backup, house.dataDir, { recursive: true });
      using database = new DatabaseSync(join(house.dataDir, 'parlance.sqlite'));
      database.exec(`UPDATE log_head SET epoch = 'another'`);
    });
    await say('said since');
    line.mend();
    await hears(hers, ['kept', 'said since']);
    await say('and live');
    await hears(hers, ['kept', 'said since', 'and live']);
    const read = hers.timeline.get().messages.at(-1)?.id ?? '';
    expect(Number(read)).toBeLessThan(Number(lostId));
    hers.markRead(read);
    await until(
      () => hers.members.get().find(({ user }) => user.id === '1')?.readCursor === read,
      () => `the mark was not told: ${JSON.stringify(hers.members.get())}`,
    );
  } finally {
    await rm(backup, { recursive: true, force: true });
  }
});

test('what was read while cut off is told when there is a connection again', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  his.send({ text: 'read me' });
  await hears(hers, ['read me']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  const messageId = hers.timeline.get().messages[0]?.id ?? '';
  hers.markRead(messageId);
  line.mend();
  await until(
    () => his.members.get().find(({ user }) => user.id === '1')?.readCursor === messageId,
    () => 'not told',
  );
});

/** Ann has heard one message, and then is cut off until her session is forgotten, while Ben says more. */
async function cutOff() {
  const id = await group('1', '2');
  const line = await openLine();
  const ann = await enter('1', { address: line.address });
  const hers = await open(ann, id);
  const say = (text: string) =>
    house.call('POST', `/api/v1/conversations/${id}/messages`, 'host', { text, senderId: '2' });
  await say('zero');
  await hears(hers, ['zero']);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  const missed = Array.from({ length: 60 }, (_, index) => `${index + 1}`);
  for (const text of missed) await say(text);
  areSessionsForgotten = true;
  return { line, ann, hers, say, missed };
}

test('who cannot resume, since the sessions are forgotten, has no gap either', async () => {
  const { line, ann, hers, say, missed } = await cutOff();
  line.mend();
  await hears(hers, ['zero', ...missed]);
  expect(ann.connection.get()).toEqual({ is: 'online', resumed: false });
  await say('live again');
  await until(
    () => texts(hers).at(-1) === 'live again',
    () => 'not joined again',
  );
  areSessionsForgotten = false;
});

test('who cannot ask at once for what was missed has it later, before what is said after', async () => {
  const { line, ann, hers, say, missed } = await cutOff();
  const heard: string[] = [];
  ann.onMessage(({ text }) => heard.push(text));
  let asked = 0;
  tapFetch(async (url, ask) => {
    if (!url.includes('after=')) return await ask();
    if (++asked === 1) throw new Error('no network');
    const answer = await ask();
    if (asked > 2) return answer;
    await say('while it is on its way');
    await until(
      () => heard.includes('while it is on its way'),
      () => 'not heard',
    );
    return answer;
  });
  line.mend();
  await until(
    () => asked > 0,
    () => 'not asked',
  );
  await say('live again');
  await hears(hers, ['zero', ...missed, 'live again', 'while it is on its way']);
  expect(hers.problem.get()).toBeUndefined();
  areSessionsForgotten = false;
});

test('whoever was told that there is no connection is told so until there is one', async () => {
  const line = await openLine();
  const ann = await enter('1', { address: line.address });
  const heard: string[] = [];
  ann.connection.subscribe(() => heard.push(ann.connection.get().is));
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  ann.retryNow();
  ann.retryNow();
  line.mend();
  await until(
    () => ann.connection.get().is === 'online',
    () => JSON.stringify(heard),
  );
  expect([...new Set(heard)]).toEqual(['waiting', 'online']);
});

test('an edit that is made before the first connection is there waits for it', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const said = { token: house.token({ sub: '1' }) };
  const { json } = await house.call('POST', `/api/v1/conversations/${id}/messages`, said, { text: 'Tee?' });
  // Only what is asked over HTTP gets through.
  const ask = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) =>
    ask(String(input).replace(line.address, house.address), init),
  );
  line.stall();
  const ann = await ChatClient.connect({ address: line.address, token: () => said.token });
  expect(ann.connection.get().is).toBe('connecting');
  const edited = ann.conversation(id).edit((json as { id: string }).id, 'Tea?');
  line.mend();
  await edited;
  ann.close();
});

test('how somebody is who changed while one was cut off is known when one is back', async () => {
  const line = await openLine();
  const [ann, ben] = [await enter('1', { address: line.address }), await enter('2')];
  await ann.createConversation({ kind: 'direct', members: ['2'] });
  await ann.conversations.refresh();
  const his = () => ann.presence.get().get('2')?.status;
  ben.setPresence('busy');
  await until(
    () => his() === 'busy',
    () => `${his()}`,
  );
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  ben.setPresence('online');
  const onServer = async () => {
    const { json } = await house.call('GET', '/api/v1/presence?userId=2', 'host');
    return (json as { presence: readonly { status: string }[] }).presence[0]?.status;
  };
  // Before the line is mended: it is told to those who hear it, and never again.
  await expect.poll(onServer).toBe('online');
  line.mend();
  await until(
    () => his() === 'online',
    () => `${his()}`,
  );
  expect(ann.connection.get()).toEqual({ is: 'online', resumed: true });
});

test('who has left a room for good is no member when they come back, until they enter it again', async () => {
  const line = await openLine();
  const [ann, ben] = [await enter('3', { address: line.address }), await enter('4')];
  const room = 'left-room';
  const [hers, his] = [await open(ann, room), await open(ben, room)];
  await ann.conversations.reload(room);
  await ann.leaveConversation(room);
  expect(ann.conversations.find(room)).toBeUndefined();
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  areSessionsForgotten = true;
  line.mend();
  await until(
    () => ann.connection.get().is === 'online',
    () => 'not back',
  );
  areSessionsForgotten = false;
  // What is asked later is answered later.
  await ann.createConversation({ kind: 'direct', members: ['4'] }).then(({ id }) => open(ann, id));
  await his.reloadMembers();
  expect(his.members.get().map(({ user }) => user.id)).toEqual(['4']);
  his.send({ text: 'come back' });
  await hears(his, ['come back']);
  const again = await open(ann, room);
  expect(again).not.toBe(hers);
  await hears(again, ['come back']);
  his.send({ text: 'welcome' });
  await hears(again, ['come back', 'welcome']);
});
