/** What is on the right of (on a phone: instead of) the list. */
export type Aside =
  | { readonly is: 'conversation' | 'new' | 'notices' | 'queue' }
  | { readonly is: 'search'; readonly words: string };
