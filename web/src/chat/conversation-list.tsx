import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ChatClient } from '../client/client.ts';
import type { ListedConversation } from '../client/conversation-list.ts';
import { useConversations, useNotifications, useObservable, usePresence } from '../client/hooks.ts';
import { switchTheme, theme } from '../look/theme.ts';
import { closeAside, openAside } from './aside.ts';
import { Avatar } from './avatar.tsx';
import { Icon } from './icons.tsx';
import { addressOf, show } from './route.ts';
import { shortTime } from './times.ts';
import { toast } from './toasts.ts';
import { useNow } from './use-now.ts';

const filters = ['All', 'Unread', 'Support', 'Archived'] as const;
type Filter = (typeof filters)[number];

const passes: { readonly [F in Filter]: (item: ListedConversation) => boolean } = {
  All: ({ isArchived }) => !isArchived,
  Unread: ({ unreadCount, isArchived }) => unreadCount > 0 && !isArchived,
  Support: ({ kind, isArchived }) => kind === 'support' && !isArchived,
  Archived: ({ isArchived }) => isArchived,
};

const soughtAtOnce = 500;

/** Conversations by newest activity; the arrow keys go through them. */
export function ConversationList({
  client,
  shown,
  isAdmin,
  onLeave,
}: {
  client: ChatClient;
  shown: string | undefined;
  isAdmin: boolean;
  onLeave: () => void;
}) {
  const { items, isLoading, nextBefore, problem } = useConversations(client);
  const [filter, setFilter] = useState<Filter>('All');
  const [words, setWords] = useState('');
  const search = useRef<HTMLInputElement>(null);
  const now = useNow();
  const wanted = words.trim();
  const list = useMemo(
    () => items.filter((item) => passes[filter](item) && item.name.toLowerCase().includes(wanted.toLowerCase())),
    [items, filter, wanted],
  );

  // What is looked for may lie further back than what was loaded.
  const isLookingOn =
    (wanted !== '' || filter === 'Unread' || filter === 'Support') && nextBefore !== undefined && problem === undefined;
  useEffect(() => {
    if (isLookingOn && !isLoading) client.conversations.loadMore(soughtAtOnce);
  }, [client, isLookingOn, isLoading]);

  const choose = (name: Filter) => {
    setFilter(name);
    if (name !== 'Archived') return;
    client.conversations.loadArchived().catch((error: Error) => toast('That did not work', error.message));
  };

  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        const isHidden = search.current?.offsetParent === null;
        search.current?.focus();
        // On a phone something else stands in place of the list, which is drawn before the timer runs.
        if (isHidden) {
          show(undefined);
          setTimeout(() => search.current?.focus());
        }
      }
      const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
      if (!event.altKey || step === 0) return;
      event.preventDefault();
      const at = list.findIndex(({ id }) => id === shown);
      const next = list[at < 0 ? 0 : Math.min(Math.max(at + step, 0), list.length - 1)];
      if (next) show(next.id);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [list, shown]);

  return (
    <nav className="list" aria-label="Conversations">
      <Head client={client} onLeave={onLeave} />
      <div className="list-tools">
        <input
          ref={search}
          className="field"
          type="search"
          aria-label="Find conversations and messages"
          placeholder="Find conversations and messages"
          value={words}
          onChange={({ target }) => setWords(target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && list[0]) show(list[0].id);
            else if (event.key === 'Enter' && wanted !== '') openAside({ is: 'search', words: wanted });
            if (event.key === 'Escape') setWords('');
          }}
        />
        <fieldset className="filters">
          <legend className="hidden">Show</legend>
          {filters.map((name) => (
            <button key={name} type="button" aria-pressed={filter === name} onClick={() => choose(name)}>
              {name}
            </button>
          ))}
        </fieldset>
      </div>
      {wanted !== '' && (
        <button type="button" className="button aside-link" onClick={() => openAside({ is: 'search', words: wanted })}>
          <Icon name="search" size={16} /> Messages with “<bdi>{wanted}</bdi>”
        </button>
      )}
      {isAdmin && filter === 'Support' && (
        <button type="button" className="button aside-link" onClick={() => openAside({ is: 'queue' })}>
          Who waits for help
        </button>
      )}
      {problem !== undefined && <p className="problem">{problem}</p>}
      <ul onKeyDown={goThrough}>
        {list.map((item) => (
          <Row key={item.id} client={client} item={item} isShown={item.id === shown} now={now} />
        ))}
      </ul>
      {list.length === 0 && (isLookingOn || !isLoading) && (
        <p className="soft empty-list">
          {isLookingOn ? 'Looking…' : items.length === 0 ? 'No conversations yet.' : 'Nothing fits.'}
        </p>
      )}
      {nextBefore !== undefined && !isLookingOn && filter !== 'Archived' && (
        <button
          type="button"
          className="button more"
          disabled={isLoading}
          onClick={() => client.conversations.loadMore()}
        >
          More
        </button>
      )}
    </nav>
  );
}

function goThrough(event: KeyboardEvent<HTMLUListElement>): void {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step === 0 || event.altKey) return;
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.findIndex((link) => link.matches(':focus'));
  links[Math.min(Math.max(at + step, 0), links.length - 1)]?.focus();
  event.preventDefault();
}

function Head({ client, onLeave }: { client: ChatClient; onLeave: () => void }) {
  const look = useObservable(theme);
  const unread = useNotifications(client).filter(({ isRead }) => !isRead).length;
  const { id, name } = client.user;
  return (
    <header className="list-head">
      <Avatar id={id} name={name} size={34} />
      <h1 dir="auto">{name}</h1>
      <button
        type="button"
        className="icon-button"
        aria-label="New conversation"
        title="New conversation"
        onClick={() => openAside({ is: 'new' })}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={unread > 0 ? `Notifications, ${unread} unread` : 'Notifications'}
        title="Notifications"
        onClick={() => openAside({ is: 'notices' })}
      >
        <Icon name="bell" />
        {unread > 0 && <span className="count small">{unread}</span>}
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label={look === 'dark' ? 'Light colours' : 'Dark colours'}
        title="Colours"
        onClick={switchTheme}
      >
        <Icon name={look === 'dark' ? 'sun' : 'moon'} />
      </button>
      <button type="button" className="icon-button" aria-label="Sign out" title="Sign out" onClick={onLeave}>
        <Icon name="leave" />
      </button>
    </header>
  );
}

function Row({
  client,
  item,
  isShown,
  now,
}: {
  client: ChatClient;
  item: ListedConversation;
  isShown: boolean;
  now: number;
}) {
  const presence = usePresence(client, item.partnerId);
  const { lastMessage, unreadCount, isMuted, status } = item;
  return (
    <li>
      <a
        href={addressOf(item.id)}
        aria-current={isShown ? 'page' : undefined}
        className="list-row"
        onClick={closeAside}
      >
        <Avatar id={item.partnerId ?? item.id} name={item.name} presence={presence} />
        <span className="row-words">
          <span className="row-name" dir="auto">
            {item.name}
          </span>
          <span className="row-last">
            {status !== undefined && <span className={`chip ${status.toLowerCase()}`}>{status.toLowerCase()}</span>}
            <LastWords client={client} item={item} />
          </span>
        </span>
        <span className="row-aside">
          {lastMessage && <time>{shortTime(lastMessage.at, now)}</time>}
          {unreadCount > 0 ? (
            <span className={isMuted ? 'count muted' : 'count'}>
              {unreadCount > 99 ? '99+' : unreadCount}
              <span className="hidden"> unread</span>
            </span>
          ) : (
            isMuted && <Icon name="mute" size={15} />
          )}
        </span>
      </a>
    </li>
  );
}

function LastWords({ client, item: { lastMessage, kind } }: { client: ChatClient; item: ListedConversation }) {
  if (!lastMessage) return null;
  if (lastMessage.deletedAt !== undefined) return 'Message deleted';
  const { senderId, senderName, text, attachment } = lastMessage;
  const sender = senderId === client.user.id ? 'You' : kind === 'direct' ? undefined : senderName;
  // Apart from each other, since either may be written from right to left.
  return (
    <>
      {sender !== undefined && (
        <>
          <bdi>{sender}</bdi>:{' '}
        </>
      )}
      <bdi>{text || (attachment?.name ?? 'A file')}</bdi>
    </>
  );
}
