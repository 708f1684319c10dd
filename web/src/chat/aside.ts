import { Observable } from '../client/observable.ts';

/** What is on the right of (on a phone: instead of) the list. */
export type Aside =
  | { readonly is: 'conversation' | 'new' | 'notices' | 'queue' }
  | { readonly is: 'search'; readonly words: string };

const conversation: Aside = { is: 'conversation' };

export const shownAside = new Observable<Aside>(conversation);

/** Whether the newest place in the browser's history is one of something beside a conversation. */
export const isAtAside = (): boolean => history.state?.isAside === true && shownAside.get() !== conversation;

/** It has a place of its own, so that the back button leads out of it, and not out of the page. */
export function openAside(aside: Aside): void {
  if (!isAtAside()) history.pushState({ isAside: true }, '');
  shownAside.set(aside);
}

/** Whatever stands in its place ends where a conversation is chosen, also the one that was there before. */
export function closeAside(): void {
  shownAside.set(conversation);
}

/** As the back button does. */
export function leaveAside(): void {
  if (isAtAside()) history.back();
  else closeAside();
}
