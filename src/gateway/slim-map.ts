/** A map that is mostly empty or has one entry, and then costs a quarter of a `Map`. In the order of insertion, like that. */
export class SlimMap<K extends string, V> {
  #key: K | undefined;
  #value: V | undefined;
  /** Everything, once there was more than one. */
  #map: Map<K, V> | undefined;

  get size(): number {
    return this.#map ? this.#map.size : this.#key === undefined ? 0 : 1;
  }

  has(key: K): boolean {
    return this.#map ? this.#map.has(key) : this.#key === key;
  }

  get(key: K): V | undefined {
    if (this.#map) return this.#map.get(key);
    return this.#key === key ? this.#value : undefined;
  }

  set(key: K, value: V): void {
    if (this.#map) this.#map.set(key, value);
    else if (this.#key === undefined || this.#key === key) this.#keep(key, value);
    else {
      this.#map = new Map(this).set(key, value);
      this.#keep(undefined, undefined);
    }
  }

  /** Was it there? */
  delete(key: K): boolean {
    if (this.#map) return this.#map.delete(key);
    if (this.#key !== key) return false;
    this.#keep(undefined, undefined);
    return true;
  }

  clear(): void {
    this.#map = undefined;
    this.#keep(undefined, undefined);
  }

  keys(): IterableIterator<K> {
    if (this.#map) return this.#map.keys();
    return (this.#key === undefined ? [] : [this.#key]).values();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    if (this.#map) return this.#map[Symbol.iterator]();
    const entries: [K, V][] = this.#key === undefined ? [] : [[this.#key, this.#value as V]];
    return entries.values();
  }

  #keep(key: K | undefined, value: V | undefined): void {
    this.#key = key;
    this.#value = value;
  }
}
