import type { FollowerStore, SavedFailure, WebhookPlace, WebhookState } from '../app/ports.ts';

type To = WebhookPlace & { readonly failure?: SavedFailure };
type SavedPlaceParts = {
  readonly followers: Pick<FollowerStore, 'moveWebhook'>;
  /** Where the webhook is now. */
  readonly place: () => To;
  readonly onSuperseded: () => void;
  readonly onError: (error: unknown) => void;
};

const saveEveryMs = 500;
const saveAgainMs = 5_000;

/** Brings the place of a webhook to disk, now and then: what is behind the last one is told again after a crash. */
export class SavedPlace implements AsyncDisposable {
  readonly #parts: SavedPlaceParts;
  readonly #webhook: WebhookState;
  /** As JSON text. */
  #saved: string;
  #timer: NodeJS.Timeout | undefined;
  #saves: Promise<void> = Promise.resolve();
  #isLast = false;

  constructor(webhook: WebhookState, parts: SavedPlaceParts) {
    this.#webhook = webhook;
    this.#parts = parts;
    this.#saved = JSON.stringify(parts.place());
  }

  saveSoon(): void {
    this.#saveIn(saveEveryMs);
  }

  /** Saves what there is, for the last time. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#isLast = true;
    this.#save();
    await this.#saves;
  }

  #saveIn(waitMs: number): void {
    if (!this.#isLast) this.#timer ??= setTimeout(() => this.#save(), waitMs).unref();
  }

  #save(): void {
    this.#timer = undefined;
    const to = this.#parts.place();
    const text = JSON.stringify(to);
    if (text === this.#saved) return;
    this.#saved = text;
    const { id, generation } = this.#webhook;
    this.#saves = this.#saves
      .then(() => this.#parts.followers.moveWebhook(id, generation, to))
      .then(
        (isOurs) => {
          if (!isOurs) this.#parts.onSuperseded();
        },
        (error) => {
          this.#saved = '';
          this.#saveIn(saveAgainMs);
          this.#parts.onError(error);
        },
      );
  }
}
