import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { until } from '../../../test/harness/until.ts';
import { ApiError, type HttpApi } from './http-api.ts';
import type { Answer } from './link.ts';
import type { Message, Outgoing } from './model.ts';
import { memoryOutbox, type Outbox } from './outbox.ts';
import { Sending } from './sending.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const outgoing = (text: string, more: Partial<Outgoing> = {}): Outgoing => ({
  clientMessageId: text,
  conversationId: 'tea',
  senderId: '1',
  text,
  at: 1,
  state: { is: 'waiting' },
  ...more,
});
const done: Answer = { is: 'done', payload: { id: '7' } };
const refused = (retryAfterMs: number | undefined): Answer => ({ is: 'refused', code: 'NO', why: 'no', retryAfterMs });

/** Sending to a server that gives these answers, and then takes everything; `uploads` reject so, and then succeed. */
function scene({ answers = [], uploads = [] }: { answers?: Answer[]; uploads?: Error[] } = {}) {
  const asked: string[] = [];
  const acknowledged: Message[] = [];
  const net = { isOnline: true };
  const outbox: Outbox = memoryOutbox();
  const upload = () => {
    const error = uploads.shift();
    asked.push('upload');
    return error ? Promise.reject(error) : Promise.resolve({ url: 'u', type: 't', name: 'n', size: 1 });
  };
  const sending = new Sending({
    api: { upload } as unknown as HttpApi,
    outbox,
    ask: async (_event, payload) => {
      asked.push((payload as { content: string }).content);
      return answers.shift() ?? done;
    },
    isOnline: () => net.isOnline,
    changed: () => undefined,
    acknowledged: (message) => acknowledged.push(message),
  });
  const states = () => sending.of('tea').map(({ text, state }) => `${text} ${state.is}`);
  const are = (...expected: readonly string[]) =>
    [() => states().join() === expected.join(), () => `are ${states().join()}`] as const;
  return { sending, asked, acknowledged, net, outbox, states, are };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('what a page before has left behind is sent once, in its order, also what was on its way', async () => {
  const { sending, asked, states } = scene();
  const left = [outgoing('a', { state: { is: 'sending' } }), outgoing('b')];
  sending.restore(left);
  sending.restore(left);
  await pass(0);
  expect(asked).toEqual(['a', 'b']);
  expect(states()).toEqual([]);
});

test('what is refused for a moment is sent again when it may succeed, before what was said after it', async () => {
  const { sending, asked, states } = scene({ answers: [refused(5_000)] });
  for (const text of ['a', 'b']) sending.add(outgoing(text));
  await pass(4_999);
  expect([asked, states()]).toEqual([['a'], ['a waiting', 'b waiting']]);
  await pass(1);
  expect(asked).toEqual(['a', 'a', 'b']);
});

test('what is refused for good is kept as failed, until it is tried again, and holds up nobody', async () => {
  const { sending, asked, states, outbox } = scene({ answers: [refused(undefined)] });
  for (const text of ['a', 'b']) sending.add(outgoing(text));
  await pass(0);
  expect([asked, states()]).toEqual([['a', 'b'], ['a failed']]);
  expect(await outbox.all('1')).toMatchObject([{ text: 'a', state: { is: 'failed', why: 'no' } }]);
  sending.retry('a');
  await pass(0);
  expect([asked, await outbox.all('1')]).toEqual([['a', 'b', 'a'], []]);
});

test('what nobody has answered is sent again after a pause, and without a connection when there is one', async () => {
  const { sending, asked, net } = scene({ answers: [{ is: 'unanswered' }, { is: 'unanswered' }] });
  sending.add(outgoing('a'));
  await pass(999);
  expect(asked).toEqual(['a']);
  await pass(1);
  expect(asked).toEqual(['a', 'a']);
  net.isOnline = false;
  await pass(60_000);
  expect(asked).toEqual(['a', 'a']);
  net.isOnline = true;
  sending.resume();
  await pass(0);
  expect(asked).toEqual(['a', 'a', 'a']);
});

test('an upload that does not come through is tried again, as late as it is told, and is done once', async () => {
  const uploads = [new ApiError(0, 'UNREACHABLE', ''), new ApiError(429, 'RATE_LIMITED', '', 5_000)];
  const { sending, asked, acknowledged, are } = scene({ uploads, answers: [refused(10)] });
  sending.add(outgoing('a', { file: new File(['x'], 'n') }));
  await until(...are('a waiting'));
  await pass(1_000);
  expect(asked).toEqual(['upload', 'upload']);
  await until(...are('a waiting'));
  await pass(4_999);
  expect(asked).toHaveLength(2);
  await pass(1);
  await pass(10);
  expect(asked).toEqual(['upload', 'upload', 'upload', 'a', 'a']);
  expect(acknowledged).toMatchObject([{ id: '7', text: 'a', attachment: { url: 'u' } }]);
});

test('an upload that is refused for good has failed, and so has a file that cannot be read', async () => {
  const { sending, are } = scene({
    uploads: [new ApiError(413, 'TOO_LARGE', 'too large'), new ApiError(0, '', '')],
  });
  const unreadable = new File(['x'], 'n');
  unreadable.slice = () => ({ arrayBuffer: () => Promise.reject(new Error('gone')) }) as unknown as Blob;
  for (const [text, file] of Object.entries({ a: new File(['x'], 'n'), b: unreadable })) {
    sending.add(outgoing(text, { file }));
  }
  await until(...are('a failed', 'b failed'));
  const whys = sending.of('tea').map(({ state }) => 'why' in state && state.why);
  expect(whys).toEqual(['too large', expect.stringContaining('cannot be read')]);
});
