import { describe, expect, test } from 'vitest';
import type { Message, User } from '../core/model.ts';
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
  ['send_message', {}, 'kenz'],
  ['send_message', undefined, 'kenz'],
  ['send_message', null, 'kenz'],
  ['send_message', 'chatId', 'kenz'],
  ['send_message', Object.create({ chatId: 1 }), 'kenz'],
  ['edit_message', { chatId: 1, messageId: 2 }, 'kenz'],
  ['delete_message', { conversationId: 1, messageId: 2 }, 'direct'],
  ['react', {}, 'kenz'],
  ['sendMessage', { chatId: 1 }, 'support'],
  ['typing', undefined, 'support'],
  ['typing_start', undefined, 'direct'],
  ['mark_read', undefined, 'direct'],
  ['joinRoom', 'tea', undefined],
  ['', {}, undefined],
  ['constructor', {}, undefined],
  ['__proto__', {}, undefined],
])('%s %j is claimed by %s', (event, payload, owner) => {
  expect(claim(event, payload, undefined)).toBe(owner);
});

test.each([
  ['send_message', {}, 'direct', 'direct'],
  ['react', undefined, 'direct', 'direct'],
  ['send_message', {}, 'kenz', 'kenz'],
  ['send_message', {}, 'support', 'kenz'],
  ['send_message', { chatId: 1 }, 'direct', 'kenz'],
  ['typing', {}, 'direct', 'support'],
  ['joinRoom', {}, 'direct', undefined],
] as const)('%s %j after %s is claimed by %s', (event, payload, lastSpoken, owner) => {
  expect(claim(event, payload, lastSpoken)).toBe(owner);
});

describe('an answer that says what is heard', () => {
  const sender: User = { id: '7', email: 'ann@example.org', role: 'USER', name: 'Ann' };
  const plain: Message = { id: 12, conversationId: 'tea', ordinal: 3, sender, text: 'Hi "all"', at: 1_790_000_000_123 };
  const quoted = { id: 11, ordinal: 2, conversationId: 'tea', sender, text: 'What?', at: plain.at - 1 };
  const attachment = { url: 'https://example.org/a.png', type: 'image/png', name: 'a.png' };
  const messages: readonly Message[] = [
    plain,
    { ...plain, text: '', attachment, contentType: 'image', receiverId: '8', clientMessageId: 'x', metadata: { a: 1 } },
    { ...plain, replyToId: 11, replyTo: quoted },
  ];
  const saying = dialects.flatMap((dialect) =>
    Object.entries(dialect.inbound).flatMap(([event, row]) =>
      row.request === 'SendMessage' && row.asHeard ? [[dialect, event, row, row.asHeard] as const] : [],
    ),
  );

  test('is one of kenz, support and direct', () => {
    expect(saying.map(([{ name }]) => name)).toEqual(['kenz', 'support', 'direct']);
  });

  test.each(saying)('$name: the answer to %s is in the same words', (dialect, _event, row, { event: name, answer }) => {
    const rows = dialect.outbound.MessageSent;
    const heard = rows === 'silent' ? undefined : rows.find((one) => one.name === name);
    if (!heard) throw new Error(`Nobody hears ${name}.`);
    for (const message of messages) {
      const { conversationId, at, id: position } = message;
      const event = { type: 'MessageSent', conversationId, message, actorId: sender.id } as const;
      const payload = heard.write({ event, at, position });
      const request = { type: 'SendMessage', conversationId, text: message.text } as const;
      const expected =
        answer === undefined
          ? { frames: [], ack: payload }
          : { frames: [{ name: answer, payload }], ack: { event: answer, data: payload } };
      const answered = row.answer({ message, isRepeat: false }, request, at);
      expect(JSON.stringify(answered)).toBe(JSON.stringify(expected));
    }
  });
});
