import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openStore } from '../src/store/open.ts';
import { numberOption } from '../test/harness/number-option.ts';

/**
 * How much memory and time it takes to export a log, to import it, and to migrate it:
 * `node bench/migration.ts --messages 1000000 [--to postgres://…]`.
 */
const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    to: { type: 'string', default: 'sqlite:migrated.sqlite' },
  },
});
const messages = numberOption('messages', values.messages, { isWhole: true });
const conversations = 1_000;
const batch = 2_000;
const text = 'a message of the usual length, as people write them to each other';

const folder = mkdtempSync(join(tmpdir(), 'parlance-moving-'));
try {
  await settle();
  console.log(
    `${messages} messages in ${conversations} conversations, ${megabytes(fileSize('parlance.sqlite'))} MB of SQLite`,
  );
  const archive = join(folder, 'all.ndjson');
  await measured('export', ['export', '--to', archive]);
  console.log(`the archive has ${megabytes(fileSize('all.ndjson'))} MB`);
  await measured('import into SQLite', ['import', '--from', archive], { DATABASE_URL: 'sqlite:imported.sqlite' });
  await measured(`migrate to ${new URL(values.to).protocol}`, [
    'migrate',
    '--from',
    'sqlite:parlance.sqlite',
    '--to',
    values.to,
  ]);
} finally {
  rmSync(folder, { recursive: true });
}

async function settle(): Promise<void> {
  await using store = await openStore({ dataDir: folder });
  const sender = { id: 'ann', email: '', role: 'USER', name: 'Ann' };
  for (let n = 0; n < conversations; n++) {
    const made = {
      isAutoCreated: false,
      createdAt: 1,
      updatedAt: 1,
      ordinal: 0,
      lastMessageId: 0,
      memberCount: 0,
      pair: [],
    };
    const conversation = { id: `${n}`, kind: 'group', ...made } as const;
    await store.append([{ at: 1, expects: [], drafts: [{ type: 'ConversationCreated', conversation }] }]);
  }
  for (let n = 0; n < messages; n += batch) {
    const items = Array.from({ length: Math.min(batch, messages - n) }, (_, at) => {
      const conversationId = `${(n + at) % conversations}`;
      const message = { conversationId, sender, text, at: n, clientMessageId: `c${n + at}` };
      return {
        at: n,
        expects: [],
        drafts: [{ type: 'MessageSent', conversationId, message, actorId: sender.id } as const],
      };
    });
    await store.append(items);
  }
}

async function measured(what: string, args: readonly string[], settings: Record<string, string> = {}): Promise<void> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ['src/cli.ts', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DATA_DIR: folder, ...settings },
  });
  let peakKiB = 0;
  const watch = setInterval(() => {
    peakKiB = Math.max(peakKiB, peakOf(child));
  }, 50);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
  const seconds = (performance.now() - startMs) / 1000;
  console.log(`${what}: ${seconds.toFixed(1)} s, at most ${Math.round(peakKiB / 1024)} MB of memory`);
}

/** As Linux keeps it; 0 elsewhere. */
function peakOf({ pid }: ChildProcess): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function fileSize(name: string): number {
  return statSync(join(folder, name)).size;
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
