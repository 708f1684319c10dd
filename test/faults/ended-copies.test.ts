import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { parlance } from '../harness/command-line.ts';
import { until } from '../harness/until.ts';

/** Backups and restores that a signal ends while they read a file that never ends. */

const timeout = 60_000;
let folder = '';
let [dataDir, copy, other] = ['', '', ''];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-ended-'));
  [dataDir, copy, other] = ['data', 'copy', 'other'].map((name) => join(folder, name)) as [string, string, string];
  await (await openStore({ dataDir }))[Symbol.asyncDispose]();
  mkdirSync(join(dataDir, 'files', 'ab'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the command until it has made `sign`, ends it, and resolves with the signal that it died of. */
async function endAt(sign: string, endless: string, line: string, settings: { DATA_DIR: string }): Promise<unknown> {
  execFileSync('mkfifo', [endless]);
  const held = openSync(endless, constants.O_RDWR);
  const child = spawn(process.execPath, ['src/cli.ts', ...line.split(' ')], { stdio: 'ignore', env: settings });
  const ended = once(child, 'close');
  try {
    await until(
      () => existsSync(sign),
      () => `${sign} is not made`,
    );
    child.kill('SIGTERM');
    return (await ended)[1];
  } finally {
    child.kill('SIGKILL');
    closeSync(held);
    rmSync(endless);
  }
}

test.skipIf(process.platform === 'win32')(
  'a backup and a restore that a signal ends leave nothing, and may be tried again',
  { timeout },
  async () => {
    const backup = `backup --to ${copy}`;
    const backedUp = join(copy, 'files', 'ab');
    expect(await endAt(backedUp, join(dataDir, 'files', 'ab', 'endless'), backup, { DATA_DIR: dataDir })).toBe(
      'SIGTERM',
    );
    expect(readdirSync(copy)).toEqual([]);
    expect(await parlance(backup, { DATA_DIR: dataDir })).toMatchObject({ code: 0 });

    const restore = `restore --from ${copy}`;
    const restoring = join(other, 'files.restoring', 'ab');
    mkdirSync(backedUp, { recursive: true });
    expect(await endAt(restoring, join(backedUp, 'endless'), restore, { DATA_DIR: other })).toBe('SIGTERM');
    expect(readdirSync(other).filter((name) => name.includes('restoring'))).toEqual([]);
    expect(await parlance(restore, { DATA_DIR: other })).toMatchObject({ code: 0 });
  },
);
