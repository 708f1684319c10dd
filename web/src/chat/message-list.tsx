import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { ChatClient } from '../client/client.ts';
import type { ListedConversation } from '../client/conversation-list.ts';
import type { ConversationView } from '../client/conversation-view.ts';
import { useMembers, useMessages, useObservable } from '../client/hooks.ts';
import { isNewer } from '../client/timeline.ts';
import { Icon } from './icons.tsx';
import { type ListRow, rowsOf } from './list-rows.ts';
import type { MessageActions } from './message-actions.ts';
import { MessageRow, OutgoingRow } from './message-row.tsx';
import { wantedMessage } from './route.ts';
import { dayName } from './times.ts';
import { toast } from './toasts.ts';
import { useNow } from './use-now.ts';

/** This near to an end of what is loaded, more is loaded. */
const nearPx = 1200;
const atEndPx = 60;

/** The history, both ways, with only what is seen in the page. Stays at the end while it is there. */
export function MessageList({
  client,
  view,
  names,
  listed,
  ...actions
}: {
  client: ChatClient;
  view: ConversationView;
  names: ReadonlyMap<string, string>;
  listed: ListedConversation | undefined;
} & MessageActions) {
  const timeline = useMessages(view);
  const members = useMembers(view);
  const problem = useObservable(view.problem);
  const list = useRef<VirtualizerHandle>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const isSticking = useRef(true);
  const lastOffset = useRef(0);
  const firstKey = useRef<string>(undefined);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [marked, setMarked] = useState<{ readonly id: string }>();
  const sought = useRef<string>(undefined);
  const unreadAfter = useUnreadMark(client, listed);

  const rows = useMemo(() => rowsOf(timeline, client.user.id, unreadAfter), [timeline, client, unreadAfter]);
  const isPrepended =
    firstKey.current !== undefined &&
    rows[0]?.key !== firstKey.current &&
    rows.some(({ key }) => key === firstKey.current);
  const othersRead = useMemo(
    () =>
      members.flatMap(({ user, readCursor }) =>
        user.id === client.user.id || readCursor === undefined ? [] : [readCursor],
      ),
    [members, client],
  );

  const loadMore = useCallback(() => {
    const handle = list.current;
    if (!handle || !scroller.current) return;
    const { scrollOffset, scrollSize } = handle;
    if (scrollOffset < nearPx) view.loadOlder();
    // Of the element: a page that grows is scrolled before the list has heard of its new size.
    const left = scrollSize - scrollOffset - scroller.current.clientHeight;
    if (left < nearPx) view.loadNewer();
    const mayStick = !view.timeline.get().hasNewer;
    if (left < atEndPx) isSticking.current = mayStick;
    // Only who goes up leaves the end: much that comes at once may be there before the list has followed.
    else if (scrollOffset < lastOffset.current || !mayStick) isSticking.current = false;
    lastOffset.current = scrollOffset;
    setIsAtEnd(isSticking.current);
  }, [view]);

  const goToEnd = useCallback(() => {
    list.current?.scrollToIndex(Number.MAX_SAFE_INTEGER, { align: 'end' });
  }, []);

  useLayoutEffect(() => {
    firstKey.current = rows[0]?.key;
    if (isSticking.current && rows.length > 0) list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [rows]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page may be too short to be scrolled
  useEffect(loadMore, [rows.length, loadMore]);
  useMarkRead(view, isAtEnd);

  const toEnd = useCallback(async () => {
    await view.jumpToEnd();
    isSticking.current = true;
    goToEnd();
  }, [view, goToEnd]);
  // Whoever says something wants to see it, wherever they have read before.
  const saidAt = timeline.outgoing.at(-1)?.at ?? 0;
  const shownSaidAt = useRef(Date.now());
  useEffect(() => {
    if (saidAt <= shownSaidAt.current) return;
    shownSaidAt.current = saidAt;
    toEnd();
  }, [saidAt, toEnd]);

  const goTo = async (messageId: string) => {
    const wasSticking = isSticking.current;
    isSticking.current = false;
    if (!(await view.jumpTo(messageId))) {
      isSticking.current = wasSticking;
      if (view.problem.get() === undefined) toast('Not found', 'This message is not here, or not here any more.');
      return;
    }
    // The page may have come to the end of what was shown meanwhile.
    isSticking.current = false;
    const mark = { id: messageId };
    sought.current = messageId;
    setMarked(mark);
    setTimeout(() => setMarked((now) => (now === mark ? undefined : now)), 2000);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is there with the rows, or has been
  useLayoutEffect(() => {
    const at = rows.findIndex(({ key }) => key === sought.current);
    if (at < 0) return;
    sought.current = undefined;
    list.current?.scrollToIndex(at, { align: 'center' });
  }, [rows, marked]);

  const wanted = useObservable(wantedMessage);
  const isLoaded = timeline.messages.length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each message that is looked for
  useEffect(() => {
    if (wanted === undefined || !isLoaded) return;
    wantedMessage.set(undefined);
    goTo(wanted);
  }, [wanted, isLoaded]);

  const draw = (row: ListRow) => (
    <div className="list-item">
      {row.day !== undefined && (
        <div className="day">
          <span>
            <DayName at={row.day} />
          </span>
        </div>
      )}
      {row.isFirstUnread && (
        <div className="new-mark">
          <span>New</span>
        </div>
      )}
      {row.is === 'said' ? (
        <MessageRow
          message={row.message}
          isFirst={row.isFirst}
          isOwn={row.message.senderId === client.user.id}
          isMarked={marked?.id === row.key}
          name={names.get(row.message.senderId) ?? row.message.senderName ?? row.message.senderId}
          names={names}
          me={client.user}
          readBy={othersRead.filter((cursor) => !isNewer(row.message.id, cursor)).length}
          mayDelete={row.message.senderId === client.user.id || listed?.role === 'owner'}
          onGoTo={goTo}
          {...actions}
        />
      ) : (
        <OutgoingRow
          outgoing={row.outgoing}
          onRetry={() => client.retry(row.key)}
          onDiscard={() => client.discard(row.key)}
          me={client.user}
        />
      )}
    </div>
  );

  return (
    <div className="history">
      <div
        ref={scroller}
        className="scroller"
        role="log"
        aria-label="Messages"
        aria-busy={timeline.loading === 'first'}
        // Who goes back is not told of what comes into view: rows are made as they are reached.
        aria-live={isAtEnd ? 'polite' : 'off'}
        tabIndex={0}
        onKeyDown={goThrough}
      >
        <div className="filler" />
        {timeline.loading === 'older' && <p className="loading-older soft">Loading…</p>}
        {timeline.loading === 'first' && rows.length === 0 && <p className="loading-first soft">Loading…</p>}
        <Virtualizer
          ref={list}
          data={rows}
          shift={isPrepended}
          onScroll={loadMore}
          onResize={() => isSticking.current && goToEnd()}
        >
          {(row) => <Keyed key={row.key}>{draw(row)}</Keyed>}
        </Virtualizer>
        {rows.length === 0 && timeline.loading === 'nothing' && problem === undefined && (
          <p className="soft nothing-yet">Nothing was said here yet.</p>
        )}
      </div>
      {!isAtEnd && (
        <button type="button" className="to-end" aria-label="To the newest message" onClick={toEnd}>
          <Icon name="down" />
          {(listed?.unreadCount ?? 0) > 0 && <span className="count">{listed?.unreadCount}</span>}
        </button>
      )}
    </div>
  );
}

const DayName = ({ at }: { at: number }) => dayName(at, useNow());

const Keyed = ({ children }: { children: React.ReactNode }) => children;

/** The arrow keys go from message to message, Home and End to what is loaded. */
function goThrough(event: KeyboardEvent<HTMLDivElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (
    step === 0 ||
    event.altKey ||
    event.target instanceof HTMLTextAreaElement ||
    event.target instanceof HTMLInputElement
  )
    return;
  const messages = [...event.currentTarget.querySelectorAll<HTMLElement>('.message')];
  const at = messages.findIndex((message) => message.contains(document.activeElement));
  const next = at < 0 ? messages.at(-1) : messages[at + step];
  if (!next) return;
  next.focus();
  event.preventDefault();
}

/** Where the user had read to when the conversation was opened: the line stays while they are in it. */
function useUnreadMark(client: ChatClient, listed: ListedConversation | undefined): string | undefined {
  const [mark] = useState(() => {
    const known = listed ?? undefined;
    return known !== undefined && known.unreadCount > 0 && client.user.id !== ''
      ? (known.readCursor ?? '0')
      : undefined;
  });
  return mark;
}

/** What stands at the end of the page while somebody looks at it is read. */
function useMarkRead(view: ConversationView, isAtEnd: boolean): void {
  const { messages } = useMessages(view);
  const newest = messages.at(-1)?.id;
  useEffect(() => {
    const mark = () => {
      if (!document.hidden && isAtEnd && newest !== undefined) view.markRead(newest);
    };
    mark();
    document.addEventListener('visibilitychange', mark);
    return () => document.removeEventListener('visibilitychange', mark);
  }, [view, newest, isAtEnd]);
}
