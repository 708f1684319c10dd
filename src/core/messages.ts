import { type Blocking, refuseBlocked } from './blocks.ts';
import type { CommandOf } from './commands.ts';
import { touch } from './conversations.ts';
import type { Decision, Draft, Drafting, Precondition } from './decisions.ts';
import { isWebAddress, webAddressWords } from './forms.ts';
import { expectSameSize, hasJoined, joinOnce } from './membership.ts';
import type { Attachment, KnownConversation, Message, QuotedMessage, TimeMs, User, UserId } from './model.ts';
import { isRefusal, type Refusal, refuse } from './refusals.ts';
import { type Facts, isAdmin, isMember, type Rules, type Standing } from './rules.ts';

/** Who may send which message, and what else sending it changes. */

const clientMessageIdLimit = 200;
/** Messages that carry a quote of the same one. All are written anew when it is edited, so later ones only name it. */
export const quotesLimit = 1_000;

/** What sending stands on. The last three only when the command names them. */
export type SendingFacts = Facts & {
  /** The message that is answered; undefined when there is none of that id in the conversation. */
  readonly quoted?: Message;
  /** How many messages quote it already. */
  readonly quotes?: number;
  /** The uploaded file as an attachment; undefined when there is none that the sender may use. */
  readonly file?: Attachment;
  /** The receiver that the sender named, and what they are to the conversation. */
  readonly receiver?: { readonly user: User; readonly standing: Standing };
  /** Between the sender and the other one of a direct conversation, or whom the message would bring in. */
  readonly blocking?: Blocking;
};

/** UTF-8 bytes of a text. (The core has no Buffer.) A lone surrogate counts 3, as encoders replace it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

/** Has it more characters? One beyond the sixteen-bit ones is one, as in the ids of all dialects. */
function hasMoreCharacters(text: string, limit: number): boolean {
  return text.length > limit && (text.length > 2 * limit || [...text].length > limit);
}

/** Is the text more than a message may hold? */
export function checkSize(text: string, rules: Rules): Refusal | undefined {
  if (text.length * 3 <= rules.contentLimitBytes || utf8Bytes(text) <= rules.contentLimitBytes) return undefined;
  return refuse('TOO_LARGE', {
    message: `The message is too large. Send at most ${rules.contentLimitBytes} bytes of UTF-8 at once.`,
  });
}

/** What is wrong with the message itself, whoever says it wherever. */
export function checkContent(command: CommandOf<'SendMessage'>, rules: Rules): Refusal | undefined {
  const { text, attachment, fileId, clientMessageId } = command;
  if (!attachment && fileId === undefined && text.trim() === '') return refuse('MISSING_CONTENT');
  const tooLarge = checkSize(text, rules);
  if (tooLarge) return tooLarge;
  if (attachment && !isWebAddress(attachment.url)) {
    return refuse('INVALID', { message: `The attachment address must be ${webAddressWords}.` });
  }
  if (
    clientMessageId !== undefined &&
    (clientMessageId === '' || hasMoreCharacters(clientMessageId, clientMessageIdLimit))
  ) {
    return refuse('INVALID', { message: `clientMessageId must have 1 to ${clientMessageIdLimit} characters.` });
  }
  return undefined;
}

/**
 * Sending enters: whoever may come in becomes a member and joins. An admin's first message in a pending support chat makes
 * them its admin; a closed one refuses messages.
 */
export function decideSend(
  command: CommandOf<'SendMessage'>,
  user: User,
  facts: SendingFacts,
  rules: Rules,
  at: TimeMs,
): Decision | Refusal {
  const { conversationId, opening } = command;
  const { conversation } = facts;
  const entered = touch(conversationId, opening, user, facts.receiver?.user, facts, rules, at);
  if (isRefusal(entered)) return entered;
  const blocked = refuseBlocked(facts.blocking);
  if (blocked) return blocked;
  if (command.replyToId !== undefined && (!facts.quoted || facts.quoted.deletedAt !== undefined)) {
    return refuse('MESSAGE_NOT_FOUND');
  }
  if (command.fileId !== undefined && !facts.file) return refuse('FILE_NOT_FOUND');

  const { drafts, expects } = entered;
  if (conversation) {
    expectSameSize(expects, conversation);
    invite(entered, conversation, user, facts);
    const closed = takeUp(entered, conversation, user, rules);
    if (closed) return closed;
  }
  if (facts.quoted) expects.push(unrevised(facts.quoted));
  if (opening && !hasJoined(facts.standing)) {
    const joined = joinOnce(conversationId, facts.standing, user);
    drafts.push(...joined.drafts);
    expects.push(...joined.expects);
  }
  const receiverId = otherMember(conversation, drafts, user.id);
  const attachment = command.attachment ?? facts.file;
  // Put together piece by piece, because spreading what is mostly absent costs every message.
  const message: Unplaced = { conversationId, sender: user, text: command.text, at };
  if (receiverId !== undefined) message.receiverId = receiverId;
  if (command.contentType !== undefined) message.contentType = command.contentType;
  if (attachment !== undefined) message.attachment = attachment;
  if (facts.quoted) message.replyToId = facts.quoted.id;
  if (facts.quoted && (facts.quotes ?? 0) < quotesLimit) message.replyTo = quote(facts.quoted);
  if (command.metadata !== undefined) message.metadata = command.metadata;
  if (command.clientMessageId !== undefined) message.clientMessageId = command.clientMessageId;
  const said: Draft = { type: 'MessageSent', conversationId, actorId: user.id, message };
  // A list that has grown keeps room for more, in every message that is on its way.
  return {
    drafts: drafts.length === 0 ? [said] : [...drafts, said],
    expects: expects.length === 1 ? expects : expects.slice(),
  };
}

/** A message before the store has given it its place. */
type Unplaced = { -readonly [K in keyof Omit<Message, 'id' | 'ordinal'>]: Message[K] };

/** A receiver named in the only member's own auto-created conversation is brought in by being written to. */
function invite(drafting: Drafting, conversation: KnownConversation, user: User, facts: SendingFacts): void {
  const { receiver, standing } = facts;
  const isAlone =
    conversation.kind === 'open' && conversation.isAutoCreated && conversation.memberCount === 1 && isMember(standing);
  if (!isAlone || !receiver || receiver.user.id === user.id || receiver.standing !== undefined) return;
  const conversationId = conversation.id;
  drafting.drafts.push({
    type: 'MemberAdded',
    conversationId,
    kind: conversation.kind,
    user: receiver.user,
    role: 'member',
    actorId: user.id,
  });
  drafting.expects.push({ is: 'noMember', conversationId, userId: receiver.user.id, evenIfBarred: false });
}

/** What sending means to a support chat's status; or why it is refused there. */
function takeUp(
  { drafts, expects }: Drafting,
  conversation: KnownConversation,
  user: User,
  rules: Rules,
): Refusal | undefined {
  const { id: conversationId, status, clientId } = conversation;
  if (conversation.kind !== 'support' || !status || clientId === undefined) return undefined;
  if (status === 'CLOSED') return refuse('CONVERSATION_CLOSED');
  expects.push({ is: 'conversationAs', conversationId, status });
  const takesUp = status === 'PENDING' && user.id !== clientId && isAdmin(user, rules);
  if (takesUp) {
    drafts.push({
      type: 'StatusChanged',
      conversationId,
      status: 'ACTIVE',
      clientId,
      adminId: user.id,
      actorId: user.id,
    });
  }
  return undefined;
}

/** The one other member once the drafts are written, when there are exactly two. */
function otherMember(
  conversation: KnownConversation | undefined,
  drafts: readonly Draft[],
  senderId: UserId,
): UserId | undefined {
  if (conversation && conversation.memberCount > 2) return undefined;
  let count = conversation?.memberCount ?? 0;
  let other = conversation?.pair.find((id) => id !== senderId);
  for (const draft of drafts) {
    if (draft.type !== 'MemberAdded') continue;
    count++;
    if (draft.user.id !== senderId) other ??= draft.user.id;
  }
  return count === 2 ? other : undefined;
}

/** A message as it is told where another one, or an event, is about it. */
export function quote(message: Message): QuotedMessage {
  const { replyTo: _, reactions: __, ...quoted } = message;
  return quoted;
}

/** What is quoted reads as it did: else words would come back that were taken back meanwhile. */
function unrevised({ conversationId, id: messageId, editedAt }: Message): Precondition {
  return { is: 'messageAs', conversationId, messageId, editedAt: editedAt ?? null };
}
