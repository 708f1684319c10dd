import type { Entry, EphemeralEvent, LoggedEvent } from '../../src/core/events.ts';
import type { ConversationId, Position, UserId } from '../../src/core/model.ts';
import type { DialectName } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { Flush } from '../../src/gateway/flush.ts';
import { Hub } from '../../src/gateway/hub.ts';
import { Speech } from '../../src/gateway/speech.ts';
import { person } from './cast.ts';
import { connect, type FakeLink, plainPackaging } from './links.ts';

/** A hub over the real dialects, people who connect to it, and what happens in their conversations. */

let memberships: Map<UserId, ConversationId[]>;
export let position: Position;
export let flush: Flush;
export let hub: Hub;

export const limits = {
  softLimitBytes: 1000,
  hardLimitBytes: 5000,
  onError: (error: unknown) => {
    throw error;
  },
};

/** An empty hub, for the next test. */
export function openHub(): void {
  memberships = new Map();
  position = 100;
  flush = new Flush({ head: () => ({ position, at: undefined }), offset: (place) => `${place.position}`, ...limits });
  const speech = new Speech(dialects.map((dialect) => ({ dialect, packaging: plainPackaging })));
  const loadMemberships = async (ids: readonly UserId[]) => ({
    position,
    value: new Map(
      ids.map((id) => [id, (memberships.get(id) ?? []).map((conversationId) => ({ conversationId, since: 1 }))]),
    ),
  });
  hub = new Hub({ store: { loadMemberships }, speech, flush });
}

/** Somebody who is a member of these conversations connects. */
export async function arrive(
  userId: UserId,
  dialect: DialectName | 'silent',
  conversationIds: readonly ConversationId[] = ['1'],
) {
  memberships.set(userId, [...conversationIds]);
  const online = await hub.users.arrive(userId);
  const { connection, link } = connect(userId, dialect, online);
  hub.users.add(online, connection);
  hub.users.leaveDoor(online);
  hub.listenersChanged();
  return { connection, link };
}

/** They connect, and join. */
export async function join(userId: UserId, dialect: DialectName, conversationId: ConversationId = '1') {
  const arrived = await arrive(userId, dialect, [conversationId]);
  hub.join(arrived.connection, conversationId, position);
  return arrived;
}

export function publish(event: LoggedEvent): void {
  hub.publish({ position: ++position, at: 1_760_000_000_000, event } as Entry);
}

export function say(userId: UserId, text: string, conversationId: ConversationId = '1'): void {
  const message = { id: position + 1, conversationId, ordinal: 1, sender: person(userId), text, at: 1_760_000_000_000 };
  publish({ type: 'MessageSent', conversationId, message, actorId: userId });
}

export const type = (userId: UserId, conversationId: ConversationId = '1'): EphemeralEvent => ({
  type: 'TypingChanged',
  conversationId,
  user: person(userId),
  isTyping: true,
  actorId: userId,
});
export const remove = (userId: UserId) =>
  publish({ type: 'MemberRemoved', conversationId: '1', userId, wasJoined: true, mayReenter: false });
export const add = (userId: UserId, conversationId: ConversationId = '1') =>
  publish({ type: 'MemberAdded', conversationId, kind: 'open', user: person(userId), role: 'member' });

/** The texts of the messages that arrived, in order. */
export const texts = (link: FakeLink) =>
  link.packets.flatMap((packet) => packet.match(/"(?:content|text|message)":"([^"]*)"/)?.[1] ?? []);
