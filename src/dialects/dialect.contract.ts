import type { Static, TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import type { Answers, SocketRequestType } from '../core/commands.ts';
import type { DomainEvent, EventType } from '../core/events.ts';
import type { Json, Message, QuotedMessage, User } from '../core/model.ts';
import type { Refusal } from '../core/refusals.ts';
import { type Answered, type AnyInbound, closeReasons, type Dialect, type Frame } from './dialect.ts';

/** The laws that every dialect keeps, and what the tests of each one speak with. */

export const at = Date.UTC(2031, 3, 5, 6, 7, 8, 9);
export const atMilliseconds = '2031-04-05T06:07:08.009Z';
export const atSeconds = '2031-04-05T06:07:08Z';

export const ada: User = { id: '41', email: 'ada@example.org', role: 'USER', name: 'Ada' };
export const bea: User = { id: 'b-7', email: '', role: 'ADMIN', name: 'Bea' };

export const plain: Message = {
  id: 1207,
  conversationId: '88',
  ordinal: 3,
  sender: ada,
  receiverId: '52',
  text: 'Tea at four?',
  at,
};

const { receiverId, ...toMany } = plain;
export const rich: Message = {
  ...toMany,
  id: 1208,
  conversationId: 'tea-room',
  sender: bea,
  text: 'Look',
  attachment: {
    url: 'https://files.example.org/cups.png',
    type: 'image/png',
    name: 'cups.png',
    sizeBytes: 12,
    fileId: 'f1',
  },
  replyToId: 1207,
  replyTo: plain,
  metadata: { mood: 'merry' },
  clientMessageId: 'c-1',
};

const edited: QuotedMessage = { ...plain, text: 'Tea at five?', editedAt: at };
export const deleted: Message = { ...toMany, text: '', deletedAt: at };

export const fileOnly: Message = { ...toMany, text: '', attachment: { url: 'https://files.example.org/x' } };

/** One event of each type and more where a row looks into it. */
export const events: { readonly [T in EventType]: readonly Extract<DomainEvent, { type: T }>[] } = {
  ConversationCreated: [],
  ConversationChanged: [{ type: 'ConversationChanged', conversationId: '88', title: 'Tea' }],
  StatusChanged: [
    { type: 'StatusChanged', conversationId: '88', status: 'ACTIVE', clientId: '41', adminId: 'b-7', actorId: 'b-7' },
  ],
  MemberAdded: [{ type: 'MemberAdded', conversationId: '88', kind: 'group', user: ada, role: 'member' }],
  MemberRemoved: [
    { type: 'MemberRemoved', conversationId: '88', userId: '41', wasJoined: true, mayReenter: false },
    { type: 'MemberRemoved', conversationId: '88', userId: '41', wasJoined: false, mayReenter: false },
  ],
  MemberJoined: [{ type: 'MemberJoined', conversationId: '88', user: ada, actorId: '41' }],
  MemberLeft: [{ type: 'MemberLeft', conversationId: '88', user: ada, actorId: '41' }],
  MessageSent: [plain, rich, fileOnly, deleted].map((message) => ({
    type: 'MessageSent',
    conversationId: message.conversationId,
    message,
    actorId: message.sender.id,
  })),
  MessageEdited: [{ type: 'MessageEdited', conversationId: '88', message: edited, actorId: '41' }],
  MessageDeleted: [{ type: 'MessageDeleted', conversationId: '88', messageId: 1207, senderId: '41', actorId: 'b-7' }],
  MessageReacted: [
    { type: 'MessageReacted', conversationId: '88', messageId: 1207, user: bea, emoji: '🫖', actorId: 'b-7' },
  ],
  MessageUnreacted: [
    { type: 'MessageUnreacted', conversationId: '88', messageId: 1207, user: bea, emoji: '🫖', actorId: 'b-7' },
  ],
  ReadCursorMoved: [
    { type: 'ReadCursorMoved', conversationId: '88', userId: '41', from: 5, to: 9, messageIds: [7, 9], actorId: '41' },
    { type: 'ReadCursorMoved', conversationId: '88', userId: '41', from: 5, to: 9, messageIds: [], actorId: '41' },
  ],
  NotificationCreated: [
    {
      type: 'NotificationCreated',
      notification: { id: 61, userId: '41', title: 'Kettle', message: 'It boils', type: 'kettle_boils', at },
    },
  ],
  MemberRoleChanged: [{ type: 'MemberRoleChanged', conversationId: '88', userId: '41', role: 'owner' }],
  MemberSettingsChanged: [
    {
      type: 'MemberSettingsChanged',
      conversationId: '88',
      userId: '41',
      isArchived: true,
      isMuted: false,
      actorId: '41',
    },
  ],
  NotificationsRead: [{ type: 'NotificationsRead', userId: '41', upTo: 61, actorId: '41' }],
  NotificationRead: [{ type: 'NotificationRead', userId: '41', notificationId: 61, actorId: '41' }],
  UserChanged: [{ type: 'UserChanged', user: ada }],
  BlockChanged: [{ type: 'BlockChanged', userId: '41', blockedId: 'b-7', isBlocked: true, actorId: '41' }],
  BanChanged: [{ type: 'BanChanged', userId: '41', isBanned: true, reason: 'spam', untilMs: at }],
  UserRevoked: [{ type: 'UserRevoked', userId: '41', revokedAtSeconds: 1 }],
  TypingChanged: [
    { type: 'TypingChanged', conversationId: '88', user: ada, isTyping: true, actorId: '41' },
    { type: 'TypingChanged', conversationId: '88', user: ada, isTyping: false, actorId: '41' },
  ],
  PresentUsersChanged: [
    { type: 'PresentUsersChanged', conversationId: '88', user: ada, isPresent: true, actorId: '41' },
    { type: 'PresentUsersChanged', conversationId: '88', user: ada, isPresent: false, actorId: '41' },
  ],
  PresenceChanged: [{ type: 'PresenceChanged', userId: '41', status: 'away', lastActive: at, actorId: '41' }],
};

function expectFits(schema: TSchema | undefined, payload: Json): void {
  if (!schema) throw new Error('No schema for this payload');
  const errors = Compile(schema).Errors(payload);
  expect(errors).toEqual([]);
}

/** Everything that a dialect says about an event; each frame is held against its schema. */
export function said(dialect: Dialect, event: DomainEvent): readonly (Frame & { to: string })[] {
  const rows = dialect.outbound[event.type];
  if (rows === 'silent') return [];
  const frames: (Frame & { to: string })[] = [];
  for (const row of rows) {
    const payload = (row.write as (heard: unknown) => Json | undefined)({ event, at });
    if (payload === undefined) continue;
    expectFits(row.schema, payload);
    frames.push({ name: row.name, to: row.to, payload });
  }
  return frames;
}

/** What an inbound event is read as; `unfit` when its schema refuses it. */
export function read(dialect: Dialect, event: string, payload: unknown, home?: string): object | 'unfit' {
  const row = rowOf(dialect, event);
  return Compile(row.schema).Check(payload) ? row.read(payload as Static<TSchema>, home) : 'unfit';
}

/** How a request is answered; each frame is held against its schema. */
export function answered<T extends SocketRequestType>(
  dialect: Dialect,
  event: string,
  request: T,
  answer: Answers[T],
): Answered {
  const row = rowOf(dialect, event);
  expect(row.request).toBe(request);
  const given = (row.answer as (answer: unknown, request: unknown, at: number) => Answered)(answer, {}, at);
  for (const frame of given.frames) expectFits(row.answers[frame.name], frame.payload);
  expectFits(row.ack, given.ack);
  return given;
}

export function refusal(dialect: Dialect, refused: Refusal, event?: string): Json {
  const payload = dialect.error.write(refused, event);
  expectFits(dialect.error.schema, payload);
  return payload;
}

function rowOf(dialect: Dialect, event: string): AnyInbound {
  const row = dialect.inbound[event];
  if (!row) throw new Error(`No inbound event ${event}`);
  return row;
}

const junk: readonly unknown[] = [
  undefined,
  null,
  0,
  -1,
  1.5,
  2 ** 53,
  '',
  'x'.repeat(201),
  'bell\u0007',
  true,
  [],
  [[]],
  {},
  Buffer.from('binary'),
  JSON.parse('{"__proto__":{"chatId":1},"constructor":5,"toString":null}'),
];

function undescribed(schema: TSchema, path: string): string[] {
  const node = schema as TSchema & {
    properties?: Record<string, TSchema>;
    anyOf?: TSchema[];
    items?: TSchema;
    description?: string;
  };
  const alternatives = node.anyOf ?? [];
  const isDescribed =
    node.description !== undefined || alternatives.some((alternative) => 'description' in alternative);
  return [
    ...(isDescribed ? [] : [path]),
    ...Object.entries(node.properties ?? {}).flatMap(([name, inner]) => undescribed(inner, `${path}.${name}`)),
    ...(node.items ? undescribed(node.items, `${path}[]`) : []),
    ...alternatives.flatMap((inner) =>
      Object.entries((inner as typeof node).properties ?? {}).flatMap(([name, field]) =>
        undescribed(field, `${path}.${name}`),
      ),
    ),
  ];
}

export function keepsTheLaws(dialect: Dialect): void {
  describe(`the ${dialect.name} dialect keeps the laws`, () => {
    test('it reads or refuses whatever is sent, and never throws', () => {
      for (const event of Object.keys(dialect.inbound)) {
        for (const payload of junk) {
          for (const inside of [
            payload,
            { chatId: 1, roomId: 1, conversationId: 1, message: payload, content: payload },
          ]) {
            expect(['object', 'string']).toContain(typeof read(dialect, event, inside, 'home'));
          }
        }
      }
    });

    test('everything that it says fits its schemas, which know no other fields', () => {
      for (const event of Object.values(events).flat()) {
        const rows = dialect.outbound[event.type];
        for (const frame of said(dialect, event)) {
          if (rows === 'silent' || typeof frame.payload !== 'object') continue;
          const row = rows.find(({ name }) => name === frame.name);
          expect(Compile(row?.schema ?? {}).Check({ ...frame.payload, surplus: 1 })).toBe(false);
        }
      }
    });

    test('every payload and field is described', () => {
      const schemas: [string, TSchema][] = [
        ...Object.entries(dialect.inbound).flatMap(([name, row]): [string, TSchema][] => [
          [name, row.schema],
          ...Object.entries(row.answers),
          [`ack of ${name}`, row.ack],
        ]),
        ...Object.values(dialect.outbound).flatMap((rows) =>
          rows === 'silent' ? [] : rows.map((row): [string, TSchema] => [row.name, row.schema]),
        ),
        ...Object.entries(dialect.entrance?.answers ?? {}),
        ['error', dialect.error.schema],
      ];
      expect(schemas.flatMap(([name, schema]) => undescribed(schema, name))).toEqual([]);
    });

    test('it closes with codes that a WebSocket may send, and words that fit into a close frame', () => {
      for (const reason of closeReasons) {
        const { code, words } = dialect.closes[reason];
        expect([1008, 1009, 1011, 1012, 1013, 4000, 4001]).toContain(code);
        expect(Buffer.byteLength(words)).toBeLessThanOrEqual(123);
      }
    });
  });
}
