import type { ChatClient } from '../client/client.ts';
import { Observable } from '../client/observable.ts';
import { show, shownConversation } from './route.ts';

export type Toast = {
  readonly key: number;
  readonly title: string;
  readonly text: string;
  readonly conversationId?: string;
};

/** What is shown for a moment in a corner of the page. */
export const toasts = new Observable<readonly Toast[]>([]);

const toastLastsMs = 6_000;
let next = 0;

export function toast(title: string, text: string, conversationId?: string): void {
  const key = next++;
  toasts.update((list) => [
    ...list.slice(-2),
    { key, title, text, ...(conversationId !== undefined && { conversationId }) },
  ]);
  setTimeout(() => dismiss(key), toastLastsMs);
}

export function dismiss(key: number): void {
  toasts.update((list) => list.filter((each) => each.key !== key));
}

/** Tells of messages that are not being looked at: by the browser where the page is hidden and may, else on the page. */
export function alertAbout(client: ChatClient): () => void {
  const tell = (title: string, text: string, conversationId?: string) => {
    if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') {
      toast(title, text, conversationId);
      return;
    }
    const notification = new Notification(title, {
      body: text,
      ...(conversationId !== undefined && { tag: conversationId }),
    });
    notification.onclick = () => {
      window.focus();
      if (conversationId !== undefined) show(conversationId);
      notification.close();
    };
  };
  const ends = [
    client.onMessage(async (message) => {
      const { conversationId, text, attachment } = message;
      const listed = client.conversations.find(conversationId);
      const isSeen = !document.hidden && shownConversation.get() === conversationId;
      if (isSeen || listed?.isMuted) return;
      const sender = await client.conversations.senderName(message);
      const words = text || (attachment?.name ?? 'A file');
      const isDirect = listed?.kind === 'direct';
      tell(
        listed?.name ?? sender ?? 'New message',
        isDirect || sender === undefined ? words : `${sender}: ${words}`,
        conversationId,
      );
    }),
    client.onNotification(({ title, message }) => tell(title, message)),
  ];
  return () => {
    for (const end of ends) end();
  };
}
