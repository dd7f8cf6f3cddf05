import { Images } from './images';
import { Scratch } from './scratch';

/** Bits that hold the numbers 0 to `most`. */
function bitsFor(most: u32): i32 {
  return 32 - <i32>clz<u32>(most);
}

/**
 * How a pair is packed in one number: lower atom, higher atom, image along each axis, from the
 * highest bits down. Packed pairs sort by atoms, then image.
 */
@unmanaged
export class Packing {
  /** Bits of one atom, and of the image along the second and third axis and all together. */
  atom: i32;
  second: i32;
  third: i32;
  image: i32;
  /** What is added to an image along each axis to make it positive. */
  low1: i32;
  low2: i32;
  low3: i32;

  /** False where 64 bits are too few. */
  choose(scratch: Scratch): bool {
    this.low1 = Images.farthest(scratch, 0);
    this.low2 = Images.farthest(scratch, 1);
    this.low3 = Images.farthest(scratch, 2);
    this.atom = bitsFor(scratch.atoms);
    this.second = bitsFor(2 * this.low2);
    this.third = bitsFor(2 * this.low3);
    this.image = bitsFor(2 * this.low1) + this.second + this.third;
    return 2 * this.atom + this.image <= 64;
  }

  /** Bits of the image (n1, n2, n3). */
  @inline
  code(n1: i32, n2: i32, n3: i32): u64 {
    const upper = ((<u64>(n1 + this.low1)) << this.second) | <u64>(n2 + this.low2);
    return (upper << this.third) | <u64>(n3 + this.low3);
  }

  /** Image along the first axis. */
  @inline
  first(key: u64): i32 {
    const code = key & (((<u64>1) << this.image) - 1);
    return <i32>(code >> (this.second + this.third)) - this.low1;
  }

  /** Image along the second axis. */
  @inline
  middle(key: u64): i32 {
    return <i32>((key >> this.third) & (((<u64>1) << this.second) - 1)) - this.low2;
  }

  /** Image along the third axis. */
  @inline
  last(key: u64): i32 {
    return <i32>(key & (((<u64>1) << this.third) - 1)) - this.low3;
  }
}
