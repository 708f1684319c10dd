import { type Blocking, refuseBlocked } from './blocks.ts';
import type { CommandOf } from './commands.ts';
import type { Decision, Precondition } from './decisions.ts';
import { type Entry, keyOf } from './events.ts';
import { checkSize, quote } from './messages.ts';
import type { KnownConversation, Message, Reaction, TimeMs, User, UserId } from './model.ts';
import { type Refusal, refuse } from './refusals.ts';
import { administers, doneBy, type Facts, isMember, ownsGroup, type Rules, type Standing } from './rules.ts';

/** What may become of a message after it was said: edited, deleted, reacted to. */

/** Reactions that one message may have, whoever's. */
export const reactionsLimit = 1000;
const emojiLimit = 64;
// Whatever a keyboard or an application offers, in one piece: `👍`, `+1`, `:party:`.
const emojiForm = new RegExp(`^[^\\p{Cc}\\p{Cs}\\s]{1,${emojiLimit}}$`, 'u');

/** What a revision stands on; `message` is absent when there is none of that id in the conversation. */
export type RevisionFacts = Facts & {
  readonly message?: Message;
  /** Between the user and the other one of a direct conversation. */
  readonly blocking?: Blocking;
};

/** The message after an entry of its conversation: the same one where the entry is not about it, nor about what it answers. */
export function reviseMessage(message: Message, { event, at }: Entry): Message {
  switch (event.type) {
    case 'MessageEdited': {
      const { id, text, editedAt } = event.message;
      if (message.id === id) return { ...message, text, ...(editedAt === undefined ? {} : { editedAt }) };
      return message.replyTo?.id === id ? { ...message, replyTo: event.message } : message;
    }
    case 'MessageDeleted':
      if (message.id === event.messageId) return emptied(message, at);
      return message.replyTo?.id === event.messageId ? withoutQuote(message) : message;
    case 'MessageReacted':
    case 'MessageUnreacted':
      if (message.id !== event.messageId) return message;
      return withReaction(message, event.emoji, event.user.id, event.type === 'MessageReacted');
    default:
      return message;
  }
}

/** Does it make words unsaid that were said before? */
export function takesWordsBack({ event: { type } }: Entry): boolean {
  return type === 'MessageEdited' || type === 'MessageDeleted';
}

/** An entry after one that takes words back: undefined where it is of the same words and gives way to it. */
export function reviseEntry(entry: Entry, revision: Entry): Entry | undefined {
  const { event } = entry;
  if (keyOf(event) === keyOf(revision.event)) return undefined;
  if (event.type !== 'MessageSent') return entry;
  const message = reviseMessage(event.message, revision);
  return message === event.message ? entry : { ...entry, event: { ...event, message } };
}

/** What stays of a deleted message: who said something here and when, and what keeps repeating it harmless. */
function emptied(message: Message, deletedAt: TimeMs): Message {
  const { id, conversationId, ordinal, sender, receiverId, replyToId, clientMessageId, at } = message;
  return {
    id,
    conversationId,
    ordinal,
    sender,
    ...(receiverId === undefined ? {} : { receiverId }),
    text: '',
    ...(replyToId === undefined ? {} : { replyToId }),
    ...(clientMessageId === undefined ? {} : { clientMessageId }),
    at,
    deletedAt,
  };
}

function withoutQuote(message: Message): Message {
  const { replyTo: _, ...rest } = message;
  return rest;
}

function withReaction(message: Message, emoji: string, userId: UserId, isSet: boolean): Message {
  const { reactions = [], ...rest } = message;
  const next: Reaction[] = reactions.flatMap((one) => {
    if (one.emoji !== emoji) return [one];
    const others = one.userIds.filter((id) => id !== userId);
    const userIds = isSet ? [...others, userId] : others;
    return userIds.length > 0 ? [{ emoji, userIds }] : [];
  });
  if (isSet && !reactions.some((one) => one.emoji === emoji)) next.push({ emoji, userIds: [userId] });
  return next.length > 0 ? { ...rest, reactions: next } : rest;
}

/** Their sender edits messages, as long as they are a member and the chat is not closed; so does the host. */
export function decideEdit(
  command: CommandOf<'EditMessage'>,
  user: User | undefined,
  facts: RevisionFacts,
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  const { conversationId, messageId, text } = command;
  const { conversation, standing, message } = facts;
  if (!conversation || (user && !isMember(standing))) return refuse('NOT_FOUND');
  if (!message || message.deletedAt !== undefined) return refuse('MESSAGE_NOT_FOUND');
  if (user && message.sender.id !== user.id) {
    return refuse('FORBIDDEN', { message: 'Only its sender may edit a message. Send one of your own.' });
  }
  if (user && conversation.status === 'CLOSED') return refuse('CONVERSATION_CLOSED');
  const blocked = refuseBlocked(facts.blocking);
  if (blocked) return blocked;
  if (text.trim() === '' && !message.attachment) return refuse('MISSING_CONTENT');
  const tooLarge = checkSize(text, rules);
  if (tooLarge) return tooLarge;
  if (text === message.text) return { drafts: [], expects: [] };
  const edited = { ...quote(message), text, editedAt: at };
  return {
    drafts: [{ type: 'MessageEdited', conversationId, message: edited, ...doneBy(user) }],
    // Of the same edit asked for twice at once, the second finds it made, and tells nobody.
    expects: [
      { is: 'messageAs', conversationId, messageId, editedAt: message.editedAt ?? null },
      ...stillThere(conversation, standing, user),
    ],
  };
}

/**
 * Messages are deleted by their sender, by whoever keeps order in the conversation (owners of groups and open conversations,
 * admins in support chats), and by the host. Deleting again is harmless.
 */
export function decideDelete(
  command: CommandOf<'DeleteMessage'>,
  user: User | undefined,
  facts: RevisionFacts,
  rules: Rules,
): Decision | Refusal {
  const { conversationId, messageId } = command;
  const { conversation, standing, message } = facts;
  if (!conversation) return refuse('NOT_FOUND');
  const keepsOrder = user !== undefined && isModerator(conversation, standing, user, rules);
  if (user && !isMember(standing) && !keepsOrder) return refuse('NOT_FOUND');
  if (!message) return refuse('MESSAGE_NOT_FOUND');
  if (user && message.sender.id !== user.id && !keepsOrder) return refuse('FORBIDDEN');
  if (message.deletedAt !== undefined) return { drafts: [], expects: [] };
  return {
    drafts: [{ type: 'MessageDeleted', conversationId, messageId, senderId: message.sender.id, ...doneBy(user) }],
    expects: [
      { is: 'messageAs', conversationId, messageId },
      ...(isMember(standing) ? stillThere(conversation, standing, user) : []),
    ],
  };
}

/** Members react, once with each emoji, as long as the chat is not closed. */
export function decideReaction(
  command: CommandOf<'SetReaction'>,
  user: User,
  facts: RevisionFacts,
): Decision | Refusal {
  const { conversationId, messageId, emoji, isSet } = command;
  const { conversation, standing, message } = facts;
  if (!conversation || !isMember(standing)) return refuse('NOT_FOUND');
  if (!emojiForm.test(emoji)) {
    return refuse('INVALID', {
      message: `A reaction is an emoji or a word: 1 to ${emojiLimit} characters, no blanks.`,
    });
  }
  if (!message || message.deletedAt !== undefined) return refuse('MESSAGE_NOT_FOUND');
  if (conversation.status === 'CLOSED') return refuse('CONVERSATION_CLOSED');
  const blocked = refuseBlocked(facts.blocking);
  if (blocked) return blocked;
  const { reactions = [] } = message;
  const isThere = reactions.some((one) => one.emoji === emoji && one.userIds.includes(user.id));
  if (isThere === isSet) return { drafts: [], expects: [] };
  if (isSet && reactions.reduce((sum, { userIds }) => sum + userIds.length, 0) >= reactionsLimit) {
    return refuse('INVALID', { message: `This message has ${reactionsLimit} reactions, and takes no more.` });
  }
  const type = isSet ? 'MessageReacted' : 'MessageUnreacted';
  const about = { conversationId, messageId, userId: user.id, emoji, isSet: isThere };
  return {
    drafts: [{ type, conversationId, messageId, user, emoji, actorId: user.id }],
    expects: [
      { is: 'reaction', ...about, ...(isSet ? { below: reactionsLimit } : {}) },
      ...stillThere(conversation, standing, user),
    ],
  };
}

function isModerator(conversation: KnownConversation, standing: Standing, user: User, rules: Rules): boolean {
  return administers(user, conversation, standing, rules) || ownsGroup(conversation, standing);
}

/** The user is a member still, and a support chat has the status that was looked at. */
function stillThere(conversation: KnownConversation, standing: Standing, user: User | undefined): Precondition[] {
  const { id: conversationId, status } = conversation;
  return [
    ...(user && isMember(standing) ? [{ is: 'member' as const, conversationId, userId: user.id }] : []),
    ...(status === undefined ? [] : [{ is: 'conversationAs' as const, conversationId, status }]),
  ];
}
