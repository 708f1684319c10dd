import { expect, test } from 'vitest';
import { dialectNames } from './dialect.ts';
import { claim, dialects } from './index.ts';

test('every dialect is spoken, once', () => {
  expect(dialects.map(({ name }) => name)).toEqual(dialectNames);
});

test('no event of the shared namespace has two owners but those that say in their payload whose they are', () => {
  const names = dialects.filter(({ mount }) => mount === '/').flatMap(({ inbound }) => Object.keys(inbound));
  const shared = ['send_message', 'edit_message', 'delete_message', 'react'];
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual(shared);
  for (const name of shared) {
    expect(Object.keys(dialects.find((one) => one.name === 'kenz')?.inbound ?? {})).toContain(name);
    expect(Object.keys(dialects.find((one) => one.name === 'direct')?.inbound ?? {})).toContain(name);
  }
});

test.each([
  ['send_message', { chatId: 1 }, 'kenz'],
  ['send_message', { chatId: 0, conversationId: 1 }, 'kenz'],
  ['send_message', { conversationId: 1 }, 'direct'],
  ['send_message', { chatId: null, conversationId: 1 }, 'direct'],
  ['send_message', {}, 'lastSpoken'],
  ['send_message', undefined, 'lastSpoken'],
  ['send_message', null, 'lastSpoken'],
  ['send_message', 'chatId', 'lastSpoken'],
  ['send_message', Object.create({ chatId: 1 }), 'lastSpoken'],
  ['edit_message', { chatId: 1, messageId: 2 }, 'kenz'],
  ['delete_message', { conversationId: 1, messageId: 2 }, 'direct'],
  ['react', {}, 'lastSpoken'],
  ['sendMessage', { chatId: 1 }, 'support'],
  ['typing', undefined, 'support'],
  ['typing_start', undefined, 'direct'],
  ['mark_read', undefined, 'direct'],
  ['joinRoom', 'tea', undefined],
  ['', {}, undefined],
  ['constructor', {}, undefined],
  ['__proto__', {}, undefined],
])('%s %j is claimed by %s', (event, payload, owner) => {
  expect(claim(event, payload)).toBe(owner);
});
