import type { ChatClient } from '../client/client.ts';
import { shownAside } from './aside.ts';
import { show, shownConversation } from './route.ts';
import { toast } from './toasts.ts';

/** Tells of messages that are not being looked at: by the browser where the page is hidden and may, else on the page. */
export function alertAbout(client: ChatClient): () => void {
  const tell = (title: string, text: string, conversationId?: string) => {
    if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') {
      toast(title, text, conversationId);
      return;
    }
    const notification = notificationOf(title, text, conversationId);
    if (!notification) return toast(title, text, conversationId);
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
      if (isSeen(conversationId) || listed?.isMuted || listed?.isArchived) return;
      const sender = await client.conversations.senderName(message);
      // Whoever was told of it by the list may have opened it meanwhile.
      if (isSeen(conversationId)) return;
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

const isSeen = (conversationId: string): boolean =>
  !document.hidden && shownConversation.get() === conversationId && shownAside.get().is === 'conversation';

/** Undefined where only service workers may tell, as in Chrome on Android. */
function notificationOf(title: string, body: string, tag: string | undefined): Notification | undefined {
  try {
    return new Notification(title, { body, ...(tag !== undefined && { tag }) });
  } catch {
    return undefined;
  }
}
