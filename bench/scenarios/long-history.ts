import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Draft, Store } from '../../src/app/ports.ts';
import { openStore } from '../../src/store/open.ts';
import type { Scenario } from '../scenario.ts';

const conversations = 100;
const newest = 50;
const readings = 400;
const sender = { id: '1', email: '', role: 'USER', name: 'user 1' };
const many = Number(process.env.BENCH_MESSAGES ?? 1_000_000);
const few = 10_000;
const figure = 'p50 ms';

type Size = { readonly title: string; readonly messages: number };
const size = (messages: number): Size => ({ title: `${messages} messages`, messages });
const [small, large] = [size(few), size(many)];

/** Filled once, read in every repetition. */
const folders = new Map<Size, string>();
process.on('exit', () => {
  for (const folder of folders.values()) rmSync(folder, { recursive: true });
});

async function filled({ messages }: Size): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  const store = await openStore({ dataDir, commitDistanceMs: 0 });
  const at = Date.now();
  const write = (drafts: readonly Draft[]) =>
    store.append(drafts.map((draft) => ({ at, expects: [], drafts: [draft] })));
  const counted = { isAutoCreated: false, ordinal: 0, lastMessageId: 0, memberCount: 0, pair: [] };
  const ids = Array.from({ length: conversations }, (_, index) => String(index));
  await write(
    ids.map((id) => ({
      type: 'ConversationCreated',
      conversation: { id, kind: 'open', createdAt: at, updatedAt: at, ...counted },
    })),
  );
  const batch = 2_000;
  for (let from = 0; from < messages; from += batch) {
    await write(
      Array.from({ length: Math.min(batch, messages - from) }, (_, index) => {
        // Taken in turn, so that neighbours in the log are strangers.
        const conversationId = String((from + index) % conversations);
        const message = { conversationId, sender, text: `message ${from + index} of many that were said here`, at };
        return { type: 'MessageSent', conversationId, message, actorId: sender.id };
      }),
    );
  }
  await store[Symbol.asyncDispose]();
  return dataDir;
}

async function read(store: Store, index: number): Promise<void> {
  const conversationId = String((index * 37) % conversations);
  const { value } = await store.readMessages({ conversationId, limit: newest, take: 'newest' });
  if (value.messages.length !== newest) throw new Error('The store answered fewer messages than it was given.');
}

export const longHistory: Scenario<Size> = {
  name: 'long-history',
  sentence: `The newest ${newest} messages of any of ${conversations} conversations, asked of the store itself; BENCH_MESSAGES says among how many.`,
  contenders: [small, large],
  async measure(contender) {
    const dataDir = folders.get(contender) ?? (await filled(contender));
    folders.set(contender, dataDir);
    const store = await openStore({ dataDir });
    for (let index = 0; index < conversations; index++) await read(store, index);
    const cpu = process.cpuUsage();
    const tookMs: number[] = [];
    for (let index = 0; index < readings; index++) {
      const startMs = performance.now();
      await read(store, index);
      tookMs.push(performance.now() - startMs);
    }
    const { user, system } = process.cpuUsage(cpu);
    await store[Symbol.asyncDispose]();
    tookMs.sort((a, b) => a - b);
    return {
      [figure]: tookMs[readings / 2] ?? Number.NaN,
      'p99 ms': tookMs[Math.floor(readings * 0.99)] ?? Number.NaN,
      'CPU ms': (user + system) / 1_000 / readings,
    };
  },
  targets: [
    { is: large.title, to: small.title, figure, atMost: 2 },
    { is: large.title, to: small.title, figure: 'CPU ms', atMost: 2 },
  ],
};
