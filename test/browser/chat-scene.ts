import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';

/** A server with the chat client, in browsers. */

export const patienceMs = 90_000;

export let house: OpenHouse;
export let browser: Browser;
let named = 0;
/** Opens a server with the pages, and a browser. */
export async function openScene(): Promise<void> {
  await webIsBuilt();
  house = await openHouse(developmentSettings);
  browser = await launch();
}

export async function closeScene(): Promise<void> {
  await browser?.close();
  await house?.[Symbol.asyncDispose]();
}

/** Users of their own for each test. */
export const newUser = (name: string) => ({ id: `${name.toLowerCase()}-${++named}`, name });

export async function tokenOf(user: { id: string; name: string; role?: string }): Promise<string> {
  const { json } = await house.call('POST', '/sign-in', 'nobody', user);
  return (json as { token: string }).token;
}

export async function create(token: string, wish: object): Promise<string> {
  const { json } = await house.call('POST', '/api/v1/conversations', { token }, wish);
  return (json as { id: string }).id;
}

export async function say(token: string, id: string, text: string): Promise<void> {
  const { status } = await house.call('POST', `/api/v1/conversations/${id}/messages`, { token }, { text });
  expect(status).toBe(201);
}

/** Opens the client as this user, in a browser of their own. */
export async function enter(
  token: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const opened = await openPage(browser, house, `/#token=${token}`, options);
  await opened.page.getByRole('navigation', { name: 'Conversations' }).waitFor();
  return opened;
}

export async function choose(page: Page, name: string): Promise<void> {
  await page.locator('.list-row', { hasText: name }).click();
  await page.getByLabel('Message', { exact: true }).waitFor();
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
}

/** Until the server has it, nothing can be done with it. */
export async function said(page: Page, text: string): Promise<void> {
  await page.locator('.message:not(.outgoing)', { hasText: text }).waitFor();
}

/** With the pointer; again, where the page has moved under it since. */
export async function pointAt(message: Locator): Promise<void> {
  const isOffered = async () => {
    await message.hover();
    return await message
      .locator('.toolbar')
      .evaluateAll((tools: readonly unknown[]) =>
        tools.some((tool) => (tool as { matches(what: string): boolean }).matches(':hover > *')),
      );
  };
  await expect.poll(isOffered).toBe(true);
}

/** As Ctrl K does as soon as the page listens to keys. */
export async function find(page: Page, words: string): Promise<void> {
  const isThere = async () => {
    await page.keyboard.press('Control+k');
    return await page.locator('[type=search]:focus').count();
  };
  await expect.poll(isThere).toBe(1);
  await page.keyboard.type(words);
}

/** The texts of all rows, acknowledged or not. */
export const rows = (page: Page) => page.locator('.message .text').allTextContents();

export async function shows(page: Page, expected: readonly string[]): Promise<void> {
  await expect.poll(() => rows(page), { timeout: 20_000 }).toEqual(expected);
}

/** Ann and Ben with a group of both. */
export async function pair(title: string) {
  const [ann, ben] = [newUser('Ann'), newUser('Ben')];
  const [annToken, benToken] = [await tokenOf(ann), await tokenOf(ben)];
  const id = await create(annToken, { kind: 'group', title, members: [ann.id, ben.id] });
  return { id, ann, ben, annToken, benToken };
}
