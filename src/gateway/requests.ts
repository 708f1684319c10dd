import type { Asker } from '../app/job.ts';
import type { Answers, RequestOf, SocketRequest, SocketRequestType } from '../core/commands.ts';
import type { ConversationId, Message, Position } from '../core/model.ts';
import { isRefusal, type Refusal, refuse } from '../core/refusals.ts';
import { isMember } from '../core/rules.ts';
import type { Connection } from './connection.ts';
import type { Page } from './history.ts';
import { holdBack, inTurn } from './in-turn.ts';
import { beginEntering, endEntering, refuseJoining } from './joined-limit.ts';
import { actor, enter, entering, joining, plain, type RequestParts } from './request-parts.ts';
import { roomToWrite } from './room-to-write.ts';
import { SendRequest } from './send-request.ts';
import { earlierSends } from './sends-under-way.ts';

/**
 * Does what a connection asks for. The answer is handed to `answer` in the very tick from which on the connection hears what is
 * new, so that an answer that tells of the past and what follows it leave no hole and repeat nothing.
 */
type Performer<T extends SocketRequestType> = (
  parts: RequestParts,
  connection: Connection,
  request: RequestOf<T>,
  answer: (answer: Answers[T] | Refusal) => void,
  asker: Pick<PerformAsker<T>, 'earlier'>,
) => Promise<void>;

/** Whoever is answered with a long history is told of it piece by piece before the answer, if they can hear it so. */
export interface PerformAsker<T extends SocketRequestType> extends Asker<Answers[T]> {
  earlier?(messages: readonly Message[]): void;
}

/** So many times the soft limit a history may weigh that is told at once: less than what a slow reader is let go for. */
const atOnceLimits = 4;

/** All but messages, which are {@link SendRequest}. */
const performers: { readonly [T in Exclude<SocketRequestType, 'SendMessage'>]: Performer<T> } = {
  EditMessage: async (parts, connection, request, answer) => {
    answer(await parts.execute(request, actor(connection), plain(connection)));
  },

  DeleteMessage: async (parts, connection, request, answer) => {
    answer(await parts.execute(request, actor(connection), plain(connection)));
  },

  SetReaction: async (parts, connection, request, answer) => {
    answer(await parts.execute(request, actor(connection), plain(connection)));
  },

  JoinConversation: async (parts, connection, request, answer, asker) => {
    const { conversationId, history } = request;
    const wantsHistory = history.want !== 'none';
    if (connection.joinsUnderWay === 0 && connection.isLive) connection.heardUpTo = parts.sequencer.position;
    connection.joinsUnderWay++;
    beginEntering(connection, conversationId);
    try {
      // With history the connection hears what is new from the moment on up to which the history tells.
      const circumstances = wantsHistory
        ? { ...plain(connection), session: joining(parts, connection, conversationId) }
        : entering(parts, connection, conversationId);
      const outcome = await parts.execute(request, actor(connection), circumstances);
      if (isRefusal(outcome)) {
        answer(outcome);
        return;
      }
      // Another node may have made them a member, which this one is yet to hear.
      const caughtUp = parts.sequencer.caughtUp(outcome.position);
      if (caughtUp) await caughtUp;
      // Whoever was removed while their join was on its way stays out, and hears nothing of what was said since.
      const mayHear = () => {
        // Of who is gone already nobody keeps track; their session is asked again when it comes back.
        if (connection.isClosed || connection.online.conversationIds.has(conversationId)) return true;
        answer(refuse('NOT_FOUND'));
        return false;
      };
      const earlier = async (messages: readonly Message[]) => {
        if (connection.isClosed || !mayHear()) return false;
        if (!asker.earlier) throw new Error('Only an entrance asks for a history that is told piece by piece.');
        asker.earlier(messages);
        await roomToWrite(connection, parts.softLimitBytes);
        return true;
      };
      await parts.history.wished(conversationId, history, earlier, (messages) => {
        if (!mayHear()) return;
        enter(parts, connection, conversationId, parts.sequencer.position);
        answer({
          conversationId,
          messages,
          user: connection.user,
          // Made for those dialects alone that say it: in a large room everybody who comes would cost as much as are there.
          get presentUsers() {
            return parts.presentUsers.list(conversationId);
          },
        });
      });
    } finally {
      connection.joinsUnderWay--;
      endEntering(connection, conversationId);
      parts.sessions.forgetUnlessJoined(connection, [conversationId]);
    }
  },

  LeaveConversation: async (parts, connection, request, answer) => {
    const { conversationId } = request;
    const { user } = connection;
    connection.leavingFrom = (connection.leavingFrom ?? new Set()).add(conversationId);
    await earlierSends(connection);
    const staysJoined =
      parts.presentUsers.isElsewhere(conversationId, user.id) ||
      connection.online.connections.some((other) => !isSameDevice(other, connection) && staysIn(other, conversationId));
    const outcome = await parts
      .execute(request, actor(connection), {
        ...plain(connection),
        staysJoined,
        session: () => parts.sessions.rowAfterLeaving(connection, conversationId),
      })
      .finally(() => connection.leavingFrom?.delete(conversationId));
    if (parts.hub.leave(connection, conversationId)) parts.presentUsers.left(conversationId, user.id);
    for (const other of connection.online.connections) {
      if (other === connection || !isSameDevice(other, connection)) continue;
      if (parts.hub.leave(other, conversationId)) parts.presentUsers.left(conversationId, user.id);
      parts.sessions.forgetUnlessJoined(other, [conversationId]);
    }
    answer(outcome);
  },

  MarkRead: async (parts, connection, request, answer) => {
    answer(await parts.execute(request, actor(connection), plain(connection)));
  },

  SetTyping: async (parts, connection, request, answer) => {
    const outcome = await parts.execute(request, actor(connection), plain(connection));
    if (!isRefusal(outcome)) parts.typing.changed(request.conversationId, connection.user, request.isTyping);
    answer(outcome);
  },

  SetPresence: async (parts, connection, request, answer) => {
    parts.presence.set(connection, request.status);
    answer({});
  },

  Heartbeat: async (parts, connection, _request, answer) => {
    parts.presence.heartbeat(connection);
    answer({});
  },

  SyncMessages: async (parts, connection, request, answer, asker) => {
    const { conversationId, after, limit } = request;
    const asked = parts.sequencer.position;
    const refusal = await membersOnly(parts, connection, conversationId);
    if (refusal) {
      answer(refusal);
      return;
    }
    // What comes after the question is heard by whoever has joined: the answer must not bring it a second time.
    const upTo =
      replayedFrom(connection, conversationId) ?? (connection.joined.has(conversationId) ? asked : undefined);
    let toldBefore = 0;
    const earlier = async (messages: readonly Message[]) => {
      asker.earlier?.(messages);
      toldBefore += messages.length;
      await roomToWrite(connection, parts.softLimitBytes);
      const barred = await membersOnly(parts, connection, conversationId);
      if (barred) answer(barred);
      return !barred && !connection.isClosed;
    };
    let telling: Promise<void> | undefined;
    const tell = ({ messages, hasMore }: Page) => {
      const last = (rest: readonly Message[]) => answer({ conversationId, messages: rest, toldBefore, hasMore });
      telling = parts.history.inPieces(conversationId, messages, atOnceLimits * parts.softLimitBytes, earlier, last);
    };
    const tellUnheard = (page: Page) => {
      // A message of its own may have brought it in meanwhile: what comes from then on it hears as it is said.
      const hearsFrom = connection.joined.get(conversationId);
      const messages = hearsFrom === undefined ? page.messages : page.messages.filter(({ id }) => id <= hearsFrom);
      const isCut = after !== undefined && messages.length < page.messages.length;
      tell({ messages, hasMore: page.hasMore && !isCut });
    };
    if (upTo !== undefined) await parts.history.until(conversationId, { after, upTo, limit }, tell);
    else if (after === undefined) await parts.history.newest(conversationId, limit, tellUnheard);
    else await parts.history.after(conversationId, after, limit, tellUnheard);
    await telling;
  },

  ListPresentUsers: async (parts, connection, { conversationId }, answer) => {
    const refusal = await membersOnly(parts, connection, conversationId);
    const userIds = parts.presentUsers.list(conversationId).map((user) => user.id);
    answer(refusal ?? { conversationId, userIds });
  },
};

/** One request of one connection. */
export function perform<T extends SocketRequestType>(
  parts: RequestParts,
  connection: Connection,
  request: RequestOf<T>,
  asker: PerformAsker<T>,
): void {
  const asked: SocketRequest = request;
  const { type } = asked;
  const enters = type === 'JoinConversation' || type === 'SendMessage';
  const tooMany = enters ? refuseJoining(connection, asked.conversationId) : undefined;
  if (tooMany) {
    asker.answered(tooMany);
    return;
  }
  connection.requestsUnderWay++;
  const turn =
    type === 'SendMessage'
      ? new SendRequest(parts, connection, asked, asker as Asker<unknown>, enterAgain)
      : { begin: () => begin(parts, connection, request, asker) };
  if ('conversationId' in asked) inTurn(connection, asked.conversationId, turn);
  else turn.begin();
}

/** Those for whose answer others wait. */
const waitedFor: ReadonlySet<SocketRequestType> = new Set([
  'JoinConversation',
  'LeaveConversation',
  'SyncMessages',
  'ListPresentUsers',
]);

function begin<T extends SocketRequestType>(
  parts: RequestParts,
  connection: Connection,
  request: RequestOf<T>,
  asker: PerformAsker<T>,
): Promise<void> | undefined {
  const { type } = request as SocketRequest;
  const performer = performers[type as Exclude<SocketRequestType, 'SendMessage'>] as unknown as Performer<T>;
  const performed = performer(parts, connection, request, (outcome) => asker.answered(outcome), asker);
  performed.then(
    () => {
      connection.requestsUnderWay--;
    },
    (error) => {
      connection.requestsUnderWay--;
      asker.failed(error);
    },
  );
  return waitedFor.has(type) ? performed.catch(() => undefined) : undefined;
}

/**
 * A client that comes back asks for what it missed, which the resume replays already: its first question after that is answered
 * only up to where the replay began. Undefined where nothing is replayed, or for any later question.
 */
function replayedFrom(connection: Connection, conversationId: ConversationId): Position | undefined {
  const { resumed } = connection;
  if (!resumed || resumed.synced.has(conversationId)) return undefined;
  resumed.synced.add(conversationId);
  const joinedFrom = connection.joined.get(conversationId);
  // Joined anew after the cut: nothing was replayed.
  if (joinedFrom === undefined || !resumed.joined.has(conversationId)) return undefined;
  return Math.max(resumed.from, joinedFrom);
}

/** The transport that a session had before may be lost without being known to be: whoever came back leaves with both. */
function isSameDevice(one: Connection, other: Connection): boolean {
  return one === other || (one.sessionId !== undefined && one.sessionId === other.sessionId);
}

/** Is it in or about to be, and not about to leave? */
function staysIn({ isLive, joined, enteringBy, leavingFrom }: Connection, conversationId: ConversationId): boolean {
  if (!isLive || leavingFrom?.has(conversationId)) return false;
  return joined.has(conversationId) || enteringBy?.has(conversationId) === true;
}

/** Sending enters, also where nothing had to be said again. */
async function enterAgain(
  parts: RequestParts,
  connection: Connection,
  { conversationId, opening }: RequestOf<'SendMessage'>,
): Promise<void> {
  if (!opening || connection.joined.has(conversationId)) return;
  const request = { type: 'JoinConversation', conversationId, opening, history: { want: 'none' } } as const;
  const entered = performers.JoinConversation(parts, connection, request, () => undefined, {});
  const isOver = entered.catch(() => undefined);
  if (!connection.lines?.has(conversationId)) void holdBack(connection, conversationId, isOver);
  await entered;
}

async function membersOnly(
  parts: RequestParts,
  connection: Connection,
  conversationId: ConversationId,
): Promise<Refusal | undefined> {
  const facts = await parts.lanes.facts(conversationId, connection.user.id);
  if (isRefusal(facts)) return facts;
  return isMember(facts.standing) ? undefined : refuse('NOT_FOUND');
}
