import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { launch, openPage, webIsBuilt } from './browser.ts';

const patienceMs = 60_000;

let house: OpenHouse;
let browser: Browser;

beforeAll(async () => {
  await webIsBuilt();
  house = await openHouse();
  browser = await launch();
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await house?.[Symbol.asyncDispose]();
});

test('the HTTP API is shown in Swagger UI, without a word from outside', async () => {
  const { page, complaints } = await openPage(browser, house, '/swagger/');
  await page.waitForSelector('.opblock-summary-path', { timeout: 20_000 });
  expect(await page.textContent('body')).toContain('/api/v1/conversations');
  expect(complaints).toEqual([]);
}, 60_000);

test('a page speaks to the server through the client library that the server itself hands out', async () => {
  const { page } = await openPage(browser, house, '/');
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
