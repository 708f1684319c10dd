/** Answers all single questions of one turn of the event loop by one reading. A reading that fails fails each of them. */
export class BatchLoader<K, V> {
  readonly #read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>;
  #wanted: K[] = [];
  #reading: Promise<ReadonlyMap<K, V>> | undefined;

  constructor(read: (keys: readonly K[]) => Promise<ReadonlyMap<K, V>>) {
    this.#read = read;
  }

  async load(key: K): Promise<V | undefined> {
    this.#wanted.push(key);
    this.#reading ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      const keys = this.#wanted;
      this.#wanted = [];
      this.#reading = undefined;
      return this.#read(keys);
    });
    return (await this.#reading).get(key);
  }
}
