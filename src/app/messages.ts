import type { Blocking } from '../core/blocks.ts';
import type { Actor, Answers, CommandOf } from '../core/commands.ts';
import type { Decision, Draft } from '../core/decisions.ts';
import { checkContent, decideSend, quotesLimit, type SendingFacts } from '../core/messages.ts';
import type { Attachment, ConversationId, Message, TimeMs, User, UserId } from '../core/model.ts';
import { isRefusal, type Refusal } from '../core/refusals.ts';
import { type Circumstances, type House, userOf } from './context.ts';
import type { Asker, Job } from './job.ts';
import type { LaneFacts } from './lane.ts';
import { nameUsers } from './name-users.ts';
import type { AppendOutcome } from './ports.ts';

/** Where an uploaded file is found; holding the address is the right to read it. */
export function fileUrl(baseUrl: string, fileId: string, name: string): string {
  return `${baseUrl}/files/${fileId}/${encodeURIComponent(name)}`;
}

type Extras = { quoted?: Message; quotes?: number; file?: Attachment; receiver?: User; drafts: readonly Draft[] };
const noExtras: Extras = { drafts: [] };

/** Answered and heard after the commit. A repeat under the same clientMessageId is answered with the first message. */
export function sendMessage(
  house: House,
  command: CommandOf<'SendMessage'>,
  actor: Actor,
  circumstances: Circumstances,
): Promise<Answers['SendMessage'] | Refusal> {
  return new Promise((answered, failed) => handMessage(house, command, actor, circumstances, { answered, failed }));
}

/** The same without a promise. What is refused where nothing has to be waited for is answered at once. */
export function handMessage(
  house: House,
  command: CommandOf<'SendMessage'>,
  actor: Actor,
  circumstances: Circumstances,
  asker: Asker<Answers['SendMessage']>,
): void {
  const user = userOf(actor);
  if (isRefusal(user)) {
    asker.answered(user);
    return;
  }
  const at = house.clock.nowMs();
  const wrong = checkContent(command, house.rules) ?? house.allowances.takeMessage(user.id, at);
  if (wrong) {
    asker.answered(wrong);
    return;
  }
  const sending = new Sending(house, command, user, circumstances, at, asker);
  house.lanes.hand(sending, sending);
}

/** One message on its way, and all there is of it in memory beside what its lane and its commit keep. */
class Sending implements Job<Answers['SendMessage']>, Asker<Answers['SendMessage']> {
  readonly house: House;
  readonly command: CommandOf<'SendMessage'>;
  readonly user: User;
  readonly circumstances: Circumstances;
  readonly at: TimeMs;
  readonly asker: Asker<Answers['SendMessage']>;
  readonly userIds: readonly UserId[];
  extras = noExtras;
  /** The other one of a direct conversation, or whom the message would bring in. */
  other: UserId | undefined;

  constructor(
    house: House,
    command: CommandOf<'SendMessage'>,
    user: User,
    circumstances: Circumstances,
    at: TimeMs,
    asker: Asker<Answers['SendMessage']>,
  ) {
    this.house = house;
    this.command = command;
    this.user = user;
    this.circumstances = circumstances;
    this.at = at;
    this.asker = asker;
    const { receiverId } = this;
    this.userIds = receiverId === undefined ? [user.id] : [user.id, receiverId];
  }

  /** Whom the sender names, unless it is themselves. */
  get receiverId(): UserId | undefined {
    const { opening } = this.command;
    return opening?.kind === 'direct' && opening.toUserId !== this.user.id ? opening.toUserId : undefined;
  }

  get conversationId(): ConversationId {
    return this.command.conversationId;
  }

  get onCommit(): Circumstances['onCommit'] {
    return this.circumstances.onCommit;
  }

  get session(): Circumstances['session'] {
    return this.circumstances.session;
  }

  prepare(facts: LaneFacts): Promise<void> | undefined {
    const { command, user, receiverId, house } = this;
    this.extras = noExtras;
    const named = receiverId !== undefined && mayInvite(facts) ? receiverId : undefined;
    this.other = otherIn(facts, user, named);
    const isUnknown = this.other !== undefined && house.blocks.between(user.id, this.other) === undefined;
    const needsNothing = command.replyToId === undefined && command.fileId === undefined && named === undefined;
    return needsNothing && !isUnknown ? undefined : this.#load(named, isUnknown ? this.other : undefined);
  }

  async #load(named: UserId | undefined, unknown: UserId | undefined): Promise<void> {
    const { house, command, user, circumstances } = this;
    const [extras] = await Promise.all([
      loadExtras(house, command, user, named, circumstances),
      house.blocks.load(unknown === undefined ? [] : [user.id, unknown]),
    ]);
    this.extras = extras;
  }

  decide(lane: LaneFacts): Decision | Refusal {
    const { house, command, user, extras, at } = this;
    // Somebody may have come in since it was prepared: then nobody is brought in any more.
    const bringsNobody = extras.receiver !== undefined && !mayInvite(lane);
    const other = bringsNobody ? otherIn(lane, user, undefined) : this.other;
    const blocking = other === undefined ? undefined : house.blocks.between(user.id, other);
    const facts = extras === noExtras && !blocking ? lane.of(user.id) : sendingFacts(lane, user, extras, blocking);
    const decision = decideSend(command, user, facts, house.rules, at);
    if (isRefusal(decision)) return decision;
    const tooMany = lane.conversation ? undefined : house.allowances.takeConversation(user.id);
    if (tooMany) return tooMany;
    if (extras.drafts.length === 0) return decision;
    return { drafts: [...extras.drafts, ...decision.drafts], expects: decision.expects };
  }

  answer({ entries }: Extract<AppendOutcome, { ok: true }>): Answers['SendMessage'] {
    const event = entries[entries.length - 1]?.event;
    if (event?.type !== 'MessageSent') throw new Error('A send was committed without its message.');
    return { message: event.message, isRepeat: false };
  }

  repeated({ repeatOf }: Extract<AppendOutcome, { ok: false; repeatOf: unknown }>): Answers['SendMessage'] {
    return { message: repeatOf, isRepeat: true };
  }

  answered(outcome: Answers['SendMessage'] | Refusal): void {
    const { house, command, user, asker } = this;
    if (!isRefusal(outcome)) {
      asker.answered(outcome);
      return;
    }
    house.allowances.giveMessageBack(user.id);
    const isFinal = outcome.retryAfterMs === undefined;
    if (!isFinal || command.clientMessageId === undefined) asker.answered(outcome);
    else {
      findRepeated(house, command, user)
        .then((said) => asker.answered(said ?? outcome))
        .catch((error) => asker.failed(error));
    }
  }

  failed(error: unknown): void {
    this.asker.failed(error);
  }
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
async function findRepeated(
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
