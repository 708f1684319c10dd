/** Knows on the main thread whether rows may be behind what was answered, and has them saved before they are read. */
export class SavedRows {
  readonly #save: () => Promise<unknown>;
  #isBehind = false;
  #saving: Promise<void> = Promise.resolve();

  /** `save` has the writer save what is behind. */
  constructor(save: () => Promise<unknown>) {
    this.#save = save;
  }

  /** A batch was committed. Called before anybody hears of it. */
  committed(): void {
    this.#isBehind = true;
  }

  /** Resolves when the rows show all that was committed before. */
  upToDate(): Promise<void> {
    this.saveSoon();
    return this.#saving;
  }

  /** The same for whoever can do without, and would have others find less to look through. */
  saveSoon(): void {
    if (!this.#isBehind) return;
    this.#isBehind = false;
    this.#saving = this.#save().then(
      () => {},
      () => {
        // The disk is full, or the writer starts again: until it can be, rows are told as they are.
        this.#isBehind = true;
      },
    );
  }
}
