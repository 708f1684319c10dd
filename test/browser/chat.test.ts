import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPage } from './browser.ts';
import {
  browser,
  choose,
  closeScene,
  create,
  enter,
  find,
  house,
  newUser,
  openScene,
  pair,
  patienceMs,
  pointAt,
  said,
  say,
  shows,
  tokenOf,
  write,
} from './chat-scene.ts';

beforeAll(openScene, patienceMs);
afterAll(closeScene);

/** How many messages the browser keeps until they are sent; in the page. */
const keptCount = `new Promise((resolve) => {
  const asked = indexedDB.open('parlance-outbox');
  asked.onsuccess = () => {
    const counted = asked.result.transaction('outgoing').objectStore('outgoing').count();
    counted.onsuccess = () => {
      asked.result.close();
      resolve(counted.result);
    };
  };
})`;

test(
  'two people find each other and talk, in two windows',
  async () => {
    const names = [newUser('Uma'), newUser('Vic')] as const;
    const [uma, vic] = [await openPage(browser, house, '/'), await openPage(browser, house, '/')];
    for (const [{ page }, { id }] of [
      [uma, names[0]],
      [vic, names[1]],
    ] as const) {
      await page.getByLabel('Your name').fill(id);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.getByText('No conversations yet.').waitFor();
    }
    await uma.page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).click();
    await uma.page.getByLabel('Their id').fill(names[1].id);
    await uma.page.getByRole('button', { name: 'Begin' }).click();
    await write(uma.page, 'Hello **Vic**');
    // Vic did nothing, and is told.
    await vic.page.locator('.list-row', { hasText: 'Hello **Vic**' }).waitFor();
    await vic.page.locator('.count', { hasText: '1' }).waitFor();
    await choose(vic.page, names[0].id);
    await shows(vic.page, ['Hello Vic']);
    // What is looked at need not be told of any more.
    await expect.poll(() => vic.page.locator('.toast').count(), { timeout: 4_000 }).toBe(0);
    expect(await vic.page.locator('.text strong').textContent()).toBe('Vic');
    await vic.page.getByLabel('Message', { exact: true }).pressSequentially('Hi');
    await uma.page.locator('.typing', { hasText: 'is typing' }).waitFor();
    await vic.page.keyboard.press('Enter');
    await shows(uma.page, ['Hello Vic', 'Hi']);
    await uma.page.locator('.ticks.read').waitFor();
    await expect.poll(() => vic.page.locator('.count').count()).toBe(0);
    // Whoever presses twice begins one.
    const begun: string[] = [];
    uma.page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/conversations')) begun.push(request.url());
    });
    await uma.page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).click();
    await uma.page.getByLabel('A group').check();
    await uma.page.getByLabel('Their ids').fill(names[1].id);
    await uma.page.getByLabel('Title').fill('Once');
    await uma.page.getByRole('button', { name: 'Begin' }).dblclick();
    await uma.page.getByRole('heading', { name: 'Once' }).waitFor();
    expect(begun).toHaveLength(1);
    // Nor does whoever talks with somebody already begin a second conversation with them.
    await uma.page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).click();
    await uma.page.getByLabel('Their id').fill(names[1].id);
    await uma.page.getByRole('button', { name: 'Begin' }).click();
    await shows(uma.page, ['Hello Vic', 'Hi']);
    expect(begun).toHaveLength(1);
    expect([...uma.complaints, ...vic.complaints]).toEqual([]);
  },
  patienceMs,
);

test(
  'who is offline goes on writing; it survives a reload, and is heard once, in order, when they are back',
  async () => {
    const { annToken, benToken, id } = await pair('Tunnel');
    const [{ page: ann }, { page: ben }] = [await enter(annToken), await enter(benToken)];
    await Promise.all([choose(ann, 'Tunnel'), choose(ben, 'Tunnel')]);
    await write(ann, 'before');
    await shows(ben, ['before']);
    // The sockets are cut as well: going offline alone leaves those that are open.
    await ann.context().setOffline(true);
    await ann.locator('.banner').waitFor({ timeout: 60_000 });
    await write(ann, 'one');
    await write(ann, 'two');
    await write(ben, 'meanwhile');
    await shows(ben, ['before', 'meanwhile']);
    await shows(ann, ['before', 'one', 'two']);
    expect(await ann.locator('.outgoing .state').allTextContents()).toEqual(['waiting', 'waiting']);
    await ann.context().setOffline(false);
    await shows(ben, ['before', 'meanwhile', 'one', 'two']);
    await shows(ann, ['before', 'meanwhile', 'one', 'two']);
    await expect.poll(() => ann.locator('.outgoing').count()).toBe(0);

    // Now with a reload between: the page is there again before its server lets anything through.
    await ann.route('**/socket.io/**', (route) => route.abort());
    await ann.routeWebSocket(/socket\.io/, (socket) => socket.close());
    await ann.reload();
    await ann.getByLabel('Message', { exact: true }).waitFor();
    await write(ann, 'kept');
    await ann.locator('.outgoing', { hasText: 'kept' }).waitFor();
    // It is shown before it is kept.
    await expect.poll(() => ann.evaluate(keptCount)).toBe(1);
    const again = await ann.context().newPage();
    await ann.close();
    await again.goto(`${house.address}/#token=${annToken}`);
    await shows(ben, ['before', 'meanwhile', 'one', 'two', 'kept']);
    expect(id).not.toBe('');
  },
  patienceMs * 2,
);

test(
  'files are shown before they are sent, and arrive; pictures as pictures',
  async () => {
    const { annToken, benToken } = await pair('Files');
    const [{ page: ann }, { page: ben, complaints }] = [await enter(annToken), await enter(benToken)];
    await Promise.all([choose(ann, 'Files'), choose(ben, 'Files')]);
    await ann.locator('input[type=file]').setInputFiles([
      { name: 'order.txt', mimeType: 'text/plain', buffer: Buffer.from('milk') },
      { name: 'dot.png', mimeType: 'image/png', buffer: await ann.screenshot() },
    ]);
    await ann.locator('.chosen-files img').waitFor();
    await write(ann, 'Two files');
    await ben.locator('.file-card', { hasText: 'order.txt' }).waitFor();
    const picture = ben.locator('.picture img');
    await picture.waitFor();
    await expect
      .poll(() => picture.evaluate((image: unknown) => (image as { naturalWidth: number }).naturalWidth))
      .toBe(1280);
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'a message full of hostile HTML is words, and nothing of it runs or is loaded',
  async () => {
    const { annToken, benToken } = await pair('Hostile');
    const hostile = [
      '<script>document.title = "owned"</script><img src=x onerror="document.title=\'owned\'">',
      '<a href="javascript:alert(1)">click</a> [x](javascript:alert(1)) javascript:alert(1)',
      '<svg/onload=alert(1)><iframe src="https://evil.example/"></iframe><style>*{display:none}</style>',
      '"><marquee>{{7*7}}</marquee>\u202Etxt.exe',
    ];
    const { page: ann } = await enter(annToken);
    await choose(ann, 'Hostile');
    for (const text of hostile) await write(ann, text);
    const { page: ben, complaints } = await enter(benToken);
    await choose(ben, 'Hostile');
    await shows(ben, hostile);
    expect(await ben.locator('.scroller :is(script, iframe, svg[onload], marquee, style, img)').count()).toBe(0);
    const hrefs = await ben
      .locator('.scroller a')
      .evaluateAll((links: readonly unknown[]) => links.map((link) => (link as { href: string }).href));
    expect(hrefs.filter((href) => !href.startsWith('http'))).toEqual([]);
    expect(await ben.title()).not.toContain('owned');
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'edits, reactions and deletions are seen by both',
  async () => {
    const { annToken, benToken } = await pair('Changes');
    const [{ page: ann }, { page: ben }] = [await enter(annToken), await enter(benToken)];
    await Promise.all([choose(ann, 'Changes'), choose(ben, 'Changes')]);
    await write(ann, 'first');
    await shows(ben, ['first']);
    await pointAt(ben.locator('.message'));
    await ben.getByRole('button', { name: 'React', exact: true }).click();
    await ben.getByRole('button', { name: 'React with ❤️' }).click();
    await ann.locator('.reactions button', { hasText: '1' }).click();
    await ben.locator('.reactions button', { hasText: '2' }).waitFor();
    await ben.locator('.message').focus();
    await ben.keyboard.press('r');
    await ben.keyboard.type('I agree');
    await pointAt(ann.locator('.message'));
    await ann.getByRole('button', { name: 'Delete', exact: true }).click();
    await ann.getByRole('button', { name: 'Delete for everybody' }).click();
    await ben.locator('.gone').waitFor();
    expect(await ben.locator('.scroller').textContent()).not.toContain('first');
    // What answers it would be refused, however often it is tried.
    await ben.keyboard.press('Enter');
    await ben.locator('.toast', { hasText: 'Deleted meanwhile' }).waitFor();
    await ben.keyboard.press('Enter');
    await shows(ann, ['I agree']);
  },
  patienceMs,
);

test(
  'a refused message says why and offers to try again',
  async () => {
    const client = newUser('Cal');
    const admin = { ...newUser('Ada'), role: 'ADMIN' };
    const [clientToken, adminToken] = [await tokenOf(client), await tokenOf(admin)];
    const id = await create(clientToken, { kind: 'support', title: 'Invoice' });
    const { page } = await enter(clientToken);
    await choose(page, 'Invoice');
    await write(page, 'Hello?');
    // Else it would be refused as well.
    await said(page, 'Hello?');
    // A page that notices that the chat is closed lets nothing be written.
    await page.route(`**/conversations/${id}`, (route) => route.abort());
    await house.call('PATCH', `/api/v1/conversations/${id}`, { token: adminToken }, { adminId: admin.id });
    await house.call('PATCH', `/api/v1/conversations/${id}`, { token: adminToken }, { status: 'CLOSED' });
    await write(page, 'Are you there?');
    await page.locator('.failure', { hasText: 'closed' }).waitFor();
    await house.call('PATCH', `/api/v1/conversations/${id}`, { token: adminToken }, { status: 'ACTIVE' });
    await page.getByRole('button', { name: 'Try again' }).click();
    await shows(page, ['Hello?', 'Are you there?']);
    await expect.poll(() => page.locator('.failure').count()).toBe(0);
    // The admin sees the status, and closes it with a button.
    const { page: desk } = await enter(adminToken);
    await choose(desk, 'Invoice');
    await desk.locator('.support-actions').getByRole('button', { name: 'Close' }).click();
    await desk.getByText('This chat is closed.').waitFor();
  },
  patienceMs,
);

test(
  'an admin sees who waits for help, and takes a chat',
  async () => {
    const adminToken = await tokenOf({ ...newUser('Abe'), role: 'ADMIN' });
    const clientToken = await tokenOf(newUser('Kit'));
    const id = await create(clientToken, { kind: 'support', title: 'Leaky tap' });
    await say(clientToken, id, 'It drips.');
    const { page } = await enter(adminToken);
    await page.getByRole('button', { name: 'Support' }).click();
    await page.getByRole('button', { name: 'Who waits for help' }).click();
    await page.locator('.notice', { hasText: 'Leaky tap' }).getByRole('button', { name: 'Take' }).click();
    await shows(page, ['It drips.']);
    await page.locator('.support-actions .chip.active').waitFor();
  },
  patienceMs,
);

test(
  'on a phone there is the list or the conversation, and never a page that is too wide',
  async () => {
    const { annToken } = await pair('Pocket');
    const { page } = await enter(annToken, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const width = () => page.evaluate('document.documentElement.scrollWidth');
    expect(await width()).toBe(390);
    await choose(page, 'Pocket');
    expect(await page.getByRole('navigation', { name: 'Conversations' }).isVisible()).toBe(false);
    await write(page, `${'long'.repeat(100)} https://example.com/${'a'.repeat(200)}`);
    await page.locator('.message a').waitFor();
    await page.getByLabel('Message', { exact: true }).fill(`\`\`\`\n${'code '.repeat(100)}\n\`\`\``);
    await page.getByRole('button', { name: 'Send' }).tap();
    await page.locator('.message pre').waitFor();
    // Else the phone would put its keyboard away.
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TEXTAREA');
    expect(await width()).toBe(390);
    const ends = await page
      .locator('.bubble')
      .evaluateAll((all: readonly unknown[]) =>
        all.map((one) => (one as { getBoundingClientRect(): { right: number } }).getBoundingClientRect().right),
      );
    expect(Math.max(...ends)).toBeLessThanOrEqual(390);
    // The list is there for whoever looks for something with the keyboard.
    await find(page, 'pocket');
    await choose(page, 'Pocket');
    await page.context().setOffline(true);
    await page.locator('.banner').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    // Nothing that is said of the connection lies over it.
    await page.getByRole('button', { name: 'New conversation' }).first().click();
    await page.getByLabel('Their id').waitFor();
    // The phone's own way back leads to where it was opened.
    await page.goBack();
    await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
    expect(await page.getByLabel('Their id').count()).toBe(0);
  },
  patienceMs,
);
