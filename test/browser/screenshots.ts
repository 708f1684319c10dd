import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';
import { talk } from './console-scene.ts';

/** Draws the pages as they are into a folder (docs/images when none is given), from a small scene of people at work. */

const folder = process.argv[2] ?? fileURLToPath(new URL('../../docs/images', import.meta.url));

type Line = { readonly who: string; readonly text: string; readonly replyTo?: number; readonly file?: Buffer };

const people = [
  ['ann', 'Ann Whitfield'],
  ['ben', 'Ben Okafor'],
  ['cleo', 'Cleo Marchetti'],
  ['dana', 'דנה לוי'],
] as const;

const launchTalk: readonly Line[] = [
  { who: 'ben', text: 'Morning! The new kettle came. Who has a *good* place for it?' },
  { who: 'cleo', text: 'Next to the window, there is a socket: https://example.com/floor-plan' },
  { who: 'ann', text: 'Window it is. I will bring **two** boxes of tea from the store room.' },
  { who: 'dana', text: 'אני מביאה עוגיות, בסדר?' },
  { who: 'ben', text: '@AnnWhitfield can you check the fuse first? `breaker 7`, the one with the tape.', replyTo: 2 },
  { who: 'ann', text: 'Done, it holds. Log says:\n```\n09:12 breaker 7 on\n09:14 2.1 kW, stable\n```' },
  { who: 'cleo', text: 'Tea at four, then.' },
];

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  await webIsBuilt();
  await using house = await openHouse({ ...developmentSettings, API_KEY: 'a key for the scene' });
  const browser = await launch();
  const take = async (page: Page, name: string) => {
    await page.screenshot({ timeout: 120_000, path: `${folder}/${name}.png` });
    console.log(`${name}.png`);
  };
  // Pages that nobody looks at any more would go on drawing.
  const closeAll = () => Promise.all(browser.contexts().map((context) => context.close()));
  try {
    const tokens = await setScene(house);
    const opened = async (who: string, options: BrowserContextOptions, at = '') => {
      const { page } = await openPage(browser, house, `/#token=${tokens.get(who)}`, options);
      await page.locator('.list-row').first().waitFor();
      if (at !== '') await page.locator('.list-row', { hasText: at }).click();
      return page;
    };
    const desktop = { viewport: { width: 1280, height: 800 } };
    const ben = await opened('ben', desktop, 'Tea kitchen');
    const light = await opened('ann', desktop, 'Tea kitchen');
    await light.getByText('Tea at four, then.').last().waitFor();
    await ben.getByLabel('Message', { exact: true }).pressSequentially('On my way');
    await light.locator('.typing .dots').waitFor();
    await light.waitForTimeout(400);
    await take(light, 'chat-light');
    const dark = await opened('ann', { ...desktop, colorScheme: 'dark' }, 'Tea kitchen');
    await dark.getByText('Tea at four, then.').last().waitFor();
    await dark.waitForTimeout(400);
    await take(dark, 'chat-dark');
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 1, hasTouch: true };
    const list = await opened('ann', phone);
    await list.waitForTimeout(300);
    await take(list, 'phone-list');
    await list.locator('.list-row', { hasText: 'Tea kitchen' }).click();
    await list.getByText('Tea at four, then.').last().waitFor();
    await list.waitForTimeout(400);
    await take(list, 'phone-chat');
    const { page: entrance } = await openPage(browser, house, '/', desktop);
    await entrance.getByLabel('Your name').waitFor();
    await take(entrance, 'sign-in');

    await closeAll();
    const { page: playground } = await openPage(browser, house, '/playground', {
      viewport: { width: 1600, height: 950 },
    });
    await playground.locator('.status.online').nth(4).waitFor();
    await playground.getByRole('button', { name: 'Let everybody speak' }).click();
    await playground.locator('.said').nth(24).waitFor();
    const messaging = playground.locator('.pane.messaging');
    await messaging.getByRole('button', { name: 'Cut' }).click();
    await playground.locator('.pane.kenz .say input').fill('Mel, are you there?');
    await playground.keyboard.press('Enter');
    await playground.locator('.said').nth(28).waitFor();
    await messaging.getByRole('button', { name: 'Mend' }).click();
    await playground.locator('.said').nth(29).waitFor();
    await playground.locator('.pane.rooms').getByRole('button', { name: 'Code' }).click();
    await playground.mouse.move(0, 0);
    await playground.waitForTimeout(400);
    await take(playground, 'playground');

    using _ = await talk(house);
    const { json } = await house.call('POST', '/sign-in', 'nobody', { id: 'Ada', name: 'Ada Nwosu', role: 'ADMIN' });
    const { token } = json as { token: string };
    const openedConsole = async (options: BrowserContextOptions) =>
      (await openPage(browser, house, `/console#token=${token}`, options)).page;
    const consoles = [
      ['console-light', await openedConsole({ viewport: { width: 1440, height: 1080 } })],
      ['console-dark', await openedConsole({ viewport: { width: 1440, height: 1080 }, colorScheme: 'dark' })],
      ['phone-console', await openedConsole(phone)],
    ] as const;
    for (const [, page] of consoles) {
      await page.getByLabel('Name or id of a user').fill('Emil');
      await page.keyboard.press('Enter');
    }
    // The plots need something to show.
    await playground.waitForTimeout(55_000);
    const trouble = { reason: 'The same advertisement in ten rooms' };
    await house.call('PUT', '/api/v1/bans/Pia', { token }, trouble);
    await house.call('POST', '/api/v1/users/Olu/revoke', { token });
    await playground.waitForTimeout(6_000);
    for (const [name, page] of consoles) {
      await page.getByRole('cell', { name: 'messaging' }).first().waitFor();
      await page.evaluate('scrollTo(0, 0)');
      await take(page, name);
    }
  } finally {
    await browser.close();
  }
}

/** People, what they have said, and how much of it Ann has not read. The tokens are by user id. */
async function setScene(house: OpenHouse): Promise<ReadonlyMap<string, string>> {
  const tokens = new Map<string, string>();
  for (const [id, name] of people) {
    const { json } = await house.call('POST', '/sign-in', 'nobody', { id, name });
    tokens.set(id, (json as { token: string }).token);
  }
  const by = (who: string) => ({ token: tokens.get(who) ?? '' });
  const create = async (who: string, wish: object) => {
    const { json } = await house.call('POST', '/api/v1/conversations', by(who), wish);
    return (json as { id: string }).id;
  };
  const say = async (id: string, who: string, text: string, more: object = {}) => {
    const { json } = await house.call('POST', `/api/v1/conversations/${id}/messages`, by(who), { text, ...more });
    return (json as { id: string }).id;
  };
  const all = people.map(([id]) => id);
  const support = await create('ann', { kind: 'support', title: 'Invoice 4711' });
  await say(support, 'ann', 'The invoice has the wrong address.');
  const plants = await create('cleo', { kind: 'group', title: 'Plants', members: all });
  await say(plants, 'cleo', 'The fern needs water on Fridays.');
  await say(plants, 'dana', 'I did it today.');
  const withCleo = await create('cleo', { kind: 'direct', members: ['ann'] });
  await say(withCleo, 'cleo', 'Did you see the floor plan?');
  await say(withCleo, 'ann', 'Yes, looks good!');
  const kitchen = await create('ann', { kind: 'group', title: 'Tea kitchen', members: all });
  const ids: string[] = [];
  for (const { who, text, replyTo } of launchTalk) {
    ids.push(await say(kitchen, who, text, replyTo === undefined ? {} : { replyToId: ids[replyTo] }));
  }
  for (const [who, at] of [
    ['ann', 3],
    ['cleo', 3],
    ['ben', 5],
  ] as const) {
    // One of the few emoji that every machine can draw.
    const path = `/api/v1/conversations/${kitchen}/messages/${ids[at]}/reactions/${encodeURIComponent('❤️')}`;
    await house.call('PUT', path, by(who));
  }
  for (const who of ['ben', 'cleo']) await house.call('POST', `/api/v1/conversations/${kitchen}/read`, by(who), {});
  const withBen = await create('ben', { kind: 'direct', members: ['ann'] });
  await say(withBen, 'ben', 'Lunch at the corner place?');
  await say(withBen, 'ben', 'They have soup today.');
  return tokens;
}

await main();
