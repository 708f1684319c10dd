import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../test/harness/house.ts';
import { until } from '../test/harness/until.ts';

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

/** An example that runs until it is told to stop, with the lines that it has printed so far. */
function running(
  name: string,
  env: { readonly [name: string]: string } = {},
): Disposable & { readonly lines: string[] } {
  const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [file], { env: { PARLANCE_URL: house.address, ...env } });
  const lines: string[] = [];
  child.stdout?.on('data', (text: Buffer) => lines.push(...String(text).trimEnd().split('\n')));
  child.stderr?.on('data', (text: Buffer) => lines.push(`error: ${text}`));
  return { lines, [Symbol.dispose]: () => void child.kill() };
}

const has = (lines: readonly string[], wanted: RegExp) =>
  until(
    () => lines.find((line) => wanted.test(line)),
    () => `should print ${wanted}: ${lines.join('\n')}`,
  );

test('a bot answers in the conversations that it is a member of', async () => {
  using bot = running('bot');
  await has(bot.lines, /^listening$/);
  const { token } = (await (
    await fetch(`${house.address}/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id: '7', name: 'Ann' }),
    })
  ).json()) as { token: string };
  const caller = { token };
  const { json } = await house.call('POST', '/api/v1/conversations', caller, { kind: 'group', members: ['99'] });
  const path = `/api/v1/conversations/${(json as { id: string }).id}/messages`;
  for (const text of ['not for bots', '/hello', '/count one two three'])
    await house.call('POST', path, caller, { text });
  let texts: string[] = [];
  for (let tries = 0; tries < 500 && texts.length < 5; tries++) {
    const { messages } = (await house.call('GET', path, caller)).json as { messages: { text: string }[] };
    texts = messages.map(({ text }) => text);
  }
  expect(texts.filter((text) => !text.startsWith('/'))).toEqual(['not for bots', 'Hello, user 7.', '3 words.']);
});

test('a webhook’s receiver believes what is signed, and nothing else', async () => {
  const secret = 'a secret of some length';
  using receiver = running('webhook', { WEBHOOK_SECRET: secret, PORT: '0' });
  const port = /\d+/.exec(await has(receiver.lines, /^at \d+$/))?.[0];
  const url = `http://127.0.0.1:${port}/`;
  await house.call('POST', '/api/v1/webhooks', 'host', { url, secret, events: ['message.sent'] });
  await house.call('POST', '/api/v1/conversations', 'host', { id: 'hooked', kind: 'open', members: ['7'] });
  await house.call('POST', '/api/v1/conversations/hooked/messages', 'host', { senderId: '7', text: 'Hello' });
  await has(receiver.lines, /^message.sent: Hello$/);
  const forged = {
    method: 'POST',
    body: '{}',
    headers: { 'x-parlance-signature': 'v1=00', 'x-parlance-timestamp': '1' },
  };
  expect((await fetch(url, forged)).status).toBe(401);
  const page = await readFile(new URL('../docs/webhooks.md', import.meta.url), 'utf8');
  const code = await readFile(new URL('webhook.mjs', import.meta.url), 'utf8');
  expect(page).toContain(code.trim());
});

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
