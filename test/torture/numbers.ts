/** Whole numbers below 2^32, in the order in which they were added. */
export class Numbers {
  #values = new Uint32Array(64);
  #length = 0;

  static of(...values: number[]): Numbers {
    const numbers = new Numbers();
    for (const value of values) numbers.push(value);
    return numbers;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** 0 where nothing was added. */
  at(index: number): number {
    return index < this.#length ? (this.#values[index] as number) : 0;
  }

  set(index: number, value: number): void {
    while (this.#length <= index) this.push(0);
    this.#values[index] = value;
  }
}
