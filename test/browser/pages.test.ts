import { existsSync } from 'node:fs';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as playwright } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';

const installed = '/usr/bin/chromium';
const patienceMs = 60_000;

let house: OpenHouse;
let browser: Browser;

beforeAll(async () => {
  house = await openHouse();
  browser = await playwright.launch({
    executablePath: existsSync(installed) ? installed : await chromium.executablePath(),
    args: [...chromium.args, '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    headless: true,
  });
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await house[Symbol.asyncDispose]();
});

/** Opens a page and says what went wrong on it, and whom else it asked. */
async function open(path: string) {
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(house.address) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
  await page.goto(house.address + path, { waitUntil: 'load' });
  return { page, complaints };
}

test('the first page says what this is, fits a phone, and asks nobody else', async () => {
  const { page, complaints } = await open('/');
  expect(await page.textContent('h1')).toContain('Parlance');
  const text = (await page.textContent('body')) ?? '';
  for (const mount of ['/chat', '/ws/chat/', '/swagger/', '/health'])
    expect(text + (await page.content())).toContain(mount);
  const width = await page.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(390);
  expect(complaints).toEqual([]);
}, 60_000);

test('the HTTP API is shown in Swagger UI, without a word from outside', async () => {
  const { page, complaints } = await open('/swagger/');
  await page.waitForSelector('.opblock-summary-path', { timeout: 20_000 });
  expect(await page.textContent('body')).toContain('/api/v1/conversations');
  expect(complaints).toEqual([]);
}, 60_000);

test('a page speaks to the server through the client library that the server itself hands out', async () => {
  const { page } = await open('/');
  const token = house.token({ sub: '7', name: 'Ann' });
  const heard = await page.evaluate(
    `(async () => {
      const { io } = await import('/socket.io/socket.io.esm.min.js');
      const socket = io({ auth: { token: ${JSON.stringify(token)} } });
      const heard = new Promise((resolve) => socket.on('receive_message', resolve));
      socket.emit('send_message', { chatId: 9, message: 'from a browser', type: 'text', file_url: null });
      return await heard;
    })()`,
  );
  expect(heard).toMatchObject({ chat_id: 9, sender_id: 7, message: 'from a browser' });
}, 60_000);
