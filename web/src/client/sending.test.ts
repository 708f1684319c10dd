import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { clearScene, closeScene, enter, group, hears, house, open, openLine, openScene } from './client-scene.ts';
import { memoryOutbox } from './outbox.ts';

beforeAll(() => openScene());
afterEach(clearScene);
afterAll(closeScene);

test('messages that were not sent outlive their page', async () => {
  const id = await group('1', '2');
  const line = await openLine();
  const outbox = memoryOutbox();
  const ann = await enter('1', { address: line.address, outbox });
  const hers = await open(ann, id);
  line.cut();
  await until(
    () => ann.connection.get().is === 'waiting',
    () => 'the cut was not noticed',
  );
  hers.send({ text: 'said in a tunnel' });
  await until(
    () => hers.timeline.get().outgoing.length === 1,
    () => 'not shown',
  );
  ann.close();
  line.mend();
  const again = await enter('1', { address: line.address, outbox });
  await hears(await open(again, id), ['said in a tunnel']);
  expect(await outbox.all('1')).toEqual([]);
});

test('a refused message says why, and is sent when it is tried again', async () => {
  const id = 'help';
  await house.call('POST', '/api/v1/conversations', 'host', { id, kind: 'support', members: ['1'] });
  await house.call('PATCH', `/api/v1/conversations/${id}`, 'host', { status: 'CLOSED' });
  const ann = await enter('1');
  const hers = await open(ann, id);
  hers.send({ text: 'Hello?' });
  const failed = await until(
    () => hers.timeline.get().outgoing.find(({ state }) => state.is === 'failed'),
    () => 'it did not fail',
  );
  expect(failed.state).toMatchObject({ why: expect.stringContaining('closed') });
  await house.call('PATCH', `/api/v1/conversations/${id}`, 'host', { status: 'PENDING' });
  ann.retry(failed.clientMessageId);
  await hears(hers, ['Hello?']);
});

test('files are uploaded with their message', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  hers.send({ text: '', file: new File(['milk, no sugar'], 'order.txt', { type: 'text/plain' }) });
  await hears(his, ['']);
  const attachment = his.timeline.get().messages[0]?.attachment;
  expect(attachment).toMatchObject({ name: 'order.txt' });
  expect(await (await fetch(attachment?.url ?? '')).text()).toBe('milk, no sugar');
});

test('a file that is being uploaded can be left out, and holds up nothing that was said after it', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  const ask = globalThis.fetch;
  let upload: RequestInit | undefined;
  vi.spyOn(globalThis, 'fetch').mockImplementation((input, init) => {
    if (!String(input).endsWith('/files')) return ask(input, init);
    upload = init;
    // As slow as can be.
    return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('ended'))));
  });
  hers.send({ text: 'my order', file: new File(['milk'], 'order.txt') });
  hers.send({ text: 'and a biscuit' });
  await until(
    () => upload,
    () => 'not uploaded',
  );
  ann.discard(hers.timeline.get().outgoing[0]?.clientMessageId ?? '');
  expect(upload?.signal?.aborted).toBe(true);
  await hears(his, ['and a biscuit']);
  expect(hers.timeline.get().outgoing).toEqual([]);
});

test('what is on its way cannot be left out any more', async () => {
  const id = await group('1', '2');
  const [ann, ben] = [await enter('1'), await enter('2')];
  const [hers, his] = [await open(ann, id), await open(ben, id)];
  const left: number[] = [];
  hers.timeline.subscribe(() => {
    const sending = hers.timeline.get().outgoing.find(({ state }) => state.is === 'sending');
    if (!sending || left.length > 0) return;
    ann.discard(sending.clientMessageId);
    left.push(hers.timeline.get().outgoing.length);
  });
  hers.send({ text: 'too late' });
  await hears(his, ['too late']);
  expect(left).toEqual([1]);
});
