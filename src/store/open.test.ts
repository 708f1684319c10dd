import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databasePath, openStore } from './open.ts';

describe('opening the store', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parlance-open-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** The files that a store leaves in the folder after it was opened and closed. */
  async function filesOf(databaseUrl: string | undefined, dataDir: string): Promise<readonly string[]> {
    const store = await openStore({ databaseUrl, dataDir });
    await store[Symbol.asyncDispose]();
    return (await readdir(dataDir)).sort();
  }

  test('makes one file under the data folder, both for their owner only', async () => {
    const dataDir = join(folder, 'a', 'b');
    expect(await filesOf(undefined, dataDir)).toEqual(['parlance.lock', 'parlance.sqlite']);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'parlance.sqlite'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(dataDir, 'parlance.lock'))).mode & 0o777).toBe(0o600);
  });

  test('takes an empty DATABASE_URL as none', async () => {
    expect(await filesOf('', folder)).toContain('parlance.sqlite');
    expect(await filesOf('sqlite:', folder)).toContain('parlance.sqlite');
  });

  test('finds a relative path from the data folder on, and an absolute one where it is', async () => {
    expect(await filesOf('sqlite:chat.sqlite', folder)).toEqual(['chat.lock', 'chat.sqlite']);
    const elsewhere = join(folder, 'elsewhere');
    const store = await openStore({ databaseUrl: `sqlite://${elsewhere}/x.sqlite`, dataDir: folder });
    await store[Symbol.asyncDispose]();
    expect(await readdir(elsewhere)).toContain('x.sqlite');
    expect(databasePath({ databaseUrl: 'sqlite:../beside/x.sqlite', dataDir: join(folder, 'data') })).toBe(
      join(folder, 'beside', 'x.sqlite'),
    );
  });

  test('refuses a scheme without a driver by naming the setting, and keeps the address to itself', async () => {
    const opening = openStore({ databaseUrl: 'mysql://root:hunter2@db/chat', dataDir: folder });
    await expect(opening).rejects.toThrow(/DATABASE_URL.*"mysql"/);
    await expect(opening).rejects.not.toThrow(/hunter2/);
    await expect(openStore({ databaseUrl: '/var/chat', dataDir: folder })).rejects.toThrow(/DATABASE_URL/);
  });
});
