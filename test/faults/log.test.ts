import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { get, type ServerProcess, startProcess } from './process.ts';

const timeout = 90_000;

/** What it is asked leaves a line in the log. */
async function askOften(server: ServerProcess, times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect(await get(server, '/conversations')).toMatchObject({ conversations: [] });
}

test('a log on a full disk ends nothing, and goes on with whole lines when there is space', { timeout }, async ({
  skip,
}) => {
  using disk = mountSmallDisk(64);
  if (disk === undefined) return skip('no file system can be mounted here');
  const [path, filling] = [join(disk.path, 'log'), join(disk.path, 'filling')];
  writeFileSync(filling, new Uint8Array(64 * 1024 - 8_192));
  const dataDir = mkdtempSync(join(tmpdir(), 'parlance-log-'));
  const log = openSync(path, 'a');
  const server = await startProcess(dataDir, {}, undefined, log);
  try {
    await askOften(server, 100);
    const written = readFileSync(path, 'utf8');
    expect(written.endsWith('\n'), 'the disk is full').toBe(false);
    rmSync(filling);
    await askOften(server, 2);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    const routes = lines.map((line) => (JSON.parse(line) as { route?: string }).route);
    expect(routes.filter((route) => route === '/api/v1/conversations')).toHaveLength(102);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
  } finally {
    server.signal('SIGKILL');
    await server.ended;
    closeSync(log);
    rmSync(dataDir, { recursive: true });
  }
});

test.skipIf(process.platform !== 'linux')('a command whose output cannot be written says so', { timeout }, () => {
  const full = openSync('/dev/full', 'w');
  const stdio: ('ignore' | 'pipe' | number)[] = ['ignore', full, 'pipe'];
  const { status, stderr } = spawnSync(process.execPath, ['src/cli.ts', 'config'], { stdio, encoding: 'utf8' });
  closeSync(full);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/^parlance: The output cannot be written: ENOSPC.*\n$/),
  });
});
