import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of this size in a folder of its own, which is soon full; undefined where none may be mounted. */
export function mountSmallDisk(sizeKilobytes: number): ({ readonly path: string } & Disposable) | undefined {
  const path = mkdtempSync(join(tmpdir(), 'parlance-small-disk-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeKilobytes}k`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    remove();
    return undefined;
  }
  return {
    path,
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', path]);
      remove();
    },
  };
}
