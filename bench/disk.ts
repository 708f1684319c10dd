import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const rounds = 50;

/** What one fsync of a small write takes, as the median: the price of a commit on this disk, without any CPU. */
export function fsyncMs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-bench-disk-'));
  const file = openSync(join(folder, 'probe'), 'w');
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    writeSync(file, Buffer.alloc(4096, round));
    const startMs = performance.now();
    fsyncSync(file);
    took.push(performance.now() - startMs);
  }
  closeSync(file);
  rmSync(folder, { recursive: true });
  return took.sort((a, b) => a - b)[rounds / 2] ?? Number.NaN;
}
