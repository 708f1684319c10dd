import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OpenHouse, openHouse } from '../harness/house.ts';
import { developmentSettings, launch, openPage, webIsBuilt } from './browser.ts';

const patienceMs = 90_000;

let house: OpenHouse;
let browser: Browser;
beforeAll(async () => {
  await webIsBuilt();
  house = await openHouse(developmentSettings);
  browser = await launch();
}, patienceMs);
afterAll(async () => {
  await browser?.close();
  await house?.[Symbol.asyncDispose]();
});

const dialects = ['kenz', 'support', 'rooms', 'messaging', 'direct'];

async function allConnected(page: Page): Promise<void> {
  await page.locator('.status.online').nth(4).waitFor({ timeout: 20_000 });
}

async function sayIn(page: Page, dialect: string, text: string): Promise<void> {
  const field = page.locator(`.pane.${dialect} .say input`);
  await field.fill(text);
  await field.press('Enter');
}

const heardIn = (page: Page, dialect: string) => page.locator(`.pane.${dialect} .said span`).allTextContents();

async function hears(page: Page, dialect: string, expected: readonly string[]): Promise<void> {
  let heard: readonly string[] = [];
  const look = async () => {
    heard = await heardIn(page, dialect);
    return JSON.stringify(heard) === JSON.stringify(expected);
  };
  for (let tries = 0; tries < 200; tries++) {
    if (await look()) return;
    await page.waitForTimeout(50);
  }
  expect(heard, dialect).toEqual(expected);
}

test(
  'five clients of five APIs hear one message, each in its own frames',
  async () => {
    const { page, complaints } = await openPage(browser, house, '/playground');
    await allConnected(page);
    await sayIn(page, 'rooms', 'said in rooms');
    for (const dialect of dialects) await hears(page, dialect, ['said in rooms']);
    for (const [dialect, event] of [
      ['kenz', '42["receive_message",'],
      ['support', '42["newMessage",'],
      ['rooms', '{"type":"chat_message",'],
      ['messaging', '42/chat,["newMessage",'],
      ['direct', '42["new_message",'],
    ] as const) {
      const frames = await page.locator(`.pane.${dialect} .frame.in .text`).allTextContents();
      expect(frames.some((frame) => frame.startsWith(event) && frame.includes('said in rooms'))).toBe(true);
    }
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'a client whose line was cut resumes and shows what it missed, once; a killed one comes back by itself',
  async () => {
    const { page } = await openPage(browser, house, '/playground');
    await allConnected(page);
    await sayIn(page, 'kenz', 'one');
    for (const dialect of dialects) await hears(page, dialect, ['one']);
    for (const dialect of ['messaging', 'rooms', 'direct']) {
      await page.locator(`.pane.${dialect}`).getByRole('button', { name: 'Cut' }).click();
    }
    await page.locator('.pane.support').getByRole('button', { name: 'Kill transport' }).click();
    await sayIn(page, 'kenz', 'two');
    await sayIn(page, 'kenz', 'three');
    await hears(page, 'kenz', ['one', 'two', 'three']);
    await hears(page, 'support', ['one', 'two', 'three']);
    expect(await heardIn(page, 'messaging')).toEqual(['one']);
    for (const dialect of ['messaging', 'rooms', 'direct']) {
      await page.locator(`.pane.${dialect}`).getByRole('button', { name: 'Mend' }).click();
    }
    for (const dialect of dialects) await hears(page, dialect, ['one', 'two', 'three']);
    const notes = async (dialect: string) =>
      (await page.locator(`.pane.${dialect} .frame.note`).allTextContents()).join('\n');
    for (const dialect of ['messaging', 'direct', 'support']) expect(await notes(dialect)).toContain('resumed');
    expect(await notes('rooms')).toContain('asked for everything after');
  },
  patienceMs,
);

test(
  'tokens are never shown, and code can be read for each client',
  async () => {
    const { page } = await openPage(browser, house, '/playground');
    await allConnected(page);
    expect(
      await page
        .locator('.frames')
        .allTextContents()
        .then((all) => all.join()),
    ).not.toMatch(/eyJ[\w-]+\./);
    await page.locator('.pane.rooms').getByRole('button', { name: 'Code' }).click();
    expect(await page.locator('.pane.rooms .code').textContent()).toContain('new WebSocket(url)');
  },
  patienceMs,
);

test(
  'on a phone the panes are scrolled through, and the page is no wider than it',
  async () => {
    const { page } = await openPage(browser, house, '/playground', { viewport: { width: 390, height: 844 } });
    await allConnected(page);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    expect(await page.evaluate("document.querySelector('.panes').scrollWidth")).toBeGreaterThan(390);
  },
  patienceMs,
);

test(
  'where nobody is signed in by the server, it asks for tokens',
  async () => {
    await using strict = await openHouse();
    const { page } = await openPage(browser, strict, '/playground');
    const fails = async (token: string, why: string) => {
      await page.getByLabel('kenz').fill(token);
      await page.getByRole('button', { name: 'Connect' }).click();
      await page.getByRole('alert').filter({ hasText: why }).waitFor();
    };
    await fails('nonsense', 'no JSON Web Token');
    await fails('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.bm90aGluZw', 'token is not valid');
    await page.getByLabel('kenz').fill(strict.token({ sub: '7', name: 'Ann' }));
    await page.getByRole('button', { name: 'Connect' }).click();
    await allConnected(page);
    await sayIn(page, 'direct', 'all of them are Ann');
    for (const dialect of dialects) await hears(page, dialect, ['all of them are Ann']);
  },
  patienceMs,
);
