import { Observable } from '../client/observable.ts';

/** What is on the right of (on a phone: instead of) the list. */
export type Aside =
  | { readonly is: 'conversation' | 'new' | 'notices' | 'queue' }
  | { readonly is: 'search'; readonly words: string };

const conversation: Aside = { is: 'conversation' };

export const shownAside = new Observable<Aside>(conversation);

/** Whatever stands in its place ends where a conversation is chosen, also the one that was there before. */
export function closeAside(): void {
  shownAside.set(conversation);
}
