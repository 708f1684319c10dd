import { Observable } from '../client/observable.ts';

/** Which conversation is shown stands in the address (`#/c/<id>`), so that a reload and the back button keep it. */
const idIn = (hash: string): string | undefined => {
  const found = /^#\/c\/(.+)$/.exec(hash)?.[1];
  try {
    return found === undefined ? undefined : decodeURIComponent(found);
  } catch {
    return undefined;
  }
};

export const shownConversation = new Observable(idIn(location.hash));

addEventListener('hashchange', () => shownConversation.set(idIn(location.hash)));

export const addressOf = (id: string): string => `#/c/${encodeURIComponent(id)}`;

export function show(id: string | undefined): void {
  if (id === undefined) {
    history.pushState(null, '', location.pathname + location.search);
    shownConversation.set(undefined);
  } else location.hash = addressOf(id);
}
