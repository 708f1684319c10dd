import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { broken, doubtful, type Finding, well, wordsOf } from './finding.ts';

export type DiskExamination = {
  /** The folder, or the first one above it that exists. */
  readonly folder: string;
  readonly freeBytes: number;
  /** The file system's number, as Linux knows it. */
  readonly type: number;
  /** The median of some syncs; undefined where nothing can be written. */
  readonly syncMs: number | undefined;
  readonly failure?: string;
};

const syncs = 15;

/** Writes a small file where the data are, and removes it. */
export function examineDisk(dataDir: string): DiskExamination {
  let folder = resolve(dataDir);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize, type } = statfsSync(folder);
  const state = { folder, freeBytes: bavail * bsize, type: type >>> 0 };
  try {
    return { ...state, syncMs: timeSyncs(join(folder, `.parlance-doctor-${process.pid}`)) };
  } catch (error) {
    return { ...state, syncMs: undefined, failure: wordsOf(error) };
  }
}

function timeSyncs(path: string): number {
  const file = openSync(path, 'wx', 0o600);
  try {
    const tookMs = Array.from({ length: syncs }, () => {
      writeSync(file, Buffer.alloc(4096, 1));
      const startMs = performance.now();
      fdatasyncSync(file);
      return performance.now() - startMs;
    });
    return tookMs.sort((one, other) => one - other)[Math.floor(syncs / 2)] ?? 0;
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}

const leastFreeBytes = 200_000_000;
const comfortableFreeBytes = 2_000_000_000;
/** No disk that keeps its word is faster, battery-backed ones included. */
const leastSyncMs = 0.02;
const slowSyncMs = 50;

/** By the numbers of Linux (`man statfs`). */
const inMemory = new Set([0x01021994, 0x858458f6]);
const overNetwork = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
]);
const inContainer = 0x794c7630;

export function judgeDisk({ folder, freeBytes, type, syncMs, failure }: DiskExamination): readonly Finding[] {
  const findings: Finding[] = [];
  const free = `${(freeBytes / 1e9).toFixed(1)} GB are free in ${folder}`;
  if (freeBytes < leastFreeBytes)
    findings.push(broken('disk', free, 'Free some: a full disk is answered with UNAVAILABLE.'));
  else if (freeBytes < comfortableFreeBytes)
    findings.push(doubtful('disk', free, 'Free some, or move DATA_DIR to a larger disk.'));
  else findings.push(well('disk', free));

  const network = overNetwork.get(type);
  const elsewhere = 'Set DATA_DIR to a folder on a local disk.';
  if (inMemory.has(type)) findings.push(broken('disk', `${folder} is in memory, and gone with the machine`, elsewhere));
  else if (network !== undefined)
    findings.push(broken('disk', `${folder} is on ${network}, which cannot share SQLite's memory`, elsewhere));
  else if (type === inContainer)
    findings.push(doubtful('disk', `${folder} is a container's own layer, and gone with it`, 'Mount a volume there.'));

  if (syncMs === undefined) {
    const todo = 'Let this user write there, or set DATA_DIR to another folder.';
    findings.push(broken('disk', `${folder} cannot be written: ${failure ?? ''}`, todo));
  } else if (syncMs < leastSyncMs) {
    const words = `a sync takes ${(syncMs * 1000).toFixed(0)} µs: the disk says so without doing it`;
    findings.push(
      doubtful('disk', words, 'Look for a write cache without a battery, or mount options such as nobarrier.'),
    );
  } else if (syncMs > slowSyncMs) {
    const words = `a sync takes ${syncMs.toFixed(0)} ms, and each answer waits for one`;
    findings.push(doubtful('disk', words, 'Move DATA_DIR to a faster disk, or stop what else writes to this one.'));
  } else {
    findings.push(well('disk', `a sync takes ${syncMs.toFixed(2)} ms`));
  }
  return findings;
}
