import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openStore } from '../src/store/open.ts';
import { busyCount, busyId, fillLog, quietCountOf, quietId } from './long-log.ts';

test('what was filled is a log that a store opens, reads and goes on with', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-long-log-'));
  onTestFinished(() => rm(dataDir, { recursive: true }));
  const messages = 4_000;
  const shape = { messages, quietCount: quietCountOf(messages) };
  expect(shape.quietCount).toBe(4);
  await fillLog({ dataDir }, shape, () => undefined);

  await using store = await openStore({ dataDir });
  const newestOf = async (conversationId: string) => {
    const { value } = await store.readMessages({ conversationId, limit: 1, take: 'newest' });
    return value.messages.map(({ conversationId: of, ordinal }) => [of, ordinal]);
  };
  for (let index = 0; index < busyCount; index++) {
    expect(await newestOf(busyId(index))).toEqual([[busyId(index), 36]]);
  }
  for (let index = 0; index < shape.quietCount; index++) {
    expect(await newestOf(quietId(index, shape))).toEqual([[quietId(index, shape), 100]]);
  }

  const conversationId = quietId(0, shape);
  const sender = { id: '1', email: '', role: 'USER', name: 'user 1' };
  const message = { conversationId, sender, text: 'one more', at: 1 };
  const draft = { type: 'MessageSent', conversationId, message, actorId: '1' } as const;
  const [outcome] = await store.append([{ at: 1, expects: [], drafts: [draft] }]);
  expect(outcome).toMatchObject({ ok: true, entries: [{ position: messages + busyCount + 4 + 1 }] });
  expect(await newestOf(conversationId)).toEqual([[conversationId, 101]]);
});
