import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { barriers, looks } from './barriers.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';

const patienceMs = 90_000;

let house: OpenHouse;
let browser: Browser;
let token: string;
beforeAll(async () => {
  await webIsBuilt();
  house = await openHouse(developmentSettings);
  browser = await launch();
  const tokenOf = async (id: string) =>
    ((await house.call('POST', '/sign-in', 'nobody', { id, name: id })).json as { token: string }).token;
  token = await tokenOf('Ann');
  const ben = { token: await tokenOf('Ben') };
  await house.call('POST', '/api/v1/conversations', ben, {
    id: 'tea',
    kind: 'group',
    title: 'Tea',
    members: ['Ann', 'Ben'],
  });
  for (const text of ['Hello @Ann, `code` and https://example.com/', '> quoted\n**strong**'])
    await house.call('POST', '/api/v1/conversations/tea/messages', ben, { text });
  await house.call('POST', '/api/v1/conversations/tea/messages', { token }, { text: 'mine' });
  await house.call('POST', '/api/v1/conversations', { token }, { kind: 'support', title: 'Help' });
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await house?.[Symbol.asyncDispose]();
});

test.each(looks)(
  'the chat %s keeps nobody out',
  async (_, options) => {
    const { page } = await openPage(browser, house, '/', options);
    await page.getByLabel('Your name').waitFor();
    expect(await barriers(page)).toEqual([]);
    const { page: inside } = await openPage(browser, house, `/#token=${token}`, options);
    await inside.locator('.list-row', { hasText: 'Tea' }).waitFor();
    expect(await barriers(inside)).toEqual([]);
    await inside.locator('.list-row', { hasText: 'Tea' }).click();
    await inside.locator('.message', { hasText: 'mine' }).waitFor();
    // Where the system chooses the colours, the chosen row still looks another than the rest.
    await inside.emulateMedia({ forcedColors: 'active' });
    const borders = await inside.evaluate(
      "[...new Set([...document.querySelectorAll('.list-row')].map((row) => getComputedStyle(row).borderTopColor))]",
    );
    expect(borders).toHaveLength(2);
    await inside.emulateMedia({ forcedColors: null });
    await inside.getByRole('button', { name: 'Members and settings' }).click();
    await inside.getByRole('complementary').waitFor();
    expect(await barriers(inside)).toEqual([]);
    await inside.getByRole('complementary').getByRole('button', { name: 'Close' }).click();
    await inside.locator('.message').last().click();
    await inside.getByRole('button', { name: 'React', exact: true }).last().click();
    expect(await barriers(inside)).toEqual([]);
  },
  patienceMs,
);

test(
  'beginning a conversation and reading notifications keep nobody out',
  async () => {
    const { page } = await openPage(browser, house, `/#token=${token}`);
    await page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).click();
    await page.getByLabel('Their id').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Notifications' }).click();
    await page.getByRole('heading', { name: 'Notifications' }).waitFor();
    expect(await barriers(page)).toEqual([]);
  },
  patienceMs,
);

test.each(looks)(
  'the playground %s keeps nobody out',
  async (_, options) => {
    const { page } = await openPage(browser, house, '/playground', options);
    await page.locator('.status.online').nth(4).waitFor();
    await page.locator('.pane.kenz .say input').fill('Hello');
    await page.keyboard.press('Enter');
    await page.locator('.said').nth(4).waitFor();
    await page.locator('.pane.rooms').getByRole('button', { name: 'Code' }).click();
    await page.locator('.pane.direct').getByRole('button', { name: 'Slow' }).click();
    await page.waitForTimeout(300);
    expect(await barriers(page)).toEqual([]);
  },
  patienceMs,
);
