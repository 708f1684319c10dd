import { Observable } from '../client/observable.ts';
import { closeAside, isAtAside } from './aside.ts';

/**
 * What is shown stands in the address, so that a reload and the back button keep it: `#/c/<conversation>`, and
 * `#/c/<conversation>/<message>` for a message that is looked for.
 */
function placeIn(hash: string): { readonly conversationId?: string; readonly messageId?: string } {
  const [, conversation, message] = /^#\/c\/([^/]+)(?:\/(\d+))?$/.exec(hash) ?? [];
  try {
    if (conversation === undefined) return {};
    return { conversationId: decodeURIComponent(conversation), ...(message !== undefined && { messageId: message }) };
  } catch {
    return {};
  }
}

const atFirst = placeIn(location.hash);
export const shownConversation = new Observable(atFirst.conversationId);
/** The message that shall be shown, until it is. */
export const wantedMessage = new Observable(atFirst.messageId);

addEventListener('popstate', closeAside);
addEventListener('hashchange', () => {
  const { conversationId, messageId } = placeIn(location.hash);
  shownConversation.set(conversationId);
  wantedMessage.set(messageId);
  closeAside();
});

export const addressOf = (id: string, messageId?: string): string =>
  `#/c/${encodeURIComponent(id)}${messageId === undefined ? '' : `/${messageId}`}`;

export function show(id: string | undefined, messageId?: string): void {
  const wasAtAside = isAtAside();
  closeAside();
  if (id === undefined) {
    history.pushState(null, '', location.pathname + location.search);
    shownConversation.set(undefined);
    return;
  }
  const address = addressOf(id, messageId);
  // The same message may be looked for again.
  if (location.hash === address) wantedMessage.set(messageId);
  if (wasAtAside) location.replace(address);
  else location.hash = address;
}

/** Where somebody was is nothing to whoever signs in next. */
export function forgetPlace(): void {
  history.replaceState(null, '', location.pathname);
  shownConversation.set(undefined);
  wantedMessage.set(undefined);
  closeAside();
}
