import type { Message, Outgoing } from './model.ts';

/**
 * A window on a conversation: `messages` without gaps, oldest first, each once; `outgoing` what the user said and the
 * server has not acknowledged. What is newer than a window that ends before the newest message is not in it.
 */
export type Timeline = {
  readonly messages: readonly Message[];
  readonly outgoing: readonly Outgoing[];
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
  readonly loading: 'nothing' | 'first' | 'older' | 'newer';
};

export const emptyTimeline: Timeline = {
  messages: [],
  outgoing: [],
  hasOlder: false,
  hasNewer: false,
  loading: 'nothing',
};

/** Message ids are decimal integers of any length up to 16 digits. */
export const isNewer = (id: string, than: string | undefined): boolean =>
  than === undefined || Number(id) > Number(than);

/**
 * Puts messages where they belong. One that is there already stays once: what the HTTP API says (it names the sender) takes
 * its place, and what was only heard adds to it.
 */
export function merge(known: readonly Message[], more: readonly Message[]): readonly Message[] {
  const last = known.at(-1);
  const onlyNew = more.filter((message, index) => isNewer(message.id, (more[index - 1] ?? last)?.id));
  if (onlyNew.length === more.length) return more.length === 0 ? known : [...known, ...more];
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of more) {
    byId.set(message.id, message.senderName === undefined ? { ...byId.get(message.id), ...message } : message);
  }
  return [...byId.values()].sort((a, b) => Number(a.id) - Number(b.id));
}

/** What is acknowledged is a message, and no longer an outgoing one. */
export function settle(
  outgoing: readonly Outgoing[],
  messages: readonly Message[],
  userId: string,
): readonly Outgoing[] {
  if (outgoing.length === 0) return outgoing;
  const known = new Set(
    messages.flatMap(({ senderId, clientMessageId }) => (senderId === userId ? [clientMessageId] : [])),
  );
  const left = outgoing.filter(({ clientMessageId }) => !known.has(clientMessageId));
  return left.length === outgoing.length ? outgoing : left;
}

/** The timeline after messages were heard or acknowledged. A window that ends earlier only loses what is settled. */
export function hear(timeline: Timeline, heard: readonly Message[], userId: string): Timeline {
  const outgoing = settle(timeline.outgoing, heard, userId);
  const messages = timeline.hasNewer ? timeline.messages : merge(timeline.messages, heard);
  if (outgoing === timeline.outgoing && messages === timeline.messages) return timeline;
  return { ...timeline, outgoing, messages };
}

/** A message that was heard names what it answers by id only: the words of that are taken from what is known. */
export function quoting(message: Message, known: readonly Message[]): Message {
  if (message.replyToId === undefined || message.replyTo) return message;
  const answered = known.find(({ id }) => id === message.replyToId);
  if (!answered) return message;
  const { id, senderId, senderName, text, attachment } = answered;
  const words = text || (attachment?.name ?? '');
  return { ...message, replyTo: { id, senderId, text: words, ...(senderName !== undefined && { senderName }) } };
}

/** The timeline with one message changed, and with it what quotes it. The same timeline when it is not in it. */
export function revise(timeline: Timeline, id: string, change: (message: Message) => Message): Timeline {
  if (!timeline.messages.some((message) => message.id === id || message.replyTo?.id === id)) return timeline;
  const messages = timeline.messages.map((message) => {
    if (message.id === id) return change(message);
    if (message.replyTo?.id !== id) return message;
    const { text } = change({ ...message.replyTo, conversationId: message.conversationId, at: 0 });
    return { ...message, replyTo: { ...message.replyTo, text } };
  });
  return { ...timeline, messages };
}

export function reacted(message: Message, emoji: string, userId: string, isSet: boolean): Message {
  const others = message.reactions ?? [];
  const known = others.find((reaction) => reaction.emoji === emoji);
  const userIds = (known?.userIds ?? []).filter((id) => id !== userId);
  const now = { emoji, userIds: isSet ? [...userIds, userId] : userIds };
  const all = known ? others.map((each) => (each === known ? now : each)) : [...others, now];
  return { ...message, reactions: all.filter((each) => each.userIds.length > 0) };
}

/** What is left of a message that was deleted. */
export function deleted({ attachment: _a, replyTo: _q, reactions: _r, ...message }: Message, at: number): Message {
  return { ...message, text: '', deletedAt: at };
}
