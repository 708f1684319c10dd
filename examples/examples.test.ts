import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../test/harness/house.ts';

const run = promisify(execFile);

let house: OpenHouse;
beforeAll(async () => {
  // As on a fresh machine: no keys, so that the development sign-in is on.
  house = await openHouse({ JWT_SECRET: undefined });
});
afterAll(() => house[Symbol.asyncDispose]());

/** The lines that an example prints; rejects when it says anything on its error output or does not end. */
async function printed(name: string, env: { readonly [name: string]: string } = {}): Promise<string[]> {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const { stdout, stderr } = await run(process.execPath, [file], {
    env: { PARLANCE_URL: house.address, ...env },
    timeout: 15_000,
  });
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

test('kenz', async () => {
  expect(await printed('kenz')).toEqual(['user 1 in chat 7: Hello in kenz']);
});

test('support', async () => {
  expect(await printed('support')).toEqual([
    'joined with 0 messages',
    'user 2: Hello in support',
    expect.stringMatching(/^message \d+ is stored$/),
  ]);
});

test('direct', async () => {
  expect(await printed('direct')).toEqual(['user 3 to user 4: Hello in direct']);
});

test('messaging', async () => {
  expect(await printed('messaging')).toEqual([
    'joined tea-room',
    'caught up on 0',
    '4 in tea-room: Hello in messaging',
    expect.stringMatching(/^message \d+ is sent$/),
    expect.stringMatching(/^user 4 has read up to \d+$/),
  ]);
});

test('rooms', async () => {
  expect(await printed('rooms')).toEqual(['here: Roo', 'Roo has come', 'Roo: Hello in rooms', 'closed with 1005']);
});

test('all five in one conversation hear the same, in one order', async () => {
  const numbered = ['1 said: kenz', '2 said: support', '3 said: direct', '4 said: messaging', '5 said: rooms'];
  const named = ['Kim said: kenz', 'Sam said: support', 'Dee said: direct', 'Mel said: messaging', 'Roo said: rooms'];
  expect(await printed('all-five')).toEqual([
    'rooms heard',
    ...named.map((line) => `  ${line} here`),
    ...['messaging', 'support', 'direct', 'kenz'].flatMap((name) => [
      `${name} heard`,
      ...numbered.map((line) => `  user ${line} here`),
    ]),
  ]);
});
