import { describe, expect, test } from 'vitest';
import { SavedRows } from './saved-rows.ts';

/** Rows whose saving ends when a test says so. */
function rows() {
  const savings: PromiseWithResolvers<void>[] = [];
  const saved = new SavedRows(() => {
    const saving = Promise.withResolvers<void>();
    savings.push(saving);
    return saving.promise;
  });
  return { saved, savings };
}

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  return done;
}

describe('rows that may be behind the log', () => {
  test('are not saved when nothing was committed', async () => {
    const { saved, savings } = rows();
    await saved.upToDate();
    expect(savings).toHaveLength(0);
  });

  test('are saved once for all who read them after a commit, and each waits for that', async () => {
    const { saved, savings } = rows();
    saved.committed();
    const readers = [saved.upToDate(), saved.upToDate()];
    expect(savings).toHaveLength(1);
    expect(await isDone(Promise.race(readers))).toBe(false);
    savings[0]?.resolve();
    await Promise.all(readers);
    await saved.upToDate();
    expect(savings).toHaveLength(1);
  });

  test('are saved again for what was committed while they were being saved', async () => {
    const { saved, savings } = rows();
    saved.committed();
    saved.saveSoon();
    saved.committed();
    const reading = saved.upToDate();
    savings[0]?.resolve();
    expect(await isDone(reading)).toBe(false);
    savings[1]?.resolve();
    await reading;
  });

  test('that cannot be saved are read as they are, and saved with the next reading', async () => {
    const { saved, savings } = rows();
    saved.committed();
    const reading = saved.upToDate();
    savings[0]?.reject(new Error('The disk is full.'));
    await reading;
    void saved.upToDate();
    expect(savings).toHaveLength(2);
  });
});
