import type { HttpApi } from './http-api.ts';
import type { AppNotification } from './model.ts';
import { Observable } from './observable.ts';
import { notificationFrom } from './wire.ts';

const loadedAtOnce = 50;

/** What the application has told the user, the newest first. */
export class Notifications {
  readonly list = new Observable<readonly AppNotification[]>([]);
  readonly #api: HttpApi;
  readonly #listeners = new Set<(notification: AppNotification) => void>();

  constructor(api: HttpApi) {
    this.#api = api;
  }

  /** Loads the newest anew; what is known stays where that fails. */
  load(): Promise<void> {
    return this.#api.notifications({ limit: loadedAtOnce }).then(
      (list) => this.list.set(list),
      () => {},
    );
  }

  /** Shown as read at once. Rejects with an `ApiError` when the server does not take it. */
  async read(id: string): Promise<void> {
    this.list.update((list) => list.map((each) => (each.id === id ? { ...each, isRead: true } : each)));
    await this.#api.readNotification(id);
  }

  /** One that was told over the socket; a repeat changes nothing. */
  hear(payload: unknown): void {
    const notification = notificationFrom(payload);
    if (this.list.get().some(({ id }) => id === notification.id)) return;
    this.list.update((list) => [notification, ...list]);
    for (const listener of this.#listeners) listener(notification);
  }

  /** Calls `listener` for each that is heard from now on, until what it returns is called. */
  onNew(listener: (notification: AppNotification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
