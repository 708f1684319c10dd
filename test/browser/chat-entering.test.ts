import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHouse } from '../harness/house.ts';
import { openPage } from './browser.ts';
import {
  browser,
  choose,
  closeScene,
  enter,
  house,
  newUser,
  openScene,
  pair,
  patienceMs,
  shows,
  tokenOf,
  write,
} from './chat-scene.ts';

beforeAll(openScene, patienceMs);
afterAll(closeScene);

test(
  'a bad token is refused in words, and a revoked user is asked to sign in again',
  async () => {
    await using strict = await openHouse();
    const { page } = await openPage(browser, strict, '/');
    await page.getByLabel('Token', { exact: true }).fill('eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.bm90aGluZw');
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Token', { exact: true }).fill(strict.token({ sub: '9', name: 'Nina' }));
    await page.getByRole('button', { name: 'Use' }).click();
    await page.getByRole('heading', { name: 'Nina' }).waitFor();
    expect(page.url()).not.toContain('eyJ');
    await strict.call('POST', '/api/v1/users/9/revoke', 'host');
    await page.locator('.banner.bad').getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Token', { exact: true }).waitFor();
  },
  patienceMs,
);

test(
  'a page of the same origin hands its token to the client that it embeds',
  async () => {
    const token = await tokenOf(newUser('Hana'));
    const { page } = await openPage(browser, house, '/swagger/');
    await page.evaluate(`(() => {
      addEventListener('message', ({ data, source }) => {
        if (data.type === 'parlance-ready') source.postMessage({ type: 'parlance-token', token: ${JSON.stringify(token)} }, '*');
      });
      const frame = document.createElement('iframe');
      frame.src = '/';
      document.body.prepend(frame);
    })()`);
    await page.frameLocator('iframe').getByRole('heading', { name: 'Hana' }).waitFor();
  },
  patienceMs,
);

test(
  'who is signed in stays so while the server cannot be reached, and is let in when it can',
  async () => {
    const { page } = await enter(await tokenOf(newUser('Olga')));
    await page.route('**/api/v1/me', (route) => route.fulfill({ status: 503, json: { error: { message: 'Busy.' } } }));
    await page.reload();
    await page.getByRole('alert').filter({ hasText: 'Busy.' }).waitFor();
    await page.route('**/api/v1/me', (route) => route.abort());
    await page.reload();
    await page.getByRole('alert').filter({ hasText: 'cannot be reached' }).waitFor();
    await page.unroute('**/api/v1/me');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Olga' }).waitFor();
  },
  patienceMs,
);

test(
  'a refused token of one tab signs nobody out who signed in to stay in another',
  async () => {
    await using strict = await openHouse();
    const { page } = await openPage(browser, strict, `/#token=${strict.token({ sub: '9', name: 'Nina' })}`);
    await page.getByRole('heading', { name: 'Nina' }).waitFor();
    await strict.call('POST', '/api/v1/users/9/revoke', 'host');
    await page.locator('.banner.bad').waitFor();
    const other = await page.context().newPage();
    await other.goto(strict.address);
    await other.getByLabel('Token', { exact: true }).fill(strict.token({ sub: '8', name: 'Otto' }));
    await other.getByLabel('Stay signed in').check();
    await other.getByRole('button', { name: 'Use' }).click();
    await other.getByRole('heading', { name: 'Otto' }).waitFor();
    await page.reload();
    await page.getByLabel('Token', { exact: true }).waitFor();
    const third = await page.context().newPage();
    await third.goto(strict.address);
    await third.getByRole('heading', { name: 'Otto' }).waitFor();
  },
  patienceMs,
);

test(
  'what was begun is there when one comes back to it, and not for whoever signs in next',
  async () => {
    const { annToken, ben } = await pair('Shared desk');
    const { page } = await enter(annToken);
    await choose(page, 'Shared desk');
    const field = page.getByLabel('Message', { exact: true });
    await field.fill('half a thought');
    await page.getByRole('navigation').getByRole('button', { name: 'New conversation' }).click();
    await page.getByLabel('Their id').waitFor();
    await choose(page, 'Shared desk');
    expect(await field.inputValue()).toBe('half a thought');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Your name').fill(ben.id);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('heading', { name: 'Choose a conversation' }).waitFor();
    await choose(page, 'Shared desk');
    expect(await field.inputValue()).toBe('');
  },
  patienceMs,
);

test(
  'where the browser may keep nothing, one can talk all the same',
  async () => {
    const { annToken } = await pair('Sealed');
    const { page, complaints } = await openPage(browser, house, '/swagger/');
    await page.addInitScript(`for (const name of ['localStorage', 'sessionStorage', 'indexedDB'])
      Object.defineProperty(window, name, { get() { throw new DOMException('not here', 'SecurityError'); } });`);
    await page.goto(`${house.address}/#token=${annToken}`);
    await choose(page, 'Sealed');
    await write(page, 'said all the same');
    await shows(page, ['said all the same']);
    await page.getByRole('button', { name: 'Dark colours' }).click();
    expect(complaints).toEqual([]);
  },
  patienceMs,
);

test(
  'a part of the page that cannot be loaded takes nothing else with it',
  async () => {
    const { annToken } = await pair('Renewed');
    const { page } = await openPage(browser, house, '/swagger/');
    await page.route(/assets\/(details|notices)-.*js/, (route) => route.abort());
    await page.goto(`${house.address}/#token=${annToken}`);
    await choose(page, 'Renewed');
    await write(page, 'still here');
    await page.getByRole('button', { name: 'Members and settings' }).click();
    await page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
    await shows(page, ['still here']);
    await page.getByRole('button', { name: 'Notifications' }).click();
    await page.getByRole('alert').filter({ hasText: 'could not be loaded' }).waitFor();
    await choose(page, 'Renewed');
    await shows(page, ['still here']);
  },
  patienceMs,
);
