import type { Browser, Page } from 'playwright-core';
import { io, type Socket } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { until } from '../harness/until.ts';
import { barriers, looks } from './barriers.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';

const patienceMs = 90_000;

let house: OpenHouse;
let browser: Browser;
let admin: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  await webIsBuilt();
  house = await openHouse(developmentSettings);
  browser = await launch();
  admin = await signIn('ada', 'ADMIN');
}, patienceMs);
afterAll(async () => {
  for (const socket of sockets) socket.close();
  await browser?.close();
  await house?.[Symbol.asyncDispose]();
});

async function signIn(id: string, role?: string): Promise<string> {
  const { json } = await house.call('POST', '/sign-in', 'nobody', { id, name: id, ...(role && { role }) });
  return (json as { token: string }).token;
}

async function connect(token: string, mount = '/chat'): Promise<Socket> {
  const socket = io(house.address + mount, {
    auth: { token },
    transports: ['websocket'],
    forceNew: true,
    reconnection: false,
  });
  sockets.push(socket);
  await until(
    () => socket.connected,
    () => 'should connect',
  );
  return socket;
}

async function openConsole(options = {}, token = admin) {
  const opened = await openPage(browser, house, `/console#token=${token}`, options);
  await opened.page.getByRole('heading', { name: 'Console' }).waitFor();
  return opened;
}

async function lookUp(page: Page, id: string): Promise<void> {
  await page.getByLabel('Name or id of a user').fill(id);
  await page.keyboard.press('Enter');
  await page.locator('.found').first().waitFor();
}

const figure = async (page: Page, name: string): Promise<number> =>
  Number((await page.locator(`[data-figure="${name}"]`).first().textContent()) ?? 'NaN');

async function reaches(page: Page, name: string, least: number): Promise<void> {
  let last = Number.NaN;
  for (let tries = 0; tries < 200; tries++) {
    const isThere = (await page.locator(`[data-figure="${name}"]`).count()) > 0;
    last = isThere ? await figure(page, name) : Number.NaN;
    if (last >= least) return;
    await page.waitForTimeout(100);
  }
  expect(last, name).toBeGreaterThanOrEqual(least);
}

test(
  'whoever is no admin is told so plainly, and sees nothing of the server',
  async () => {
    const { page } = await openPage(browser, house, `/console#token=${await signIn('ann')}`);
    await page.getByRole('heading', { name: 'The console is for admins' }).waitFor();
    expect(await page.textContent('main')).toContain('You are signed in as ann, with the role USER. May enter: ADMIN.');
    expect(await page.locator('.plot').count()).toBe(0);
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click();
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel(/as an admin/).check();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Console' }).waitFor();
  },
  patienceMs,
);

test(
  'the figures move under load, and the log tells of it without what was said',
  async () => {
    const { page, complaints } = await openConsole();
    const tokens = await Promise.all(['bea', 'bob', 'bill'].map((id) => signIn(id)));
    await house.call(
      'POST',
      '/api/v1/conversations',
      { token: tokens[0] ?? '' },
      {
        id: 'load',
        kind: 'group',
        members: ['bea', 'bob', 'bill'],
      },
    );
    const speakers = await Promise.all(tokens.map((token) => connect(token)));
    let isOver = false;
    const sending = Promise.all(
      speakers.map(async (socket) => {
        while (!isOver) {
          const message = { roomId: 'load', content: 'between us' };
          await socket.emitWithAck('sendMessage', message);
        }
      }),
    );
    await reaches(page, 'Connections/messaging', 3);
    await reaches(page, 'Sends/sends', 1);
    await reaches(page, 'Deliveries/deliveries', 2);
    await reaches(page, 'Commit/p99', 0.01);
    isOver = true;
    await sending;
    await page.locator('.log-lines', { hasText: 'bea said in load: 10 characters.' }).waitFor();
    expect(await page.textContent('.log-lines')).not.toContain('between us');
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'a user is found with their connections, and revoking ends them',
  async () => {
    const socket = await connect(await signIn('cleo'));
    const { page } = await openConsole();
    await lookUp(page, 'cleo');
    await page.getByRole('cell', { name: 'messaging' }).first().waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(socket.connected).toBe(true);
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await until(
      () => !socket.connected,
      () => 'should be closed',
    );
    await page.getByText('No connection on this node.').waitFor();
    await page.getByRole('region', { name: 'Audit' }).getByText('revoked the tokens of cleo').waitFor();
  },
  patienceMs,
);

test(
  'users are found by a part of their name',
  async () => {
    for (const id of ['hal-1', 'hal-2', 'hubert']) await house.call('GET', '/api/v1/me', { token: await signIn(id) });
    const { page } = await openConsole();
    await page.getByLabel('Name or id of a user').fill('HAL-');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'hal-2' }).click();
    await page.getByRole('article', { name: 'User hal-2' }).waitFor();
    await page.getByLabel('Name or id of a user').fill('uber');
    await page.keyboard.press('Enter');
    await page.getByRole('article', { name: 'User hubert' }).waitFor();
  },
  patienceMs,
);

test(
  'what was looked up last is shown, also when what was looked up before is answered later',
  async () => {
    for (const id of ['ida', 'ines']) await house.call('GET', '/api/v1/me', { token: await signIn(id) });
    const { page } = await openConsole();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/admin\/users\?.*q=ida/, async (route) => {
      await held;
      await route.continue();
    });
    await page.getByLabel('Name or id of a user').fill('ida');
    await page.keyboard.press('Enter');
    await page.getByLabel('Name or id of a user').fill('ines');
    await page.keyboard.press('Enter');
    const ines = page.getByRole('article', { name: 'User ines' });
    await ines.waitFor();
    const late = page.waitForResponse(/q=ida/);
    release();
    await (await late).finished();
    // That it is not drawn cannot be awaited.
    await page.waitForTimeout(300);
    expect(await ines.count()).toBe(1);
  },
  patienceMs,
);

test(
  'a user is banned with a reason, and let in again',
  async () => {
    const token = await signIn('dan');
    const isLetIn = async () => (await house.call('GET', '/api/v1/me', { token })).status === 200;
    expect(await isLetIn()).toBe(true);
    const { page } = await openConsole();
    await lookUp(page, 'dan');
    await page.getByRole('button', { name: 'Ban…', exact: true }).click();
    await page.getByLabel('Reason').fill('spam');
    await page.getByRole('button', { name: 'Ban', exact: true }).click();
    await page.locator('.chip.bad').waitFor();
    await page.locator('.found').getByText('spam').waitFor();
    // Who came by keyboard goes on where they were, and nobody is told aloud of every figure that moves.
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Lift the ban…');
    expect(await page.locator(':is([aria-live], [role=status]) .found').count()).toBe(0);
    expect(await isLetIn()).toBe(false);
    await page.getByRole('button', { name: 'Lift the ban…' }).click();
    await page.getByRole('button', { name: 'Lift', exact: true }).click();
    await page.getByRole('button', { name: 'Ban…', exact: true }).waitFor();
    expect(await isLetIn()).toBe(true);
  },
  patienceMs,
);

test(
  'a support chat is found and closed; of a direct conversation no more is shown than that it is one',
  async () => {
    const eve = { token: await signIn('eve') };
    const create = async (wish: object) =>
      ((await house.call('POST', '/api/v1/conversations', eve, wish)).json as { id: string }).id;
    const chat = await create({ kind: 'support', title: 'Invoice' });
    const direct = await create({ kind: 'direct', members: ['fay'] });
    await house.call('POST', `/api/v1/conversations/${direct}/messages`, eve, { text: 'between us' });
    const { page } = await openConsole();
    await lookUp(page, chat);
    await page.getByText('In it: eve (eve)').waitFor();
    await page.getByRole('button', { name: 'Close the chat…' }).click();
    await page.getByRole('button', { name: 'Close the chat', exact: true }).click();
    await page.locator('.found .chip', { hasText: 'CLOSED' }).waitFor();
    expect((await house.call('GET', `/api/v1/conversations/${chat}`, eve)).json).toMatchObject({ status: 'CLOSED' });
    await lookUp(page, direct);
    await page.locator('.found .chip', { hasText: 'direct' }).waitFor();
    expect(await page.textContent('.console')).not.toContain('between us');
    await page.getByLabel('Name or id of a user').fill('nowhere');
    await page.keyboard.press('Enter');
    await page.getByText('no conversation has this id.').waitFor();
  },
  patienceMs,
);

test.each(looks)(
  'the console %s keeps nobody out',
  async (_, options) => {
    await connect(await signIn('gus'));
    const { page } = await openConsole(options);
    await lookUp(page, 'gus');
    await page.getByRole('cell', { name: 'messaging' }).first().waitFor();
    await reaches(page, 'Connections/messaging', 1);
    const isTooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    expect(await page.evaluate(isTooWide)).toBe(false);
    expect(await barriers(page)).toEqual([]);
    await page.getByRole('button', { name: 'Ban…', exact: true }).click();
    expect(await barriers(page)).toEqual([]);
  },
  patienceMs,
);
