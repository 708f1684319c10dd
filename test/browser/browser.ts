import { existsSync } from 'node:fs';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, type Page, chromium as playwright } from 'playwright-core';
import { buildWeb } from '../../tools/build-web.ts';
import type { OpenHouse } from '../harness/house.ts';

/** A real Chromium, and pages of the built web client in it. */

const installed = '/usr/bin/chromium';

/** The package's arguments are for functions in a cloud: people's browsers keep pages apart, and keep the rules of the web. */
const unwanted = new Set([
  '--single-process',
  '--no-zygote',
  '--disable-web-security',
  '--disable-site-isolation-trials',
  '--allow-running-insecure-content',
]);

export async function launch(more: readonly string[] = []): Promise<Browser> {
  return await playwright.launch({
    executablePath: existsSync(installed) ? installed : await chromium.executablePath(),
    args: [
      ...chromium.args.filter((argument) => !unwanted.has(argument)),
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...more,
    ],
    headless: true,
  });
}

/** The pages must be there before a server starts. */
export async function webIsBuilt(): Promise<void> {
  if ((await buildWeb()) === 'no build tools') throw new Error('Vite is not installed: run `npm ci`.');
}

export type OpenPage = {
  readonly page: Page;
  /** Errors on the page, and addresses of others that it asked. */
  readonly complaints: string[];
};

/** Opens a page as in a browser of its own, with nothing remembered. */
export async function openPage(
  browser: Browser,
  house: OpenHouse,
  path: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(house.address)) {
      complaints.push(request.url());
    }
  });
  await page.goto(house.address + path, { waitUntil: 'load' });
  return { page, complaints };
}

export const developmentSettings = {
  JWT_SECRET: undefined,
  MESSAGES_PER_SECOND: '10000',
  MESSAGE_BURST: '10000',
  EVENTS_PER_SECOND: '10000',
  EVENT_BURST: '10000',
} as const;
