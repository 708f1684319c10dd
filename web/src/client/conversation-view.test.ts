import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import {
  clearScene,
  closeScene,
  enter,
  group,
  hears,
  house,
  open,
  openScene,
  tapFetch,
  texts,
} from './client-scene.ts';

beforeAll(() => openScene());
afterEach(clearScene);
afterAll(closeScene);

test('what one says the other hears, and the sender has it once, acknowledged', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: 'Tea?' });
  expect(hers.timeline.get().outgoing).toMatchObject([{ text: 'Tea?', state: { is: 'waiting' } }]);
  await hears(his, ['Tea?']);
  his.send({ text: 'With milk.', replyToId: his.timeline.get().messages[0]?.id ?? '' });
  await hears(hers, ['Tea?', 'With milk.']);
  expect(hers.timeline.get().outgoing).toEqual([]);
  expect(hers.timeline.get().messages[1]?.replyTo).toMatchObject({ text: 'Tea?' });
});

test('history loads both ways, and a jump shows what stands around', async () => {
  const id = await group('1', '2');
  const sender = { token: house.token({ sub: '1' }) };
  for (let n = 0; n < 130; n++) {
    await house.call('POST', `/api/v1/conversations/${id}/messages`, sender, { text: `${n}` });
  }
  const view = await open(await enter('2'), id);
  expect(texts(view)).toHaveLength(50);
  await view.loadOlder();
  await view.loadOlder();
  const all = view.timeline.get();
  expect(all.messages.map(({ text }) => text)).toEqual(Array.from({ length: 130 }, (_, index) => `${index}`));
  expect(all.hasOlder).toBe(false);

  const fresh = await open(await enter('2'), id);
  expect(await fresh.jumpTo(all.messages[20]?.id ?? '')).toBe(true);
  expect(fresh.timeline.get()).toMatchObject({ hasOlder: false, hasNewer: true });
  await fresh.loadNewer();
  await fresh.loadNewer();
  expect(texts(fresh)).toEqual(all.messages.map(({ text }) => text));
  expect(await fresh.jumpTo('1')).toBe(false);
});

test('edits, reactions and deletions are seen by everybody, in quotes and in the list too', async () => {
  const id = await group('51', '52');
  const [ann, ben] = [await enter('51'), await enter('52')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: 'Tee?' });
  await hears(his, ['Tee?']);
  const messageId = his.timeline.get().messages[0]?.id ?? '';
  const sees = (what: object) =>
    until(
      () => JSON.stringify(his.timeline.get().messages).includes(JSON.stringify(what).slice(1, -1)),
      () => JSON.stringify(his.timeline.get().messages),
    );
  await hers.edit(messageId, 'Tea?');
  await sees({ text: 'Tea?' });
  await hears(hers, ['Tea?']);
  await his.react(messageId, '👍', true);
  await sees({ reactions: [{ emoji: '👍', userIds: ['52'] }] });
  await expect(his.edit(messageId, 'Coffee?')).rejects.toThrow();
  his.send({ text: 'Yes', replyToId: messageId });
  await until(
    () => texts(his).length === 2,
    () => 'not answered',
  );
  await hers.delete(messageId);
  await until(
    () => !JSON.stringify(his.timeline.get().messages).includes('Tea?'),
    () => JSON.stringify(his.timeline.get().messages),
  );
  expect(his.timeline.get().messages[0]?.deletedAt).toBeGreaterThan(0);
});

test('typing, read marks and presence of others are seen', async () => {
  const id = await group('41', '42');
  const ann = await enter('41');
  const hers = await open(ann, id);
  const ben = await enter('42');
  await until(
    () => ann.presence.get().get('42')?.status === 'online',
    () => 'not online',
  );
  const his = await open(ben, id);
  his.setTyping(true);
  await until(
    () => hers.typing.get().includes('42'),
    () => 'not typing',
  );
  his.send({ text: 'Here' });
  await hears(hers, ['Here']);
  expect(hers.typing.get()).toEqual([]);
  const messageId = hers.timeline.get().messages[0]?.id ?? '';
  hers.markRead(messageId);
  await until(
    () => his.members.get().find(({ user }) => user.id === '41')?.readCursor === messageId,
    () => 'not read',
  );
  await until(
    () => ann.conversations.find(id)?.unreadCount === 0,
    () => 'still unread',
  );
});

/** A group of user 1 and user 2 in which the numbers up to this one were said; answers it with all messages' ids. */
async function counted(upTo: number): Promise<{ id: string; ids: readonly string[] }> {
  const id = await group('1', '2');
  const sender = { token: house.token({ sub: '1' }) };
  const ids: string[] = [];
  for (let n = 0; n < upTo; n++) {
    const { json } = await house.call('POST', `/api/v1/conversations/${id}/messages`, sender, { text: `${n}` });
    ids.push((json as { id: string }).id);
  }
  return { id, ids };
}

const numbers = (from: number, upTo: number) => Array.from({ length: upTo - from }, (_, index) => `${from + index}`);

test('what was being loaded before a jump leaves no gap after it', async () => {
  const { id, ids } = await counted(230);
  const view = await open(await enter('2'), id);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const first = view.timeline.get().messages[0]?.id;
  tapFetch(async (url, ask) => {
    const answer = await ask();
    if (url.includes(`before=${first}`)) await released;
    return answer;
  });
  const loading = view.loadOlder();
  await view.jumpTo(ids[30] ?? '');
  expect(view.timeline.get().loading).toBe('nothing');
  release();
  await loading;
  expect(texts(view)).toEqual(numbers(5, 80));
  await view.loadOlder();
  expect(texts(view)).toEqual(numbers(0, 80));
});

test('a jump while the newest messages are being loaded stays where it is', async () => {
  const { id, ids } = await counted(130);
  const view = (await enter('2')).conversation(id);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  tapFetch(async (url, ask) => {
    const answer = await ask();
    if (url.includes('/messages?') && !/before=|after=/.test(url)) await released;
    return answer;
  });
  const opening = view.open();
  await view.jumpTo(ids[30] ?? '');
  release();
  await opening;
  expect(texts(view)).toEqual(numbers(5, 80));
});

test('what is said while one jumps near the end is not missed', async () => {
  const { id, ids } = await counted(130);
  const ann = await enter('1');
  const hers = await open(ann, id);
  const view = await open(await enter('2'), id);
  await view.jumpTo(ids[20] ?? '');
  // Said when the page is there, and heard before it is shown.
  let isSaid = false;
  tapFetch(async (url, ask) => {
    const answer = await ask();
    if (isSaid || !url.includes('after=')) return answer;
    isSaid = true;
    hers.send({ text: 'meanwhile' });
    await hears(hers, [...numbers(80, 130), 'meanwhile']);
    return answer;
  });
  await view.jumpTo(ids[110] ?? '');
  await hears(view, [...numbers(85, 130), 'meanwhile']);
});

test('what could not be loaded is said, and is loaded when it is tried again', async () => {
  const { id } = await counted(60);
  const view = await open(await enter('2'), id);
  let isBroken = true;
  tapFetch((_url, ask) => (isBroken ? Promise.reject(new Error('no network')) : ask()));
  await view.loadOlder();
  expect(view.problem.get()).toContain('cannot be reached');
  isBroken = false;
  await view.open();
  expect(view.problem.get()).toBeUndefined();
  await view.loadOlder();
  expect(texts(view)).toEqual(numbers(0, 60));
});
