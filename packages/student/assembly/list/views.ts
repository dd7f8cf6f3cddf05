/** Float64 numbers side by side at an address. */
@unmanaged
export class Doubles {
  @inline
  static at(address: usize): Doubles {
    return changetype<Doubles>(address);
  }

  @inline
  @operator('[]')
  get(index: i32): f64 {
    return load<f64>(changetype<usize>(this) + ((<usize>index) << 3));
  }

  @inline
  @operator('[]=')
  set(index: i32, value: f64): void {
    store<f64>(changetype<usize>(this) + ((<usize>index) << 3), value);
  }

  /** Entries `index` and `index + 1` as two lanes. */
  @inline
  two(index: i32): v128 {
    return v128.load(changetype<usize>(this) + ((<usize>index) << 3));
  }
}

/** Int32 numbers side by side at an address. */
@unmanaged
export class Integers {
  @inline
  static at(address: usize): Integers {
    return changetype<Integers>(address);
  }

  @inline
  @operator('[]')
  get(index: i32): i32 {
    return load<i32>(changetype<usize>(this) + ((<usize>index) << 2));
  }

  @inline
  @operator('[]=')
  set(index: i32, value: i32): void {
    store<i32>(changetype<usize>(this) + ((<usize>index) << 2), value);
  }
}

/** Uint64 numbers side by side at an address. */
@unmanaged
export class Keys {
  @inline
  static at(address: usize): Keys {
    return changetype<Keys>(address);
  }

  @inline
  @operator('[]')
  get(index: i32): u64 {
    return load<u64>(changetype<usize>(this) + ((<usize>index) << 3));
  }

  @inline
  @operator('[]=')
  set(index: i32, value: u64): void {
    store<u64>(changetype<usize>(this) + ((<usize>index) << 3), value);
  }
}
