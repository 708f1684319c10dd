import type { Entry, EventOf, LoggedEventType } from '../core/events.ts';
import type { Message, QuotedMessage, User, UserId } from '../core/model.ts';

const textLimit = 200;

/** What of the words that people meant for each other a sentence shows. */
type Words = {
  readonly said: (content: QuotedMessage) => string;
  readonly titled: (title: string) => string;
};

/** One entry of the log as a line for whoever has the database in hand: position, time, and what has happened, with texts. */
export function lineOf({ position, at, event }: Entry): string {
  return `${position}  ${new Date(at).toISOString()}  ${say(event.type, event, shown)}.`;
}

/** What has happened, for whoever looks after the server: who did what where, and nothing of what they told each other. */
export function discreetSentenceOf({ event }: Pick<Entry, 'event'>): string {
  return `${say(event.type, event, heldBack)}.`;
}

function say<T extends LoggedEventType>(type: T, event: EventOf<T>, words: Words): string {
  return sentences[type](event, words);
}

/** How each event reads. */
const sentences: { readonly [T in LoggedEventType]: (event: EventOf<T>, words: Words) => string } = {
  ConversationCreated: ({ conversation: { id, kind, title }, actorId }) =>
    `${by(actorId)} created the ${kind} conversation ${plain(id)}${title === undefined ? '' : ` ${quoted(title)}`}`,
  ConversationChanged: ({ conversationId, title, actorId }) =>
    title === undefined
      ? `${by(actorId)} changed ${plain(conversationId)}`
      : `${by(actorId)} called ${plain(conversationId)} ${quoted(title)}`,
  StatusChanged: ({ conversationId, status, adminId, actorId }) =>
    `${by(actorId)} made ${plain(conversationId)} ${status}${adminId === undefined ? '' : `, with admin ${plain(adminId)}`}`,
  MemberAdded: ({ conversationId, user, role, actorId }) =>
    actorId === user.id
      ? `${named(user)} became ${role} of ${plain(conversationId)}`
      : `${by(actorId)} added ${named(user)} to ${plain(conversationId)} as ${role}`,
  MemberRemoved: ({ conversationId, userId, actorId }) =>
    actorId === userId
      ? `${plain(userId)} gave up ${plain(conversationId)}`
      : `${by(actorId)} removed ${plain(userId)} from ${plain(conversationId)}`,
  MemberJoined: ({ conversationId, user }) => `${named(user)} joined ${plain(conversationId)}`,
  MemberLeft: ({ conversationId, user }) => `${named(user)} left ${plain(conversationId)}`,
  MemberRoleChanged: ({ conversationId, userId, role, actorId }) =>
    `${by(actorId)} made ${plain(userId)} ${role} of ${plain(conversationId)}`,
  MemberSettingsChanged: ({ conversationId, userId, isArchived, isMuted }) =>
    `${plain(userId)} keeps ${plain(conversationId)} ${isArchived ? 'archived' : 'listed'}, ${isMuted ? 'muted' : 'with sound'}`,
  MessageSent: ({ conversationId, message }, { said }) =>
    `${named(message.sender)} said in ${plain(conversationId)}${answering(message)}: ${said(message)}`,
  MessageEdited: ({ conversationId, message, actorId }, { said }) =>
    `${by(actorId)} changed message ${message.id} of ${plain(conversationId)}: ${said(message)}`,
  MessageDeleted: ({ conversationId, messageId, actorId }) =>
    `${by(actorId)} deleted message ${messageId} of ${plain(conversationId)}`,
  MessageReacted: ({ conversationId, messageId, user, emoji }) =>
    `${named(user)} reacted to message ${messageId} of ${plain(conversationId)} with ${plain(emoji)}`,
  MessageUnreacted: ({ conversationId, messageId, user, emoji }) =>
    `${named(user)} took ${plain(emoji)} back from message ${messageId} of ${plain(conversationId)}`,
  ReadCursorMoved: ({ conversationId, userId, to }) => `${plain(userId)} has read ${plain(conversationId)} up to ${to}`,
  NotificationCreated: ({ notification: { userId, title } }, { titled }) =>
    `the host notified ${plain(userId)}: ${titled(title)}`,
  NotificationRead: ({ userId, notificationId }) => `${plain(userId)} has read notification ${notificationId}`,
  NotificationsRead: ({ userId, upTo }) => `${plain(userId)} has read all notifications up to ${upTo}`,
  UserChanged: ({ user }) => `user ${plain(user.id)} is ${quoted(user.name)}, ${plain(user.role)}`,
  BlockChanged: ({ userId, blockedId, isBlocked }) =>
    `${plain(userId)} ${isBlocked ? 'blocked' : 'unblocked'} ${plain(blockedId)}`,
  BanChanged: ({ userId, isBanned, reason, untilMs, actorId }) =>
    `${by(actorId)} ${isBanned ? 'banned' : 'lifted the ban of'} ${plain(userId)}${untilMs === undefined ? '' : ` until ${new Date(untilMs).toISOString()}`}${reason === undefined ? '' : `: ${quoted(reason)}`}`,
  UserRevoked: ({ userId, revokedAtSeconds }) =>
    `the tokens of ${plain(userId)} up to ${new Date(revokedAtSeconds * 1000).toISOString()} were revoked`,
};

function by(actorId: UserId | undefined): string {
  return actorId === undefined ? 'the host' : plain(actorId);
}

function named({ id, name }: User): string {
  if (name === id || name === '') return plain(id);
  // What stands in round brackets is the id, for readers and for the console, which looks it up.
  return `${plain(name).replaceAll('(', '[').replaceAll(')', ']')} (${plain(id)})`;
}

function answering({ replyToId }: Message): string {
  return replyToId === undefined ? '' : `, answering ${replyToId}`;
}

function contentOf({ text, attachment, deletedAt }: QuotedMessage): string {
  if (deletedAt !== undefined) return 'what was deleted since';
  const parts = [
    ...(text === '' ? [] : [quoted(text)]),
    ...(attachment === undefined ? [] : [`with ${plain(attachment.name ?? attachment.url)}`]),
  ];
  return parts.join(' ');
}

const shown: Words = { said: contentOf, titled: quoted };

const heldBack: Words = { said: measured, titled: charactersOf };

/** How much was said, and of which kind a file was. */
function measured({ text, attachment, deletedAt }: QuotedMessage): string {
  if (deletedAt !== undefined) return 'what was deleted since';
  const parts = [...(text === '' ? [] : [charactersOf(text)]), ...(attachment === undefined ? [] : ['with a file'])];
  return parts.join(' ');
}

function charactersOf(text: string): string {
  const count = [...text].length;
  return `${count} ${count === 1 ? 'character' : 'characters'}`;
}

function quoted(text: string): string {
  const cut = text.length > textLimit ? `${text.slice(0, textLimit)}…` : text;
  return `“${plain(cut)}”`;
}

/** What people wrote must not steer the terminal, nor pretend to be another line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) => {
    return character === '\n' ? '⏎' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
