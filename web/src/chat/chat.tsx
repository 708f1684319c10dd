import { lazy, Suspense, useEffect } from 'react';
import type { ChatClient } from '../client/client.ts';
import { useConnection, useConversations, useObservable } from '../client/hooks.ts';
import type { WebSettings } from '../look/web-settings.ts';
import { leaveAside, openAside, shownAside } from './aside.ts';
import { Boundary } from './boundary.tsx';
import { ConversationList } from './conversation-list.tsx';
import { Icon } from './icons.tsx';
import { show, shownConversation } from './route.ts';
import { dismiss, dismissOf, toasts } from './toasts.ts';

const parts = {
  page: () => import('./conversation-page.tsx'),
  creation: () => import('./new-conversation.tsx'),
  search: () => import('./search.tsx'),
  queue: () => import('./queue.tsx'),
  notices: () => import('./notices.tsx'),
};
const ConversationPage = lazy(parts.page);
const NewConversation = lazy(parts.creation);
const Search = lazy(parts.search);
const Queue = lazy(parts.queue);
const Notices = lazy(parts.notices);

export function Chat({
  client,
  settings,
  onLeave,
}: {
  client: ChatClient;
  settings: WebSettings;
  onLeave: () => void;
}) {
  const shown = useObservable(shownConversation);
  const aside = useObservable(shownAside);

  useEffect(() => {
    // So that they are there when the connection is not.
    for (const load of Object.values(parts)) load().catch(() => {});
    let end: (() => void) | undefined;
    let isOver = false;
    import('./alerts.ts').then(({ alertAbout }) => {
      if (!isOver) end = alertAbout(client);
    });
    return () => {
      isOver = true;
      end?.();
    };
  }, [client]);
  useEffect(() => {
    if (shown !== undefined && aside.is === 'conversation') dismissOf(shown);
  }, [shown, aside]);
  useAttention(client);
  useTitle(client);

  const isBeside = shown !== undefined || aside.is !== 'conversation';
  return (
    <div className={isBeside ? 'chat beside' : 'chat'}>
      <ConversationList
        client={client}
        shown={shown}
        isAdmin={settings.adminRoles.includes(client.user.role)}
        onLeave={onLeave}
      />
      <div className="page">
        <ConnectionBanner client={client} onLeave={onLeave} />
        <Boundary key={`${aside.is} ${shown}`}>
          <Suspense fallback={<p className="opening">Loading…</p>}>
            {aside.is === 'new' && <NewConversation client={client} onDone={leaveAside} />}
            {aside.is === 'notices' && <Notices client={client} onDone={leaveAside} />}
            {aside.is === 'queue' && <Queue client={client} onDone={leaveAside} />}
            {aside.is === 'search' && <Search client={client} words={aside.words} onDone={leaveAside} />}
            {aside.is === 'conversation' && shown !== undefined && (
              <ConversationPage
                key={shown}
                id={shown}
                client={client}
                settings={settings}
                onBack={() => show(undefined)}
              />
            )}
          </Suspense>
        </Boundary>
        {!isBeside && <Welcome onNew={() => openAside({ is: 'new' })} />}
      </div>
      <Toasts />
    </div>
  );
}

function Welcome({ onNew }: { onNew: () => void }) {
  return (
    <main className="welcome">
      <h2>Choose a conversation</h2>
      <p className="soft">
        or begin one. <kbd>Ctrl</kbd> <kbd>K</kbd> finds conversations, <kbd>Alt</kbd> <kbd>↑</kbd> <kbd>↓</kbd> goes
        through them.
      </p>
      <div className="row">
        <button type="button" className="button main" onClick={onNew}>
          New conversation
        </button>
        <button type="button" className="button" onClick={() => show('lobby')}>
          Enter the lobby
        </button>
      </div>
      <p>
        <a href="/playground">See five chat APIs in one conversation</a>
      </p>
    </main>
  );
}

/** Says plainly when there is no connection, and what becomes of what is said meanwhile. */
function ConnectionBanner({ client, onLeave }: { client: ChatClient; onLeave: () => void }) {
  const connection = useConnection(client);
  if (connection.is === 'online' || connection.is === 'closed') return null;
  if (connection.is === 'connecting') return null;
  const isRefused = connection.is === 'refused';
  return (
    <div className={isRefused ? 'banner bad' : 'banner'} role="status">
      <span>
        {connection.why} {isRefused ? 'Sign in again to go on.' : 'What you write is kept, and sent when it is back.'}
      </span>
      <button type="button" className="button" onClick={isRefused ? onLeave : () => client.retryNow()}>
        {isRefused ? 'Sign in' : 'Try now'}
      </button>
    </div>
  );
}

function Toasts() {
  const list = useObservable(toasts);
  return (
    <div className="toasts" role="status">
      {list.map(({ key, title, text, conversationId }) => (
        <div key={key} className="toast">
          <button
            type="button"
            className="toast-words"
            onClick={() => {
              dismiss(key);
              if (conversationId !== undefined) show(conversationId);
            }}
          >
            <b dir="auto">{title}</b>
            <span dir="auto">{text}</span>
          </button>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={() => dismiss(key)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

/** Who looks at the page is here; what was missed in the list meanwhile is asked for when they look again. */
function useAttention(client: ChatClient): void {
  useEffect(() => {
    const look = () => {
      client.setActive(!document.hidden);
      if (!document.hidden) client.conversations.refresh();
    };
    const wake = () => client.retryNow();
    document.addEventListener('visibilitychange', look);
    addEventListener('online', wake);
    return () => {
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', wake);
    };
  }, [client]);
}

function useTitle(client: ChatClient): void {
  const { items } = useConversations(client);
  const unread = items.reduce(
    (sum, { unreadCount, isMuted, isArchived }) => sum + (isMuted || isArchived ? 0 : unreadCount),
    0,
  );
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) Parlance` : 'Parlance';
  }, [unread]);
}
