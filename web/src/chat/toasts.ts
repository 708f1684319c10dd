import { Observable } from '../client/observable.ts';

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

/** Who looks at a conversation needs no more to be told of it. */
export function dismissOf(conversationId: string): void {
  if (toasts.get().some((each) => each.conversationId === conversationId))
    toasts.update((list) => list.filter((each) => each.conversationId !== conversationId));
}

export function dismiss(key: number): void {
  toasts.update((list) => list.filter((each) => each.key !== key));
}
