import { rmSync } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Draft, SearchIndex, SearchQuery, Store } from '../../src/app/ports.ts';
import { termsOf } from '../../src/core/words.ts';
import { openStore } from '../../src/store/open.ts';
import { openSearch } from '../../src/store/open-search.ts';
import { type Figures, quantile, type Scenario } from '../scenario.ts';

const many = Number(process.env.BENCH_MESSAGES ?? 1_000_000);
const conversations = 1_000;
const vocabulary = 20_000;
const wordsPerMessage = 12;
const readings = 100;
const limit = 50;
const user = { id: 'member', email: '', role: 'USER', name: 'Member' };
const sender = { id: '1', email: '', role: 'USER', name: 'user 1' };
/** Conversations that the asking member is in. */
const membership = 100;

/** Every third message holds the common word, one in ten thousand the rare one. */
const [common, rare] = ['coffee', 'kettle'];

/** Pseudo-random, and the same in every run: few words are in most messages, and most in few. */
function* texts(): Generator<string> {
  let seed = 1;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let n = 0; ; n++) {
    const words = Array.from(
      { length: wordsPerMessage },
      () => `w${Math.floor(vocabulary * random() ** 4).toString(36)}`,
    );
    if (n % 3 === 0) words.push(common);
    if (n % 5 === 0) words.push('milk');
    if (n % 10_007 === 0) words.push(rare);
    yield words.join(' ');
  }
}

async function fill(store: Store): Promise<void> {
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
  await write(
    ids
      .slice(0, membership)
      .map((conversationId) => ({ type: 'MemberAdded', conversationId, kind: 'open', user, role: 'member' })),
  );
  const said = texts();
  const batch = 2_000;
  for (let from = 0; from < many; from += batch) {
    await write(
      Array.from({ length: Math.min(batch, many - from) }, (_, index) => {
        const conversationId = String((from + index) % conversations);
        const message = { conversationId, sender, text: said.next().value ?? '', at };
        return { type: 'MessageSent', conversationId, message, actorId: sender.id };
      }),
    );
  }
}

type Question = { readonly title: string; readonly query: (reading: number) => SearchQuery };
const question = (title: string, asked: string, more: (reading: number) => Partial<SearchQuery>): Question => ({
  title,
  query: (reading) => ({ terms: termsOf(asked), limit, ...more(reading) }),
});
const anyConversation = (reading: number) => ({ conversationId: String((reading * 37) % conversations) });
const asMember = () => ({ memberId: user.id });

const questions: readonly Question[] = [
  question('a rare word, everywhere', rare, () => ({})),
  question('a common word, everywhere', common, () => ({})),
  question('two common words, everywhere', `${common} milk`, () => ({})),
  question('a common word in one conversation', common, anyConversation),
  question('two common words in one conversation', `${common} milk`, anyConversation),
  question('a rare word in one conversation', rare, anyConversation),
  question('a common word in 100 conversations', common, asMember),
  question('a rare word in 100 conversations', rare, asMember),
  question('the beginning of a common word in one conversation', 'coff*', anyConversation),
];

/** Filled and taken in once, asked in every repetition. */
type Filled = { readonly dataDir: string; readonly figures: Figures };
let filled: Promise<Filled> | undefined;
let folder: string | undefined;
process.on('exit', () => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

async function prepare(tell: (line: string) => void): Promise<Filled> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-bench-'));
  folder = dataDir;
  const store = await openStore({ dataDir, commitDistanceMs: 0 });
  tell(`says ${many} messages`);
  await fill(store);
  const index = await openSearch({ dataDir });
  tell('takes them in');
  const cpu = process.cpuUsage();
  while (await index.advance());
  const { user: userUs, system } = process.cpuUsage(cpu);
  await index[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  const sizeOf = async (file: string): Promise<number> => (await stat(join(dataDir, file))).size;
  const figures = {
    'CPU µs to take one in': (userUs + system) / many,
    'index bytes per message': (await sizeOf('parlance.search.sqlite')) / many,
    'log bytes per message': (await sizeOf('parlance.sqlite')) / many,
  };
  return { dataDir, figures };
}

async function ask(index: SearchIndex, { query }: Question): Promise<Figures> {
  const tookMs: number[] = [];
  let found = 0;
  for (let reading = 0; reading < readings; reading++) {
    const startMs = performance.now();
    found += (await index.find(query(reading))).messages.length;
    tookMs.push(performance.now() - startMs);
  }
  tookMs.sort((a, b) => a - b);
  return {
    'p50 ms': quantile(tookMs, 0.5),
    'p99 ms': quantile(tookMs, 0.99),
    'finds per search': found / readings,
  };
}

export const search: Scenario<Question> = {
  name: 'search',
  sentence: `Words among ${many} messages in ${conversations} conversations of the embedded store, the newest ${limit} finds; BENCH_MESSAGES says among how many.`,
  contenders: questions,
  async measure(contender, { tell }) {
    filled ??= prepare(tell);
    const { dataDir, figures } = await filled;
    const store = await openStore({ dataDir });
    const index = await openSearch({ dataDir });
    // Once for the caches, as it is met by whoever comes second.
    await index.find(contender.query(0));
    const asked = await ask(index, contender);
    await index[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    return { ...asked, ...figures };
  },
  targets: [],
};
