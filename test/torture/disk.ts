import { execFile } from 'node:child_process';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Larger than what a long run writes, and no more than a part of the memory of a small machine. */
const sizeMegabytes = 4096;
const spareBytes = 64 * 1024;
const triesToFill = 5;

/** Where the server keeps its data: a file system of its own where one can be mounted, so that it can be filled. */
export class Disk implements AsyncDisposable {
  readonly path: string;
  /** Why it cannot be filled. */
  readonly limitation: string | undefined;

  private constructor(path: string, limitation: string | undefined) {
    this.path = path;
    this.limitation = limitation;
  }

  static async open(): Promise<Disk> {
    const path = await mkdtemp(join(tmpdir(), 'parlance-torture-'));
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMegabytes}m`, 'tmpfs', path]);
      return new Disk(path, undefined);
    } catch {
      return new Disk(path, 'the disk is not filled: no small file system can be mounted here');
    }
  }

  /** Leaves no room but what is in use, and a little that is gone in a moment. */
  async fill(): Promise<void> {
    if (this.limitation !== undefined) return;
    for (let attempt = 0; attempt < triesToFill; attempt++) {
      const { blocks, bfree, bsize } = await statfs(this.path);
      const used = (blocks - bfree) * bsize;
      // Refused when more has been written since.
      const isFull = await this.#resize(`${Math.ceil((used + spareBytes) / 1024)}k`);
      if (isFull) return;
    }
  }

  async empty(): Promise<void> {
    if (this.limitation === undefined) await this.#resize(`${sizeMegabytes}m`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.limitation === undefined) await run('umount', ['-l', this.path]);
    await rm(this.path, { recursive: true, force: true });
  }

  async #resize(size: string): Promise<boolean> {
    return run('mount', ['-o', `remount,size=${size}`, this.path]).then(
      () => true,
      () => false,
    );
  }
}
