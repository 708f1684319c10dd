import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { readAll, say } from '../contract/scene.contract.ts';
import { openLogReader } from './read-only.ts';
import { SqliteStore } from './store.ts';

/** The tables of a build that wrote all rows with each commit, and what it wrote. */
async function writeAsBefore(path: string): Promise<void> {
  const db = new DatabaseSync(path);
  for (const name of ['001-log', '002-people', '003-revisions', '004-followers', '005-retention']) {
    db.exec(await readFile(new URL(`./migrations/${name}.sql`, import.meta.url), 'utf8'));
  }
  const sender = `"sender":{"id":"ann","email":"","role":"USER","name":"Ann"}`;
  const body = (text: string) => `{"conversationId":"den",${sender},"text":"${text}","at":1}`;
  const created = JSON.stringify({ type: 'ConversationCreated', conversation: { id: 'den' } });
  db.exec(`
    INSERT INTO entries (position, at, conversation_id, is_message, body) VALUES (1, 1, 'den', 0, '${created}');
    INSERT INTO entries (position, at, conversation_id, is_message, ordinal, sender_id, sender_ordinal, body)
    VALUES (2, 1, 'den', 1, 1, 'ann', 1, '${body('one')}'), (3, 1, 'den', 1, 2, 'ann', 2, '${body('two')}');
    INSERT INTO entries (position, at, user_id, is_message, key, body) VALUES (4, 1, 'ann', 0, 'k', '{"type":"UserChanged"}');
    INSERT INTO conversations VALUES ('den', 'group', NULL, NULL, NULL, NULL, NULL, 0, 1, 1, 2, 3, 1);
    INSERT INTO members VALUES ('den', 'ann', 'member', 1, 0, 0, 1, 0, 0, 0, 2);
    UPDATE log_head SET position = 4;
    PRAGMA user_version = 5;
  `);
  db.close();
}

test('a file of an older build is brought up to date with all that it holds, and goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parlance-older-'));
  const path = join(folder, 'parlance.sqlite');
  try {
    await writeAsBefore(path);
    expect(() => openLogReader(path)).toThrow(/of an older build/);
    const store = await SqliteStore.open({ path });
    const texts = async () => {
      const { value } = await store.readMessages({ conversationId: 'den', limit: 9, take: 'newest' });
      return value.messages.map(({ ordinal, text }) => [ordinal, text]);
    };
    const topics = { conversationIds: ['den'], userIds: ['ann'] };
    expect(await texts()).toEqual([
      [1, 'one'],
      [2, 'two'],
    ]);
    expect((await readAll(store, 0, topics)).map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect(await say(store, 'den', 'ann', 'three')).toEqual([5]);
    expect((await texts()).at(-1)).toEqual([3, 'three']);
    await store[Symbol.asyncDispose]();

    const db = new DatabaseSync(path);
    const listed = db.prepare('SELECT is_message, position FROM conversation_entries ORDER BY position').all();
    expect(listed.map((row) => Object.values(row))).toEqual([
      [0, 1],
      [1, 2],
      [1, 3],
      [1, 5],
    ]);
    db.exec('DELETE FROM entries WHERE position = 2');
    expect(db.prepare('SELECT count(*) AS count FROM conversation_entries').get()).toMatchObject({ count: 3 });
    expect(db.prepare('SELECT position, followed FROM log_head').get()).toMatchObject({ position: 5, followed: 5 });
    db.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
