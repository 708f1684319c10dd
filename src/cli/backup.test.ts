import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshFolder, parlance } from '../../test/harness/command-line.ts';
import { mountSmallDisk } from '../../test/harness/small-disk.ts';
import { openDiskBlobs } from '../blobs/disk.ts';
import { append, gather, readAll, say } from '../store/contract/scene.contract.ts';
import { openStore } from '../store/open.ts';

const fileId = 'ab-an-unguessable-id';

async function settledFolder(): Promise<string> {
  const dataDir = freshFolder();
  await using store = await openStore({ dataDir });
  await say(store, await gather(store, 'ann', 'bob'), 'ann', 'one', 'two');
  const blobs = await openDiskBlobs(join(dataDir, 'files'));
  await blobs.write(fileId, new Blob(['content']).stream(), 100);
  await store.saveFile({ id: fileId, uploadedBy: 'ann', name: 'n', type: 't', sizeBytes: 7, at: 1 });
  return dataDir;
}

async function backedUp(): Promise<{ DATA_DIR: string; folder: string }> {
  const DATA_DIR = await settledFolder();
  const folder = join(freshFolder(), 'copy');
  expect(await parlance(`backup --to ${folder}`, { DATA_DIR })).toMatchObject({
    code: 0,
    told: expect.stringContaining('up to position 5, checked, with 1 uploaded files'),
  });
  return { DATA_DIR, folder };
}

async function logOf(dataDir: string) {
  await using store = await openStore({ dataDir });
  return { ...(await store.head()), entries: await readAll(store, 0), file: await store.loadFile(fileId) };
}

test('what was backed up is restored, with its files, as a new history', async () => {
  const { DATA_DIR, folder } = await backedUp();
  const before = await logOf(DATA_DIR);
  const other = join(freshFolder(), 'data');
  const { code, told } = await parlance(`restore --from ${folder}`, { DATA_DIR: other });
  expect({ code, told }).toMatchObject({ code: 0, told: expect.stringMatching(/up to position 5, .* verified/) });
  const after = await logOf(other);
  expect(after).toEqual({ ...before, epoch: after.epoch });
  expect(after.epoch).not.toBe(before.epoch);
  expect(after.epoch).toMatch(/^\S{16,}$/);
  expect(readFileSync(join(other, 'files', 'ab', fileId), 'utf8')).toBe('content');
});

test('a backup is for its owner only, and one file without a log beside it', async () => {
  const { folder } = await backedUp();
  expect(readdirSync(folder).sort()).toEqual(['files', 'manifest.json', 'parlance.sqlite']);
  for (const path of [folder, join(folder, 'parlance.sqlite'), join(folder, 'manifest.json')]) {
    expect(statSync(path).mode & 0o077, path).toBe(0);
  }
});

test('a backup beside a running store has all that was answered before', async () => {
  const DATA_DIR = await settledFolder();
  await using store = await openStore({ dataDir: DATA_DIR });
  await append(store, { type: 'UserRevoked', userId: 'bob', revokedAtSeconds: 5 });
  const folder = join(freshFolder(), 'copy');
  expect((await parlance(`backup --to ${folder} --files=false`, { DATA_DIR })).told).toContain('position 6');
  const other = freshFolder();
  expect(await parlance(`restore --from ${folder}`, { DATA_DIR: other })).toMatchObject({ code: 0 });
  await using restored = await openStore({ dataDir: other });
  expect(await restored.loadRevocations()).toEqual(new Map([['bob', 5]]));
  expect(existsSync(join(other, 'files'))).toBe(false);
});

test('a restore replaces nothing unless told to, and then keeps what was there', async () => {
  const { DATA_DIR, folder } = await backedUp();
  const refused = await parlance(`restore --from ${folder}`, { DATA_DIR });
  expect(refused).toMatchObject({ code: 1, told: expect.stringContaining('--replace') });
  const later = await openStore({ dataDir: DATA_DIR });
  await append(later, { type: 'UserRevoked', userId: 'bob', revokedAtSeconds: 5 });
  await later[Symbol.asyncDispose]();
  const lost = await logOf(DATA_DIR);
  expect(await parlance(`restore --from ${folder} --replace`, { DATA_DIR })).toMatchObject({ code: 0 });
  expect((await logOf(DATA_DIR)).position).toBe(5);
  const kept = readdirSync(DATA_DIR).filter((name) => name.includes('.replaced-'));
  expect(kept.map((name) => name.split('.replaced-')[0]).sort()).toEqual(['files', 'parlance.sqlite']);
  const old = freshFolder();
  cpSync(join(DATA_DIR, kept.find((name) => name.startsWith('parlance')) ?? ''), join(old, 'parlance.sqlite'));
  expect(await logOf(old)).toEqual(lost);
});

test('a restore under a running server is refused', async () => {
  const { DATA_DIR, folder } = await backedUp();
  await using store = await openStore({ dataDir: DATA_DIR });
  await store.head();
  expect(await parlance(`restore --from ${folder} --replace`, { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringContaining('Another process is using the database'),
  });
});

const flip = (path: string): void => {
  chmodSync(path, 0o600);
  const bytes = readFileSync(path);
  bytes[bytes.length - 3] = (bytes[bytes.length - 3] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};

test.each([
  [
    'a database with one other bit',
    (folder: string) => flip(join(folder, 'parlance.sqlite')),
    'not as it was backed up',
  ],
  [
    'a file with one other bit',
    (folder: string) => flip(join(folder, 'files', 'ab', fileId)),
    'not as it was backed up',
  ],
  [
    'one file more',
    (folder: string) => writeFileSync(join(folder, 'files', 'ab', 'more'), ''),
    'not as it was backed up',
  ],
  ['another manifest', (folder: string) => writeFileSync(join(folder, 'manifest.json'), '{}'), 'is damaged'],
])('a backup with %s is not restored, and nothing is changed', async (_, damage, words) => {
  const { DATA_DIR, folder } = await backedUp();
  const before = await logOf(DATA_DIR);
  damage(folder);
  expect(await parlance(`restore --from ${folder} --replace`, { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringContaining(words),
  });
  expect(await logOf(DATA_DIR)).toEqual(before);
});

test('a backup that was not finished is none', async () => {
  const folder = freshFolder();
  expect((await parlance(`restore --from ${folder}`, {})).told).toContain('is no backup');
});

test('a backup never goes where something is', async () => {
  const DATA_DIR = await settledFolder();
  const folder = freshFolder();
  mkdirSync(join(folder, 'precious'));
  expect(await parlance(`backup --to ${folder}`, { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringContaining('is not empty'),
  });
  expect(readdirSync(folder)).toEqual(['precious']);
});

test.for([
  ['the database', 64, 0],
  ['the files', 2_000, 3_000_000],
] as const)(
  'a backup to a disk that is too small for %s says so and leaves nothing, so that it may be tried again',
  async ([, sizeKilobytes, fileBytes], { skip }) => {
    using disk = mountSmallDisk(sizeKilobytes);
    if (disk === undefined) return skip('no file system can be mounted here');
    const DATA_DIR = await settledFolder();
    const blobs = await openDiskBlobs(join(DATA_DIR, 'files'));
    await blobs.write('cd-another-long-id', new Blob([new Uint8Array(fileBytes)]).stream(), fileBytes);
    const to = join(disk.path, 'copy');
    for (const attempt of ['first', 'second']) {
      const { code, told } = await parlance(`backup --to ${to}`, { DATA_DIR });
      expect({ code, told }, attempt).toEqual({
        code: 1,
        told: expect.stringContaining(`no space for the copy ${to}`),
      });
      expect(told, attempt).not.toContain(DATA_DIR);
      expect(readdirSync(to), attempt).toEqual([]);
    }
  },
);

test.for([
  ['the database', 8],
  ['the files', 8_000],
] as const)(
  'a restore to a disk that is too small for %s says so and leaves nothing, so that it may be tried again',
  async ([, sizeKilobytes], { skip }) => {
    using disk = mountSmallDisk(sizeKilobytes);
    if (disk === undefined) return skip('no file system can be mounted here');
    const origin = await settledFolder();
    const blobs = await openDiskBlobs(join(origin, 'files'));
    await blobs.write('cd-another-long-id', new Blob([new Uint8Array(9_000_000)]).stream(), 9_000_000);
    const folder = join(freshFolder(), 'copy');
    expect(await parlance(`backup --to ${folder}`, { DATA_DIR: origin })).toMatchObject({ code: 0 });
    for (const attempt of ['first', 'second']) {
      const { code, told } = await parlance(`restore --from ${folder}`, { DATA_DIR: disk.path });
      expect({ code, told }, attempt).toEqual({
        code: 1,
        told: expect.stringContaining(`no space for the copy ${join(disk.path, 'parlance.sqlite')}`),
      });
      expect(readdirSync(disk.path), attempt).toEqual(['parlance.lock']);
    }
  },
);

// A volume of a container is a disk of its own, and cannot be renamed.
test.for(['files', 'parlance.sqlite'])(
  'a restore that finds %s on a disk of its own changes nothing',
  async (name, { skip }) => {
    const { DATA_DIR, folder } = await backedUp();
    const before = await logOf(DATA_DIR);
    using disk = mountSmallDisk(1_000);
    if (disk === undefined) return skip('no file system can be mounted here');
    const [path, same] = [join(DATA_DIR, name), join(disk.path, name)];
    cpSync(path, same, { recursive: true });
    execFileSync('mount', ['--bind', same, path]);
    try {
      expect(await parlance(`restore --from ${folder} --replace`, { DATA_DIR })).toMatchObject({
        code: 1,
        told: expect.stringMatching(new RegExp(`${name} cannot be renamed .* Nothing was changed`)),
      });
    } finally {
      execFileSync('umount', [path]);
    }
    expect(await logOf(DATA_DIR)).toEqual(before);
    expect(readFileSync(join(DATA_DIR, 'files', 'ab', fileId), 'utf8')).toBe('content');
    expect(readdirSync(DATA_DIR).filter((name) => /restoring|replaced/.test(name))).toEqual([]);
  },
);

test.skipIf(!existsSync('/proc/self'))('a backup to where no folder can be made ends in words', async () => {
  const DATA_DIR = await settledFolder();
  expect(await parlance('backup --to /proc/parlance/copy', { DATA_DIR })).toMatchObject({
    code: 1,
    told: expect.stringMatching(/cannot be made .*mkdir.*--to/),
  });
});

test.each(['backup --to x', 'restore --from x'])('"parlance %s" leaves PostgreSQL to its own means', async (line) => {
  const { code, told } = await parlance(line, { DATABASE_URL: 'postgres://nowhere/none' });
  expect(code).toBe(1);
  expect(told).toMatch(/own means|embedded database/);
});
