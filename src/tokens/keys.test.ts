import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/harness/temporary-folder.ts';
import { resolveKeys } from './keys.ts';

const fresh = () => join(temporaryFolder('keys'), 'data');
const development = (dataDir: string) => ({
  storage: { dataDir },
  tokens: { algorithms: ['HS256'] },
  developmentSignIn: true,
});

test('without keys a secret is made, kept for the owner only, and found again', async () => {
  const dataDir = fresh();
  const first = await resolveKeys(development(dataDir));
  expect(first).toMatchObject({ developmentSignIn: true, algorithms: ['HS256'] });
  const path = join(dataDir, 'development-secret');
  expect(readFileSync(path, 'utf8')).toBe(first.secret);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);

  chmodSync(path, 0o644);
  expect((await resolveKeys(development(dataDir))).secret).toBe(first.secret);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await resolveKeys(development(fresh()))).secret).not.toBe(first.secret);
});

test('with keys nothing is made and development sign-in is off', async () => {
  const dataDir = fresh();
  const keys = await resolveKeys({
    storage: { dataDir },
    tokens: { secret: 's', algorithms: ['HS256'] },
    developmentSignIn: false,
  });
  expect(keys).toEqual({ secret: 's', algorithms: ['HS256'], developmentSignIn: false });
  expect(() => statSync(dataDir)).toThrow('ENOENT');
});

test('a file that holds no secret is not signed with', async () => {
  const dataDir = fresh();
  await resolveKeys(development(dataDir));
  writeFileSync(join(dataDir, 'development-secret'), '');
  await expect(resolveKeys(development(dataDir))).rejects.toThrow('Remove it');
});

test('a folder that cannot be written is named, with what to do', async () => {
  const file = `${fresh()}-file`;
  writeFileSync(file, '');
  await expect(resolveKeys(development(file))).rejects.toThrow(/development-secret .*DATA_DIR.*JWT_SECRET/);
});
