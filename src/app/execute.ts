import { refuseBlocked } from '../core/blocks.ts';
import type { Actor, Answers, CommandOf, CommandType } from '../core/commands.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import { isMember } from '../core/rules.ts';
import { type Circumstances, type House, userOf } from './context.ts';
import { changeConversation, createConversation } from './conversations.ts';
import type { Asker } from './job.ts';
import {
  addMember,
  changeRole,
  type Joined,
  joinConversation,
  keepConversation,
  leaveConversation,
  removeMember,
} from './membership.ts';
import { handMessage, sendMessage } from './messages.ts';
import { createNotification, readAllNotifications, readNotification } from './notifications.ts';
import { markRead } from './receipts.ts';
import { deleteMessage, editMessage, setReaction } from './revisions.ts';
import { changeProfile, revokeUser, setBan, setBlock } from './users.ts';

/** What each command comes back with from the use cases; the gateway completes joins with what the newcomer missed. */
export type Outcomes = Omit<Answers, 'JoinConversation'> & { JoinConversation: Joined };

type UseCase<T extends CommandType> = (
  house: House,
  command: CommandOf<T>,
  actor: Actor,
  circumstances: Circumstances,
) => Promise<Outcomes[T] | Refusal>;

const useCases: { readonly [T in CommandType]: UseCase<T> } = {
  SendMessage: sendMessage,
  EditMessage: editMessage,
  DeleteMessage: deleteMessage,
  SetReaction: setReaction,
  JoinConversation: joinConversation,
  LeaveConversation: leaveConversation,
  MarkRead: markRead,
  SetTyping: async (house, { conversationId }, actor) => {
    const user = userOf(actor);
    if (isRefusal(user)) return user;
    const facts = await house.lanes.facts(conversationId, user.id);
    if (isRefusal(facts)) return facts;
    if (!facts.conversation || !isMember(facts.standing)) return refuse('NOT_FOUND');
    const { kind, pair } = facts.conversation;
    const other = kind === 'direct' ? pair.find((id) => id !== user.id) : undefined;
    return (other === undefined ? undefined : refuseBlocked(await house.blocks.find(user.id, other))) ?? {};
  },
  SetPresence: async (_house, _command, actor) => {
    const user = userOf(actor);
    return isRefusal(user) ? user : {};
  },
  Heartbeat: async () => ({}),
  CreateConversation: createConversation,
  ChangeConversation: changeConversation,
  AddMember: addMember,
  RemoveMember: removeMember,
  ChangeRole: changeRole,
  KeepConversation: keepConversation,
  CreateNotification: createNotification,
  ReadNotification: readNotification,
  ReadAllNotifications: readAllNotifications,
  RevokeUser: revokeUser,
  ChangeProfile: changeProfile,
  SetBlock: setBlock,
  SetBan: setBan,
};

export type Execute = <T extends CommandType>(
  command: CommandOf<T>,
  actor: Actor,
  circumstances: Circumstances,
) => Promise<Outcomes[T] | Refusal>;

/**
 * Command → use case. Answers are given after the commit; a refusal has written nothing. Commands of one conversation are
 * decided in the order of the calls.
 */
export function executor(house: House): Execute {
  return (command, actor, circumstances) => {
    const useCase = useCases[command.type] as UseCase<typeof command.type>;
    return useCase(house, command, actor, circumstances);
  };
}

/** The same for messages, the most frequent command, without a promise: one of the asker's methods is called instead. */
export type HandMessage = (
  command: CommandOf<'SendMessage'>,
  actor: Actor,
  circumstances: Circumstances,
  asker: Asker<Outcomes['SendMessage']>,
) => void;

/** What {@link executor} is for commands, for messages without a promise. */
export function messageExecutor(house: House): HandMessage {
  return (command, actor, circumstances, asker) => handMessage(house, command, actor, circumstances, asker);
}
