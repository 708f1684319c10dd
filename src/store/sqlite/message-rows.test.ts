import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Precondition } from '../../app/ports.ts';
import { isPlain, readItems, writeItems } from '../batch.ts';
import { added, created, item, marked, said } from '../contract/scene.contract.ts';
import { Applier } from './applier.ts';
import { openForWriting } from './connection.ts';
import { migrate } from './migrate.ts';

let folder = '';
let db: DatabaseSync;
let applier: Applier;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-message-rows-'));
  const path = join(folder, 'log.sqlite');
  db = openForWriting({ path });
  migrate(db, path);
  applier = new Applier(db);
  apply(item([created('c', { kind: 'support', status: 'ACTIVE' }), added('c', 'ann'), added('c', 'bob')]));
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const apply = (...items: Parameters<typeof writeItems>[0][number][]) => applier.apply(readItems(writeItems(items)));

const member: Precondition = { is: 'member', conversationId: 'c', userId: 'ann' };
const ofTwo: Precondition = { is: 'conversationAs', conversationId: 'c', memberCount: 2 };
const active: Precondition = { is: 'conversationAs', conversationId: 'c', status: 'ACTIVE' };
const hello = (text: string, clientMessageId?: string) =>
  item([said('c', 'ann', text, clientMessageId === undefined ? {} : { clientMessageId })], [member]);

/** What the file has after the three entries with which it began. */
const rows = () =>
  db
    .prepare(
      `SELECT position, ordinal, sender_ordinal, client_message_id, body ->> 'text' AS text FROM entries
       WHERE is_message = 1 ORDER BY position`,
    )
    .all()
    .map((row) => Object.values(row));

const rowsOf = (count: number) => Array.from({ length: count }, (_, n) => [n + 4, n + 1, n + 1, null, `say ${n}`]);
const manyHellos = (count: number) => Array.from({ length: count }, (_, n) => hello(`say ${n}`));

describe('rows of plain messages', () => {
  test('are what most messages become', () => {
    expect(readItems(writeItems([hello('Hi')])).every(isPlain)).toBe(true);
  });

  test.each([1, 3, 4, 15, 16, 17, 21, 39])('are all written, in order, of %i', (count) => {
    expect(apply(...manyHellos(count))).toEqual(rowsOf(count).map(([position, ordinal]) => [position, ordinal]));
    expect(rows()).toEqual(rowsOf(count));
  });

  test('are there for a repeat in the same batch, and for one in the next', () => {
    const [, repeated] = apply(hello('once', 'x'), hello('again', 'x'), hello('other', 'y')) as unknown[];
    expect(repeated).toMatchObject({ repeatOf: { id: 4, text: 'once', clientMessageId: 'x' }, head: 4 });
    expect(apply(hello('later', 'y'))).toMatchObject([{ repeatOf: { id: 5, text: 'other' } }]);
    expect(rows().map(([, , , , text]) => text)).toEqual(['once', 'other']);
  });

  test('are there for what looks at them later in the same batch', () => {
    const mark = item([marked('c', 'bob', { what: 'messages', messageIds: [5] })]);
    const results = apply(hello('say 0'), hello('say 1'), mark, hello('say 2'));
    expect(results).toMatchObject([[4, 1], [5, 2], { done: [{ position: 6, from: 0, to: 5 }], marked: [5] }, [7, 3]]);
  });

  test('are not written where what they expect does not hold, which is told by its place', () => {
    const expecting = (...expects: Precondition[]) => item([said('c', 'ann', 'Hi')], expects);
    const stranger = item([said('c', 'eve', 'Hi')], [{ ...member, userId: 'eve' }]);
    const closed: Precondition = { is: 'conversationAs', conversationId: 'c', status: 'CLOSED' };
    const ofThree: Precondition = { is: 'conversationAs', conversationId: 'c', memberCount: 3 };
    const items = [
      stranger,
      expecting(member, ofThree),
      expecting(member, closed),
      expecting(member, ofTwo, closed),
      expecting(member, ofTwo, active),
    ];
    expect(readItems(writeItems(items)).every(isPlain)).toBe(true);
    expect(apply(...items)).toEqual([...[0, 1, 1, 2].map((broken) => ({ broken, head: 3 })), [4, 1]]);
    expect(rows()).toHaveLength(1);
  });

  test('stay whole around an item that is broken in itself', () => {
    const broken = item([created('c')]);
    const results = apply(...manyHellos(20), broken, hello('say 20'));
    expect(results).toHaveLength(22);
    expect((results as unknown[])[20]).toMatchObject({ failed: expect.stringContaining('exists already') });
    expect(rows()).toEqual(rowsOf(21));
  });
});
