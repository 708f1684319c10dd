import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { choose, closeScene, enter, find, openScene, pair, patienceMs, said, shows, write } from './chat-scene.ts';

beforeAll(openScene, patienceMs);
afterAll(closeScene);

const field = (page: Page) => page.getByLabel('Message', { exact: true });

/** With the keyboard: what a pointer shows goes where the page moves under it. */
async function turnTo(page: Page, text: string, tool: string): Promise<void> {
  const message = page.locator('.message', { hasText: text });
  await message.focus();
  await message.getByRole('button', { name: tool }).click();
}

test(
  'words that were begun outlive an edit, a reply that is dropped, and another conversation',
  async () => {
    const { annToken } = await pair('Begun');
    const { page } = await enter(annToken);
    await choose(page, 'Begun');
    await write(page, 'first');
    await said(page, 'first');
    await field(page).fill('half a thought');
    await page.locator('input[type=file]').setInputFiles([{ name: 'a.txt', mimeType: '', buffer: Buffer.from('a') }]);
    await turnTo(page, 'first', 'Edit (E)');
    await expect.poll(() => field(page).inputValue()).toBe('first');
    await page.keyboard.press('Escape');
    await expect.poll(() => field(page).inputValue()).toBe('half a thought');
    await turnTo(page, 'first', 'Reply (R)');
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await field(page).inputValue()).toBe('half a thought');
    await turnTo(page, 'first', 'Edit (E)');
    await field(page).fill('first, edited');
    await page.keyboard.press('Enter');
    await shows(page, ['first, edited']);
    expect(await field(page).inputValue()).toBe('half a thought');
    await page.evaluate("location.hash = '#/c/lobby'");
    await page.getByRole('heading', { name: 'lobby' }).waitFor();
    await expect.poll(() => field(page).inputValue()).toBe('');
    await page.goBack();
    await expect.poll(() => field(page).inputValue()).toBe('half a thought');
    await page.locator('.chosen-files', { hasText: 'a.txt' }).waitFor();
  },
  patienceMs,
);

test(
  'an edit that was not made stands in the field again, with its words',
  async () => {
    const { annToken } = await pair('Tunnel');
    const { page } = await enter(annToken);
    await choose(page, 'Tunnel');
    await write(page, 'Tee?');
    await said(page, 'Tee?');
    await page.context().setOffline(true);
    await page.locator('.banner').waitFor({ timeout: 60_000 });
    await turnTo(page, 'Tee?', 'Edit (E)');
    await field(page).fill('Tea?');
    await page.keyboard.press('Enter');
    await page.locator('.toast', { hasText: 'Not changed' }).waitFor();
    await expect.poll(() => field(page).inputValue()).toBe('Tea?');
    await page.context().setOffline(false);
    await page.locator('.banner').waitFor({ state: 'detached', timeout: 60_000 });
    await field(page).press('Enter');
    await shows(page, ['Tea?']);
  },
  patienceMs * 2,
);

test(
  'a message that appears under a pointer at rest offers what can be done with it when the pointer moves',
  async () => {
    const { annToken } = await pair('Resting');
    const { page } = await enter(annToken);
    await choose(page, 'Resting');
    await write(page, 'first');
    await said(page, 'first');
    const at = await page.locator('.message .bubble').boundingBox();
    if (!at) throw new Error('The first message is nowhere.');
    await page.mouse.move(at.x + 10, at.y + 10);
    await write(page, 'second');
    await said(page, 'second');
    const edit = page.locator('.message', { hasText: 'second' }).getByRole('button', { name: 'Edit (E)' });
    // The place of the first is now that of the second.
    await expect.poll(() => page.locator('.message:hover', { hasText: 'second' }).count()).toBe(1);
    await page.mouse.move(at.x + 12, at.y + 12);
    await edit.click();
    await expect.poll(() => field(page).inputValue()).toBe('second');
  },
  patienceMs,
);

test(
  'of more files than go at once it is said which were left out',
  async () => {
    const { annToken } = await pair('Many');
    const { page } = await enter(annToken);
    await choose(page, 'Many');
    const file = (n: number) => ({ name: `${n}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`${n}`) });
    await page.locator('input[type=file]').setInputFiles(Array.from({ length: 12 }, (_, n) => file(n)));
    await page.locator('.toast', { hasText: '10.txt, 11.txt' }).waitFor();
    expect(await page.locator('.chosen-files li').count()).toBe(10);
  },
  patienceMs,
);

test(
  'a file that is gone since it was chosen is not sent, and holds up nothing that was said after it',
  async () => {
    const { annToken, benToken } = await pair('Gone');
    const [{ page }, { page: ben }] = [await enter(annToken), await enter(benToken)];
    await Promise.all([choose(page, 'Gone'), choose(ben, 'Gone')]);
    const folder = temporaryFolder('file');
    const path = join(folder, 'order.txt');
    await writeFile(path, 'milk');
    await page.locator('input[type=file]').setInputFiles(path);
    await page.locator('.chosen-files', { hasText: 'order.txt' }).waitFor();
    await rm(folder, { recursive: true });
    await write(page, 'my order');
    await write(page, 'and a biscuit');
    await shows(ben, ['and a biscuit']);
    await page.locator('.failure', { hasText: 'Choose it again' }).waitFor();
  },
  patienceMs,
);

test(
  'everything can be done with the keyboard alone',
  async () => {
    const { annToken, benToken } = await pair('Keys');
    const { page: ben } = await enter(benToken);
    await choose(ben, 'Keys');
    const { page } = await enter(annToken);
    await find(page, 'keys');
    await page.keyboard.press('Enter');
    await page.getByLabel('Message', { exact: true }).waitFor();
    await page.keyboard.type('One @');
    await page.locator('.offers').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two lines');
    await page.keyboard.press('Enter');
    await shows(ben, ['One \ntwo lines']);
    await said(page, 'two lines');
    // The last own message is edited with the arrow that leads to it.
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('Edited');
    await page.keyboard.press('Enter');
    await shows(ben, ['Edited']);
    await write(ben, 'Answer me');
    await said(page, 'Answer me');
    await page.locator('.scroller').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('r');
    await page.keyboard.type('Answered');
    await page.keyboard.press('Enter');
    await ben.locator('.quote', { hasText: 'Answer me' }).waitFor();
    await said(page, 'Answered');
    await page.locator('.scroller').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await ben.locator('.reactions button').waitFor();
    // Back on the message, from which one goes on; also when it is deleted.
    const focused = () => page.evaluate('document.activeElement.textContent');
    expect(await focused()).toContain('Answer me');
    await page.keyboard.press('ArrowDown');
    for (const _ of ['its quote', 'React', 'Reply', 'Edit', 'Delete']) await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Delete', exact: true }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await ben.locator('.gone').waitFor();
    await expect.poll(focused).toContain('Message deleted');
    // What is beside the conversation lets go of the keyboard where it took it.
    const details = page.getByRole('button', { name: 'Members and settings' });
    await details.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByRole('button', { name: 'Close' }).and(page.locator(':focus')).waitFor();
    await page.keyboard.press('Escape');
    await details.and(page.locator(':focus')).waitFor();
    expect(await page.getByRole('complementary').count()).toBe(0);
  },
  patienceMs,
);
