/** A typed array that grows as values are added. */
class GrowingArray<A extends Float64Array | Float32Array | Int32Array> {
  readonly #make: (length: number) => A;
  #values: A;
  #length = 0;

  constructor(make: (length: number) => A) {
    this.#make = make;
    this.#values = make(64);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      // By a half, so that at most a third is unused.
      const larger = this.#make(Math.ceil(1.5 * this.#length));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** What was added so far; valid until the next `push`. */
  view(): A {
    return this.#values.subarray(0, this.#length) as A;
  }
}

/** 8 bytes a value. */
export class GrowingFloat64 extends GrowingArray<Float64Array> {
  constructor() {
    super((length) => new Float64Array(length));
  }
}

/** 4 bytes a value. */
export class GrowingFloat32 extends GrowingArray<Float32Array> {
  constructor() {
    super((length) => new Float32Array(length));
  }
}

/** 4 bytes a value. */
export class GrowingInt32 extends GrowingArray<Int32Array> {
  constructor() {
    super((length) => new Int32Array(length));
  }
}
