import type { Blocking } from '../core/blocks.ts';
import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import type { Draft } from '../core/decisions.ts';
import { checkContent, decideSend, quotesLimit, type SendingFacts } from '../core/messages.ts';
import type { Attachment, Message, User, UserId } from '../core/model.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { type Circumstances, type House, userOf } from './context.ts';
import type { LaneFacts } from './lane.ts';
import { nameUsers } from './users.ts';

/** Where an uploaded file is found; holding the address is the right to read it. */
export function fileUrl(baseUrl: string, fileId: string, name: string): string {
  return `${baseUrl}/files/${fileId}/${encodeURIComponent(name)}`;
}

type Extras = { quoted?: Message; quotes?: number; file?: Attachment; receiver?: User; drafts: readonly Draft[] };
const noExtras: Extras = { drafts: [] };

/** Answered and heard after the commit. A repeat under the same clientMessageId is answered with the first message. */
export async function sendMessage(
  house: House,
  command: CommandOf<'SendMessage'>,
  actor: Actor,
  circumstances: Circumstances,
): Promise<Answers['SendMessage'] | Refusal> {
  const user = userOf(actor);
  if (isRefusal(user)) return user;
  const wrong = checkContent(command, house.rules) ?? house.allowances.takeMessage(user.id);
  if (wrong) return wrong;

  const { conversationId } = command;
  const toUserId = command.opening?.kind === 'direct' ? command.opening.toUserId : undefined;
  const receiverId = toUserId === user.id ? undefined : toUserId;
  const at = house.clock.nowMs();
  let extras = noExtras;
  let other: UserId | undefined;

  const outcome = await house.lanes.run<Answers['SendMessage']>({
    conversationId,
    userIds: receiverId === undefined ? [user.id] : [user.id, receiverId],
    at,
    onCommit: circumstances.onCommit,
    session: circumstances.session,
    prepare: (facts) => {
      extras = noExtras;
      const wantsReceiver = receiverId !== undefined && mayInvite(facts);
      const named = wantsReceiver ? receiverId : undefined;
      other = otherIn(facts, user, named);
      const isUnknown = other !== undefined && house.blocks.between(user.id, other) === undefined;
      const needsNothing = command.replyToId === undefined && command.fileId === undefined && !wantsReceiver;
      if (needsNothing && !isUnknown) return undefined;
      const unknown = isUnknown && other !== undefined ? [user.id, other] : [];
      return Promise.all([loadExtras(house, command, user, named, circumstances), house.blocks.load(unknown)]).then(
        ([loaded]) => {
          extras = loaded;
        },
      );
    },
    decide: (lane) => {
      const blocking = other === undefined ? undefined : house.blocks.between(user.id, other);
      const facts = extras === noExtras && !blocking ? lane.of(user.id) : sendingFacts(lane, user, extras, blocking);
      const decision = decideSend(command, user, facts, house.rules, at);
      if (isRefusal(decision)) return decision;
      const tooMany = lane.conversation ? undefined : house.allowances.takeConversation(user.id);
      if (tooMany) return tooMany;
      if (extras.drafts.length === 0) return decision;
      return { drafts: [...extras.drafts, ...decision.drafts], expects: decision.expects };
    },
    answer: ({ entries }) => {
      const event = entries.at(-1)?.event;
      if (event?.type !== 'MessageSent') throw new Error('A send was committed without its message.');
      return { message: event.message, isRepeat: false };
    },
    repeated: ({ repeatOf }) => ({ message: repeatOf, isRepeat: true }),
  });
  if (!isRefusal(outcome)) return outcome;
  house.allowances.giveMessageBack(user.id);
  const isFinal = outcome.retryAfterMs === undefined;
  return (isFinal ? await saidBefore(house, command, user) : undefined) ?? outcome;
}

function sendingFacts(
  lane: LaneFacts,
  user: User,
  { quoted, quotes = 0, file, receiver }: Extras,
  blocking: Blocking | undefined,
): SendingFacts {
  return {
    ...lane.of(user.id),
    ...(blocking ? { blocking } : {}),
    ...(quoted ? { quoted, quotes } : {}),
    ...(file ? { file } : {}),
    ...(receiver ? { receiver: { user: receiver, standing: lane.standingOf(receiver.id) } } : {}),
  };
}

/** A repeat is answered also where its sender may not send any more, or the chat is closed by now. */
async function saidBefore(
  { store }: House,
  { conversationId, clientMessageId }: CommandOf<'SendMessage'>,
  user: User,
): Promise<Answers['SendMessage'] | undefined> {
  if (clientMessageId === undefined) return undefined;
  const message = await store.findByClientMessageId(conversationId, user.id, clientMessageId);
  return message && { message, isRepeat: true };
}

/** Whom a block would keep the message from: the other one of a direct conversation, or whom it would bring in. */
function otherIn({ conversation }: LaneFacts, user: User, receiverId: UserId | undefined): UserId | undefined {
  return conversation?.kind === 'direct' ? conversation.pair.find((id) => id !== user.id) : receiverId;
}

/** Does it matter whom the sender names as the receiver? */
function mayInvite({ conversation }: LaneFacts): boolean {
  if (!conversation) return true;
  return conversation.kind === 'open' && conversation.isAutoCreated && conversation.memberCount === 1;
}

async function loadExtras(
  house: House,
  command: CommandOf<'SendMessage'>,
  user: User,
  receiverId: string | undefined,
  { baseUrl }: Circumstances,
): Promise<Extras> {
  const { replyToId } = command;
  const [quoted, quotes, stored, named] = await Promise.all([
    replyToId === undefined ? undefined : house.store.loadMessage(command.conversationId, replyToId),
    replyToId === undefined ? 0 : house.store.countQuotes(replyToId, quotesLimit),
    command.fileId === undefined ? undefined : house.store.loadFile(command.fileId),
    nameUsers(house.store, receiverId === undefined ? [] : [receiverId]),
  ]);
  // A file that the host uploaded may be sent by anybody who was given its id.
  const isTheirs = stored && (stored.uploadedBy === null || stored.uploadedBy === user.id);
  const receiver = named.users[0];
  return {
    ...(quoted ? { quoted, quotes } : {}),
    ...(stored && isTheirs
      ? {
          file: {
            url: fileUrl(baseUrl, stored.id, stored.name),
            type: stored.type,
            name: stored.name,
            sizeBytes: stored.sizeBytes,
            fileId: stored.id,
          },
        }
      : {}),
    ...(receiver ? { receiver } : {}),
    drafts: named.drafts,
  };
}
