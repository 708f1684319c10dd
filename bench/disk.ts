import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Figures } from './scenario.ts';

const rounds = 100;

/** What one fsync of a small write takes, as the median, and what it costs of CPU: the least that a commit does on this disk. */
export function fsyncFigures(): Figures {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-bench-disk-'));
  const file = openSync(join(folder, 'probe'), 'w');
  const took: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    writeSync(file, Buffer.alloc(4096, round));
    const startMs = performance.now();
    fsyncSync(file);
    took.push(performance.now() - startMs);
  }
  const { user, system } = process.cpuUsage(before);
  closeSync(file);
  rmSync(folder, { recursive: true });
  return {
    'fsync ms': took.sort((a, b) => a - b)[rounds / 2] ?? Number.NaN,
    'fsync CPU ms': (user + system) / 1000 / rounds,
  };
}
