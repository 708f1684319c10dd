import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dialectNames } from '../../src/dialects/dialect.ts';
import { committedDocument } from '../harness/conformity.ts';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { launch, openPage } from './browser.ts';

/** The pages of the dialects, in a real browser. With SCREENSHOTS set, what it shows is kept in that folder. */

const patienceMs = 60_000;
const widths = { phone: 390, desktop: 1280 };

let house: OpenHouse;
let browser: Browser;

beforeAll(async () => {
  house = await openHouse();
  browser = await launch();
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await house[Symbol.asyncDispose]();
});

async function open(path: string, width: number, colorScheme: 'light' | 'dark' = 'light') {
  const { page, complaints } = await openPage(browser, house, path, { viewport: { width, height: 900 }, colorScheme });
  return { page, complaints, [Symbol.asyncDispose]: () => page.context().close() };
}

async function keep(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: !name.includes('fold') });
}

test.each(dialectNames)(
  'the page of %s shows all that its document says, on a phone too, and asks nobody else',
  async (name) => {
    for (const [device, width] of Object.entries(widths)) {
      const scheme = device === 'phone' ? 'dark' : 'light';
      await using opened = await open(`/docs/${name}`, width, scheme);
      const { page, complaints } = opened;
      await keep(page, `${name}-${device}-fold`);
      await keep(page, `${name}-${device}`);
      const text = (await page.textContent('body')) ?? '';
      const contents = (await page.textContent('.contents')) ?? '';
      for (const { title, summary, payload } of Object.values(committedDocument(name).components.messages)) {
        if (title.startsWith('Acknowledgement')) continue;
        expect(text).toContain(title === 'A message' ? 'Say something' : title);
        expect(text).toContain(summary.replaceAll('`', ''));
        if (title !== 'error' && title !== 'A message') expect(contents).toContain(title);
        for (const field of Object.keys((payload as { properties?: object }).properties ?? {}))
          expect(text).toContain(field);
      }
      const wide = 'document.documentElement.scrollWidth';
      expect(await page.evaluate(wide)).toBeLessThanOrEqual(width);
      // Whatever the page points at on itself is there.
      const dangling = await page.evaluate(
        `[...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute('href')).filter((href) => !document.getElementById(href.slice(1)))`,
      );
      expect(dangling).toEqual([]);
      expect(complaints).toEqual([]);
    }
  },
  120_000,
);

test('the list of dialects leads to each page and to the HTTP API', async () => {
  await using opened = await open('/docs', widths.phone, 'dark');
  await keep(opened.page, 'index-phone');
  const links = await opened.page.evaluate(`[...document.links].map((link) => new URL(link.href).pathname)`);
  expect(links).toEqual(expect.arrayContaining([...dialectNames.map((name) => `/docs/${name}`), '/swagger/']));
  expect(opened.complaints).toEqual([]);
}, 60_000);

test('a button copies the code beside it', async () => {
  await using opened = await open('/docs/kenz', widths.desktop);
  const { page } = opened;
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const button = page.locator('button.copy').first();
  await button.click();
  await page.locator('button.copy', { hasText: 'Copied' }).waitFor();
  const shown = await page.locator('figure.code code').first().textContent();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(shown);
  expect(opened.complaints).toEqual([]);
}, 60_000);

test.each(dialectNames)(
  'the JSON of %s names this server, and its code runs as it is',
  async (name) => {
    const { json } = await house.call('GET', `/docs/${name}.json`, 'nobody');
    const document = json as ReturnType<typeof committedDocument> & { servers: { parlance: { host: string } } };
    expect(document.servers.parlance.host).toBe(new URL(house.address).host);
    expect(document.components).toEqual(committedDocument(name).components);
    const code = document.channels.connection['x-client-code'].replace(/^import .*\n/, '');
    const heard: unknown[][] = [];
    const sockets: { close(): void }[] = [];
    const note = {
      log: (...said: unknown[]) => heard.push(said),
      error: (...said: unknown[]) => heard.push(['error', ...said]),
    };
    const opening = (...args: Parameters<typeof io>) => {
      const socket = io(...args);
      sockets.push(socket);
      return socket;
    };
    class Socket extends WebSocket {
      constructor(address: string) {
        super(address);
        sockets.push(this);
      }
    }
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    const run = new AsyncFunction('io', 'WebSocket', 'console', 'token', code);
    await run(opening, Socket, note, house.token({ sub: '1', name: 'Ann', email: 'ann@example.org' }));
    // What was said comes back as a message that is heard.
    await until(
      () => JSON.stringify(heard).includes(name === 'support' ? 'kettle' : 'Tea at four?'),
      () => JSON.stringify(heard),
    );
    for (const socket of sockets) socket.close();
    expect(heard.filter(([first]) => first === 'error')).toEqual([]);
  },
  60_000,
);
