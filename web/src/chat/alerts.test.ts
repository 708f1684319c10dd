import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type OpenHouse, openHouse } from '../../../test/harness/house.ts';
import { until } from '../../../test/harness/until.ts';
import { ChatClient } from '../client/client.ts';

let house: OpenHouse;
beforeAll(async () => {
  house = await openHouse();
  // As much of a browser as tells of messages.
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('location', { hash: '' });
  vi.stubGlobal('addEventListener', () => {});
});
afterAll(async () => {
  vi.unstubAllGlobals();
  await house[Symbol.asyncDispose]();
});

const enter = (id: string): Promise<ChatClient> => {
  const token = house.token({ sub: id, name: `User ${id}` });
  return ChatClient.connect({ address: house.address, token: () => token });
};

test('who says something in a group that was never opened is named', async () => {
  const { alertAbout } = await import('./alerts.ts');
  const { dismissOf, toasts } = await import('./toasts.ts');
  const body = { id: 'band', kind: 'group', title: 'The band', members: ['1', '2'] };
  await house.call('POST', '/api/v1/conversations', 'host', body);
  const [ann, ben] = [await enter('1'), await enter('2')];
  const end = alertAbout(ann);
  for (const text of ['One', 'Two']) ben.conversation('band').send({ text });
  const shown = await until(
    () => (toasts.get().length === 2 ? toasts.get() : undefined),
    () => JSON.stringify(toasts.get()),
  );
  expect(shown).toMatchObject([
    { title: 'The band', text: 'User 2: One' },
    { title: 'The band', text: 'User 2: Two' },
  ]);
  // The list has learned it too.
  ben.conversation('band').send({ text: 'Three' });
  await until(
    () => ann.conversations.find('band')?.lastMessage?.text === 'Three',
    () => 'not listed',
  );
  expect(ann.conversations.find('band')?.lastMessage?.senderName).toBe('User 2');
  // Opened while its sender is still asked for, it is not told of any more.
  const { shownConversation } = await import('./route.ts');
  let asked = 0;
  vi.spyOn(ann.conversations, 'senderName').mockImplementation(async () => {
    asked++;
    shownConversation.set('band');
    return 'User 2';
  });
  ben.conversation('band').send({ text: 'Four' });
  await until(
    () => asked === 1,
    () => 'not heard',
  );
  await new Promise(setImmediate);
  expect(toasts.get().map(({ text }) => text)).not.toContain('User 2: Four');
  shownConversation.set(undefined);
  dismissOf('another');
  expect(toasts.get()).not.toEqual([]);
  dismissOf('band');
  expect(toasts.get()).toEqual([]);
  end();
  for (const client of [ann, ben]) client.close();
});

test('where the browser tells of nothing although it may, what was said pops up in the page', async () => {
  vi.stubGlobal('document', { hidden: true });
  // As in Chrome on Android.
  class Notification {
    static permission = 'granted';
    constructor() {
      throw new TypeError('Illegal constructor.');
    }
  }
  vi.stubGlobal('window', { Notification });
  vi.stubGlobal('Notification', Notification);
  const { alertAbout } = await import('./alerts.ts');
  const { toasts } = await import('./toasts.ts');
  const body = { id: 'phone', kind: 'group', title: 'On a phone', members: ['3', '4'] };
  await house.call('POST', '/api/v1/conversations', 'host', body);
  const [ann, ben] = [await enter('3'), await enter('4')];
  const end = alertAbout(ann);
  ben.conversation('phone').send({ text: 'Ring' });
  await until(
    () => toasts.get().find(({ title }) => title === 'On a phone'),
    () => JSON.stringify(toasts.get()),
  );
  end();
  for (const client of [ann, ben]) client.close();
});
