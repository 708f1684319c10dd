import type { Message, Outgoing } from '../client/model.ts';
import { isNewer, type Timeline } from '../client/timeline.ts';
import { isSameDay } from './times.ts';

type Place = {
  readonly key: string;
  /** Set on the first message of a day. */
  readonly day?: number;
  readonly isFirstUnread?: boolean;
};

/** `isFirst`: the first of several of the same sender in a row, which bears their name. */
export type ListRow =
  | (Place & { readonly is: 'said'; readonly message: Message; readonly isFirst: boolean })
  | (Place & { readonly is: 'outgoing'; readonly outgoing: Outgoing });

const togetherMs = 5 * 60_000;
const drawn = new WeakMap<
  Message,
  { readonly before: Message | undefined; readonly mark: boolean; readonly row: ListRow }
>();

/** What a timeline looks like. Rows of messages that have not changed are the same as before, so that they stay as they are. */
export function rowsOf(timeline: Timeline, userId: string, unreadAfter: string | undefined): readonly ListRow[] {
  let isMarked = unreadAfter === undefined;
  const said = timeline.messages.map((message, index): ListRow => {
    const before = timeline.messages[index - 1];
    const isFirstUnread = !isMarked && message.senderId !== userId && isNewer(message.id, unreadAfter);
    if (isFirstUnread) isMarked = true;
    const known = drawn.get(message);
    if (known && known.before === before && known.mark === isFirstUnread) return known.row;
    const isNewDay = before === undefined ? !timeline.hasOlder : !isSameDay(before.at, message.at);
    const row: ListRow = {
      is: 'said',
      key: message.id,
      message,
      isFirst:
        isNewDay || isFirstUnread || before?.senderId !== message.senderId || message.at - before.at > togetherMs,
      ...(isNewDay && { day: message.at }),
      ...(isFirstUnread && { isFirstUnread }),
    };
    if (before) drawn.set(message, { before, mark: isFirstUnread, row });
    return row;
  });
  const outgoing = timeline.hasNewer ? [] : timeline.outgoing;
  return [...said, ...outgoing.map((each): ListRow => ({ is: 'outgoing', key: each.clientMessageId, outgoing: each }))];
}
