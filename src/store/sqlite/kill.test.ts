import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readAll } from '../contract/scene.contract.ts';
import { openStore } from '../open.ts';

/** Opens a store and writes without end; prints every answered position and its text only after the answer. */
const writingProcess = `
  import { writeSync } from 'node:fs';
  const [openUrl, dataDir] = process.argv.slice(1);
  const { openStore } = await import(openUrl);
  const store = await openStore({ dataDir });
  const at = 1;
  const conversationId = 'c';
  const sender = { id: 'ann', email: '', role: 'USER', name: 'Ann' };
  const counted = { ordinal: 0, lastMessageId: 0, memberCount: 0, pair: [] };
  const conversation = { id: conversationId, kind: 'open', isAutoCreated: false, createdAt: at, updatedAt: at, ...counted };
  await store.append([{ at, expects: [], drafts: [{ type: 'ConversationCreated', conversation }] }]);
  // A reader who is late must not end the writer.
  function say(line) {
    for (;;) {
      try {
        return writeSync(1, line + '\\n');
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
  }
  say('open');
  let last = 0;
  async function speak() {
    for (;;) {
      const text = String(++last);
      const draft = { type: 'MessageSent', conversationId, actorId: 'ann', message: { conversationId, sender, text, at } };
      const [outcome] = await store.append([{ at, expects: [], drafts: [draft] }]);
      say(outcome.entries[0].position + ' ' + text);
    }
  }
  for (let n = 0; n < 50; n++) speak();
`;

describe('a process that writes', () => {
  let dataDir = '';
  let child: ChildProcess | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'parlance-kill-'));
  });
  afterEach(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(dataDir, { recursive: true });
  });

  /** Starts it; resolves once it has answered so many appends. `finish` kills it and tells all that it answered. */
  async function startWriting(answeredAtLeast: number) {
    const openUrl = new URL('../open.ts', import.meta.url).href;
    const args = ['--input-type=module', '-e', writingProcess, openUrl, dataDir];
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child = process_;
    let [output, complaints] = ['', ''];
    process_.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    await new Promise<void>((resolve, reject) => {
      process_.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        // The first line says that it is open, and the last one is not complete.
        if (output.split('\n').length >= answeredAtLeast + 2) resolve();
      });
      process_.on('exit', () => reject(new Error(`The process ended by itself: ${complaints}`)));
    });
    return async (): Promise<readonly string[]> => {
      process_.kill('SIGKILL');
      await once(process_, 'close');
      return output.split('\n').slice(1, -1);
    };
  }

  test('keeps every other process out, and a kill lets them in', async () => {
    const finish = await startWriting(0);
    await expect(openStore({ dataDir })).rejects.toThrow(/Another process is using the database .*DATA_DIR/);
    await finish();
    await (await openStore({ dataDir }))[Symbol.asyncDispose]();
  });

  test('loses nothing that it has answered when it is killed', async () => {
    for (const answered of [1, 300, 3_000]) {
      const dir = dataDir;
      dataDir = await mkdtemp(join(tmpdir(), 'parlance-kill-'));
      await rm(dir, { recursive: true });
      const lines = await (await startWriting(answered))();
      expect(lines.length).toBeGreaterThanOrEqual(answered);

      const store = await openStore({ dataDir });
      const stored = await readAll(store, 0);
      expect(stored.map((entry) => entry.position)).toEqual(stored.map((_, n) => n + 1));
      const said = new Set(
        stored.flatMap(({ position, event }) =>
          event.type === 'MessageSent' ? [`${position} ${event.message.text}`] : [],
        ),
      );
      expect(lines.filter((line) => !said.has(line))).toEqual([]);
      expect((await store.loadConversation('c')).value).toMatchObject({
        ordinal: said.size,
        lastMessageId: stored.length,
      });
      await store[Symbol.asyncDispose]();
    }
  });
});
