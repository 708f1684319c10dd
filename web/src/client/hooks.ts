import { useCallback, useEffect, useSyncExternalStore } from 'react';
import type { ChatClient } from './client.ts';
import type { ListedConversation, ListState } from './conversation-list.ts';
import type { ConversationView } from './conversation-view.ts';
import type { AppNotification, ConnectionState, Member, Presence } from './model.ts';
import type { Observable } from './observable.ts';
import type { Timeline } from './timeline.ts';

/** The client for React: each hook renders again when what it returns has changed. */

const waiting = new Set<() => void>();

/** Tells React once of all that changes within one task: it throws when it has to render again too often in a row. */
function soon(render: () => void): void {
  if (waiting.size === 0) setTimeout(tellReact);
  waiting.add(render);
}

function tellReact(): void {
  const renders = [...waiting];
  waiting.clear();
  for (const render of renders) render();
}

/** The value of an observable. */
export function useObservable<T>(observable: Observable<T>): T {
  const subscribe = useCallback(
    (render: () => void) => {
      const listen = () => soon(render);
      const end = observable.subscribe(listen);
      return () => {
        end();
        waiting.delete(render);
      };
    },
    [observable],
  );
  return useSyncExternalStore(subscribe, observable.get);
}

export function useConnection(client: ChatClient): ConnectionState {
  return useObservable(client.connection);
}

export function useConversations(client: ChatClient): ListState {
  return useObservable(client.conversations.state);
}

/** A conversation that is open while it is shown; `listed` is its row, once it is known. */
export function useConversation(
  client: ChatClient,
  id: string,
): {
  readonly view: ConversationView;
  readonly listed: ListedConversation | undefined;
  readonly problem: string | undefined;
} {
  const view = client.conversation(id);
  const { items } = useConversations(client);
  useEffect(() => {
    view.open();
  }, [view]);
  return { view, listed: items.find((item) => item.id === id), problem: useObservable(view.problem) };
}

export function useMessages(view: ConversationView): Timeline {
  return useObservable(view.timeline);
}

export function useMembers(view: ConversationView): readonly Member[] {
  return useObservable(view.members);
}

/** Ids of the others who are typing. */
export function useTyping(view: ConversationView): readonly string[] {
  return useObservable(view.typing);
}

/** Undefined while nothing was heard of this user. */
export function usePresence(client: ChatClient, userId: string | undefined): Presence | undefined {
  const presences = useObservable(client.presence);
  return userId === undefined ? undefined : presences.get(userId);
}

export function useNotifications(client: ChatClient): readonly AppNotification[] {
  return useObservable(client.notifications);
}
