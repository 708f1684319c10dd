import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  choose,
  closeScene,
  create,
  enter,
  find,
  house,
  openScene,
  pair,
  patienceMs,
  rows,
  say,
  shows,
  write,
} from './chat-scene.ts';

beforeAll(openScene, patienceMs);
afterAll(closeScene);

/** Whether the newest row with this text is within the window of the history. */
async function isInView(page: Page, text: string): Promise<boolean> {
  const row = await page.locator('.message', { hasText: text }).last().boundingBox();
  const history = await page.locator('.scroller').boundingBox();
  return row !== null && history !== null && row.y >= history.y && row.y + row.height <= history.y + history.height;
}

test(
  'a long history loads as one goes back, keeps its place, and new messages wait below',
  async () => {
    const { annToken, benToken, id } = await pair('Long');
    for (let n = 0; n < 160; n++) await say(benToken, id, `message ${n}`);
    const { page } = await enter(annToken);
    await choose(page, 'Long');
    await page.locator('.message', { hasText: 'message 159' }).waitFor();
    const scroller = page.locator('.scroller');
    const look = async () => (await rows(page)).map((text) => Number(text.replace('message ', '')));
    for (let step = 0; step < 200; step++) {
      await scroller.evaluate((element: unknown) =>
        (element as { scrollBy(x: number, y: number): void }).scrollBy(0, -500),
      );
      const seen = await look();
      // No hole in what is shown, on the whole way up.
      expect(seen).toEqual(seen.map((_, index) => (seen[0] ?? 0) + index));
      if (seen[0] === 0) break;
      await page.waitForTimeout(30);
    }
    expect((await look())[0]).toBe(0);
    await say(benToken, id, 'below');
    // Rows that are made as one goes back are no news.
    expect(await scroller.getAttribute('aria-live')).toBe('off');
    await page.getByRole('button', { name: 'To the newest message' }).click();
    await page.locator('.message', { hasText: 'below' }).waitFor();
    await expect.poll(() => scroller.getAttribute('aria-live')).toBe('polite');
  },
  patienceMs,
);

test(
  'who reads at the end stays there when a notice comes above, and when it goes',
  async () => {
    const { annToken, benToken, id } = await pair('Sizes');
    for (let n = 0; n < 30; n++) await say(benToken, id, `line ${n}`);
    const { page } = await enter(annToken, { viewport: { width: 390, height: 844 } });
    await choose(page, 'Sizes');
    await expect.poll(() => isInView(page, 'line 29')).toBe(true);
    const toEnd = page.getByRole('button', { name: 'To the newest message' });
    for (const height of ['95px', '0px']) {
      await page.locator('main.conversation').evaluate((main: unknown, wanted) => {
        (main as { style: { marginTop: string } }).style.marginTop = wanted;
      }, height);
      // That it does not come cannot be awaited.
      await page.waitForTimeout(300);
      expect(await toEnd.count()).toBe(0);
    }
    await say(benToken, id, 'said after that');
    await expect.poll(() => isInView(page, 'said after that')).toBe(true);
  },
  patienceMs,
);

test(
  'who reads at the end hears all of what is said at once, and stays there',
  async () => {
    const { annToken, benToken, id } = await pair('Flood');
    const { page, complaints } = await enter(annToken);
    await choose(page, 'Flood');
    // Whatever is said while the page is busy is there at once.
    const busy = page.evaluate('for (const end = Date.now() + 2000; Date.now() < end; );');
    await Promise.all(Array.from({ length: 400 }, (_, index) => say(benToken, id, `flood ${index}`)));
    await busy;
    await say(benToken, id, 'the last word');
    await expect.poll(() => isInView(page, 'the last word')).toBe(true);
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'what was said long ago is found by its words, and shown where it stands',
  async () => {
    const { ann, annToken, benToken, id } = await pair('Archive');
    await say(benToken, id, 'The key lies under the flowerpot');
    for (let n = 0; n < 120; n++) await say(benToken, id, `chatter ${n}`);
    // The oldest of more conversations than are loaded at once.
    const shed = await create(benToken, { kind: 'group', title: 'מחסן ישן', members: [ann.id] });
    const newer = Array.from({ length: 55 }, (_, n) => ({ kind: 'group', title: `Plot ${n}`, members: [ann.id] }));
    await Promise.all(newer.map((wish) => create(benToken, wish)));
    const { page } = await enter(annToken);
    const more = page.getByRole('button', { name: 'More', exact: true });
    await more.waitFor();
    // What it would bring is not archived.
    await page.getByRole('button', { name: 'Archived' }).click();
    await page.getByText('Nothing fits.').waitFor();
    expect(await more.count()).toBe(0);
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await more.waitFor();
    await find(page, 'מחסן');
    await page.locator(`.list-row[href="#/c/${shed}"]`).click();
    // A name from right to left begins where every other does.
    await page.getByRole('heading', { name: 'מחסן ישן' }).waitFor();
    const startsAt = (selector: string) =>
      page.evaluate(`(() => {
        const words = document.createRange();
        words.selectNodeContents(document.querySelector('${selector}'));
        return words.getBoundingClientRect().left;
      })()`);
    expect(await startsAt('.page-title h2')).toBeCloseTo(Number(await startsAt('.page-title .soft')), 0);
    await page.getByLabel('Find conversations and messages').fill('');
    await find(page, 'flowerpot');
    const hit = page.locator('.hits a', { hasText: 'The key lies under the' });
    // What is new is found within a moment.
    await expect
      .poll(
        async () => {
          const { json } = await house.call('GET', '/api/v1/search?q=flowerpot', { token: annToken });
          return (json as { results: readonly unknown[] }).results.length;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
    await page.keyboard.press('Enter');
    await hit.waitFor();
    expect(await hit.locator('mark').textContent()).toBe('flowerpot');
    // It is marked for a moment only, in which a busy machine may not have looked.
    const wasMarked = page.evaluate(`new Promise((found) => {
      new MutationObserver(() => {
        if (document.querySelector('.message.marked')?.textContent.includes('flowerpot')) found(true);
      }).observe(document.body, { subtree: true, childList: true, attributes: true });
    })`);
    await hit.click();
    await page.locator('.message', { hasText: 'flowerpot' }).waitFor();
    expect(await wasMarked).toBe(true);
    await page.locator('.message', { hasText: 'chatter 3' }).first().waitFor();
    // Who says something there sees it, where the newest messages are.
    await write(page, 'I looked under it');
    await expect.poll(() => isInView(page, 'I looked under it')).toBe(true);
    await page.locator('.message', { hasText: 'chatter 119' }).waitFor();
  },
  patienceMs,
);

test(
  'of what is not there it is said so, and nothing else',
  async () => {
    const { annToken, benToken, id } = await pair('Here');
    await say(benToken, id, 'all there is');
    const foreign = await create(benToken, { kind: 'group', title: 'Elsewhere', members: [] });
    const { page } = await enter(annToken);
    await page.evaluate(`location.hash = '#/c/${id}/1'`);
    await page.locator('.toast', { hasText: 'This message is not here' }).waitFor();
    await shows(page, ['all there is']);
    await page.evaluate(`location.hash = '#/c/${foreign}'`);
    await page.getByRole('alert').filter({ hasText: 'not found' }).waitFor();
    expect(await page.getByText('Nothing was said here yet.').count()).toBe(0);
  },
  patienceMs,
);
