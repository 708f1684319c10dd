import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect, getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dialectNames, Five } from '../across-dialects/five.ts';
import { selfSigned } from '../harness/certificate.ts';
import { dial } from '../harness/clients.ts';

/** The server's own TLS: the same conversation as ever, over https and wss. */

const first = selfSigned('first');
const second = selfSigned('second');
let folder = '';
let certFile = '';
let keyFile = '';
let five: Five;
const usual = getCACertificates('default');

beforeAll(async () => {
  setDefaultCACertificates([...usual, first.cert, second.cert]);
  folder = await mkdtemp(join(tmpdir(), 'parlance-tls-'));
  [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  await writeFile(certFile, first.cert);
  await writeFile(keyFile, first.key);
  five = await Five.gather({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile });
});
afterAll(async () => {
  await five?.[Symbol.asyncDispose]();
  setDefaultCACertificates(usual);
  await rm(folder, { recursive: true, force: true });
});

/** Whose certificate a connection that begins now is shown. */
async function nameShown(): Promise<string | undefined> {
  const socket = connect({
    host: '127.0.0.1',
    port: Number(new URL(five.house.address).port),
    servername: 'localhost',
  });
  await once(socket, 'secureConnect');
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('what is said in any dialect is heard in all, over wss', async () => {
  expect(five.house.address).toMatch(/^https:/);
  for (const speaker of dialectNames) {
    five.says(speaker, `said in ${speaker}`);
    for (const hearer of dialectNames) expect((await five.hears(hearer)).text).toBe(`said in ${speaker}`);
  }
  expect(five.objections).toEqual([]);
});

test('polling and the HTTP API go over https, and addresses of files say so', async () => {
  const token = five.token('messaging');
  const polling = dial(five.house.address, 'messaging', { token, transports: ['polling'] });
  await polling.connected();
  polling.say('joinRoom', ['77'], true);
  await polling.next('the answer');
  polling.close();
  const form = new FormData();
  form.append('file', new Blob(['hello']), 'a.txt');
  const { status, json } = await five.house.call('POST', '/api/v1/files', { token }, form);
  const { url } = json as { url: string };
  expect([status, url.startsWith(`${five.house.address}/files/`)]).toEqual([201, true]);
  expect(await (await fetch(url)).text()).toBe('hello');
});

test('who speaks no TLS is cut off, and disturbs nobody', async () => {
  const socket = connectPlain(Number(new URL(five.house.address).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text) => (answer += text));
  socket.on('error', () => undefined);
  socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'close');
  expect(answer).not.toContain('HTTP/1.1');
  five.says('kenz', 'still here');
  expect((await five.hears('rooms')).text).toBe('still here');
  await five.hush();
});

test('new files are served to who comes then, and who is there stays', { timeout: 30_000 }, async () => {
  expect(await nameShown()).toBe('first');
  // As certificate tools do it: one file after the other, with a moment in between in which they do not fit.
  await writeFile(`${certFile}.new`, second.cert);
  await rename(`${certFile}.new`, certFile);
  await wait(2_500);
  expect(await nameShown()).toBe('first');
  await writeFile(`${keyFile}.new`, second.key);
  await rename(`${keyFile}.new`, keyFile);
  let shown: string | undefined;
  for (let attempt = 0; shown !== 'second' && attempt < 100; attempt++) {
    await wait(50);
    shown = await nameShown();
  }
  expect(shown).toBe('second');
  for (const speaker of dialectNames) {
    five.says(speaker, `still ${speaker}`);
    for (const hearer of dialectNames) expect((await five.hears(hearer)).text).toBe(`still ${speaker}`);
  }
  const newcomer = dial(five.house.address, 'kenz', { token: five.token('kenz') });
  await newcomer.connected();
  newcomer.close();
  expect(five.objections).toEqual([]);
});
