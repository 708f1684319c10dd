import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mountSmallDisk } from '../harness/small-disk.ts';
import { until } from '../harness/until.ts';
import { get, type ServerProcess, startProcess } from './process.ts';

const timeout = 90_000;

/** What it is asked leaves a line in the log. */
async function askOften(server: ServerProcess, times: number): Promise<void> {
  for (let n = 0; n < times; n++) expect(await get(server, '/conversations')).toMatchObject({ conversations: [] });
}

/** How many lines of these whole ones tell of what was asked. */
function requestsIn(lines: string): number {
  const routes = lines
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { route?: string }).route);
  return routes.filter((route) => route === '/api/v1/conversations').length;
}

/** What `read` answers once so many requests stand in whole lines; the last one is written a moment after its answer. */
function wholeLines(count: number, read: () => string): Promise<string> {
  let lines = '';
  return until(
    () => {
      lines = read();
      return lines.endsWith('\n') && lines.split('"route":"/api/v1/conversations"').length > count && lines;
    },
    () => `not ${count} lines: ${lines.slice(-500)}`,
  );
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
    expect(requestsIn(await wholeLines(102, () => readFileSync(path, 'utf8')))).toBe(102);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
  } finally {
    server.signal('SIGKILL');
    await server.ended;
    closeSync(log);
    rmSync(dataDir, { recursive: true });
  }
});

/** What stands in a pipe by now. */
function readAvailable(pipe: number): string {
  const read: Buffer[] = [];
  for (;;) {
    const chunk = Buffer.alloc(65_536);
    try {
      read.push(chunk.subarray(0, readSync(pipe, chunk)));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return Buffer.concat(read).toString();
      throw error;
    }
  }
}

/** A server whose log goes into a pipe, which nobody reads but the test. */
async function logIntoPipe() {
  await using opening = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'parlance-log-'));
  opening.defer(() => rmSync(folder, { recursive: true }));
  execFileSync('mkfifo', [join(folder, 'log')]);
  const log = openSync(join(folder, 'log'), constants.O_RDWR | constants.O_NONBLOCK);
  opening.defer(() => closeSync(log));
  const server = await startProcess(join(folder, 'data'), {}, undefined, log);
  opening.defer(async () => {
    server.signal('SIGKILL');
    await server.ended;
  });
  const opened = opening.move();
  return { server, log, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
}

test.skipIf(process.platform !== 'linux')(
  'a log that nobody reads holds up nobody, and goes on with whole lines when it is read',
  { timeout },
  async () => {
    await using opened = await logIntoPipe();
    const { server, log } = opened;
    // A pipe holds 64 KiB.
    await askOften(server, 600);
    let lines = readAvailable(log);
    expect(requestsIn(lines), 'the pipe was full').toBeLessThan(550);
    await askOften(server, 1);
    const more = (): string => {
      lines += readAvailable(log);
      return lines;
    };
    expect(requestsIn(await wholeLines(601, more))).toBe(601);
  },
);

test.skipIf(process.platform !== 'linux')(
  'a log that nobody reads keeps no server from stopping',
  { timeout },
  async () => {
    await using opened = await logIntoPipe();
    await askOften(opened.server, 600);
    opened.server.signal('SIGTERM');
    expect(await opened.server.ended).toBe(0);
  },
);

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
