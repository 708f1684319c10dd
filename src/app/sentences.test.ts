import { expect, test } from 'vitest';
import type { LoggedEvent } from '../core/events.ts';
import type { Conversation, Message, User } from '../core/model.ts';
import { discreetSentenceOf, lineOf } from './sentences.ts';

const ann: User = { id: '1', email: '', role: 'USER', name: 'Ann' };
const say = (event: LoggedEvent) => lineOf({ position: 7, at: 0, event }).replace('7  1970-01-01T00:00:00.000Z  ', '');

const conversation: Conversation = {
  id: 'x',
  kind: 'group',
  title: 'Tea',
  createdAt: 0,
  updatedAt: 0,
  ordinal: 0,
  lastMessageId: 0,
  memberCount: 0,
  pair: [],
  isAutoCreated: false,
};
const message: Message = { id: 7, conversationId: 'x', ordinal: 1, sender: ann, text: 'Hello', at: 0 };
const notification = { id: 7, userId: '1', title: 'News', message: '', type: 'info', at: 0 };

test('a line says where in the log and when', () => {
  const line = lineOf({ position: 7, at: Date.UTC(2026, 0, 2), event: { type: 'UserChanged', user: ann } });
  expect(line).toBe('7  2026-01-02T00:00:00.000Z  user 1 is “Ann”, USER.');
});

const inX = { conversationId: 'x' } as const;
test.each<[LoggedEvent, string]>([
  [{ type: 'ConversationCreated', conversation }, 'the host created the group conversation x “Tea”.'],
  [{ type: 'ConversationChanged', ...inX, title: 'Tea', actorId: '1' }, '1 called x “Tea”.'],
  [
    { type: 'StatusChanged', ...inX, status: 'ACTIVE', clientId: '1', adminId: '9' },
    'the host made x ACTIVE, with admin 9.',
  ],
  [{ type: 'MemberAdded', ...inX, kind: 'open', user: ann, role: 'owner', actorId: '1' }, 'Ann (1) became owner of x.'],
  [{ type: 'MemberAdded', ...inX, kind: 'group', user: ann, role: 'member' }, 'the host added Ann (1) to x as member.'],
  [{ type: 'MemberRoleChanged', ...inX, userId: '1', role: 'owner', actorId: '9' }, '9 made 1 owner of x.'],
  [
    { type: 'MemberSettingsChanged', ...inX, userId: '1', isArchived: true, isMuted: false, actorId: '1' },
    '1 keeps x archived, with sound.',
  ],
  [{ type: 'NotificationsRead', userId: '1', upTo: 7, actorId: '1' }, '1 has read all notifications up to 7.'],
  [{ type: 'BlockChanged', userId: '1', blockedId: '2', isBlocked: true, actorId: '1' }, '1 blocked 2.'],
  [{ type: 'BanChanged', userId: '2', isBanned: true, reason: 'spam' }, 'the host banned 2: “spam”.'],
  [
    { type: 'BanChanged', userId: '2', isBanned: true, untilMs: 0, actorId: '9' },
    '9 banned 2 until 1970-01-01T00:00:00.000Z.',
  ],
  [{ type: 'BanChanged', userId: '2', isBanned: false }, 'the host lifted the ban of 2.'],
  [{ type: 'MemberRemoved', ...inX, userId: '1', wasJoined: true, mayReenter: false }, 'the host removed 1 from x.'],
  [{ type: 'MemberJoined', ...inX, user: ann, actorId: '1' }, 'Ann (1) joined x.'],
  [{ type: 'MemberLeft', ...inX, user: ann, actorId: '1' }, 'Ann (1) left x.'],
  [{ type: 'MessageSent', ...inX, message, actorId: '1' }, 'Ann (1) said in x: “Hello”.'],
  [
    {
      type: 'MessageSent',
      ...inX,
      message: { ...message, text: '', replyToId: 3, attachment: { url: 'https://x/y.png', name: 'y.png' } },
      actorId: '1',
    },
    'Ann (1) said in x, answering 3: with y.png.',
  ],
  [
    { type: 'ReadCursorMoved', ...inX, userId: '1', from: 0, to: 5, messageIds: [], actorId: '1' },
    '1 has read x up to 5.',
  ],
  [{ type: 'NotificationCreated', notification }, 'the host notified 1: “News”.'],
  [{ type: 'NotificationRead', userId: '1', notificationId: 7, actorId: '1' }, '1 has read notification 7.'],
  [
    { type: 'UserRevoked', userId: '1', revokedAtSeconds: 60 },
    'the tokens of 1 up to 1970-01-01T00:01:00.000Z were revoked.',
  ],
])('an event reads as a sentence: %#', (event, sentence) => {
  expect(say(event)).toBe(sentence);
});

test('a text can neither steer the terminal nor pretend to be another line', () => {
  const line = say({
    type: 'MessageSent',
    ...inX,
    message: { ...message, text: 'a\u001b[2J\r\nb\u202e\u009b' },
    actorId: '1',
  });
  expect(line).toBe('Ann (1) said in x: “a\\u001b[2J\\u000d⏎b\\u202e\\u009b”.');
});

test.each<[LoggedEvent, string]>([
  [{ type: 'MessageSent', ...inX, message, actorId: '1' }, 'Ann (1) said in x: 5 characters.'],
  [
    {
      type: 'MessageEdited',
      ...inX,
      message: { ...message, text: '!', attachment: { url: 'https://x/secret.png', name: 'secret.png' } },
      actorId: '1',
    },
    '1 changed message 7 of x: 1 character with a file.',
  ],
  [
    { type: 'MessageSent', ...inX, message: { ...message, deletedAt: 1 }, actorId: '1' },
    'Ann (1) said in x: what was deleted since.',
  ],
  [{ type: 'NotificationCreated', notification }, 'the host notified 1: 4 characters.'],
])('what people told each other can be left out: %#', (event, sentence) => {
  expect(discreetSentenceOf({ event })).toBe(sentence);
});

test('a name cannot pretend to be the id that is looked up', () => {
  const eve: User = { ...ann, id: '6', name: 'Eve (1) said' };
  expect(say({ type: 'MemberAdded', ...inX, kind: 'open', user: eve, role: 'owner', actorId: '6' })).toBe(
    'Eve [1] said (6) became owner of x.',
  );
});

test('a long text is cut', () => {
  expect(
    say({ type: 'MessageSent', ...inX, message: { ...message, text: 'x'.repeat(5000) }, actorId: '1' }).length,
  ).toBeLessThan(250);
});
