import { Candidate } from './candidate';
import { Scratch } from './scratch';
import { Doubles } from './views';

/** Tries all pairs of atoms: fastest for few of them. Records come out sorted. */
export class Dense {
  /** Pairs of a structure without periodicity; bins are not needed. */
  static findIsolated(scratch: Scratch, records: usize, capacity: u64): void {
    const positions = scratch.positions;
    const cell = scratch.cell;
    const atoms = scratch.atoms;
    const radius = scratch.radius + scratch.slack;
    const limit = radius * radius;
    let count: u64 = 0;
    for (let i = 0; i < atoms; i++) {
      const x = positions[3 * i];
      const y = positions[3 * i + 1];
      const z = positions[3 * i + 2];
      for (let j = i + 1; j < atoms; j++) {
        const dx = positions[3 * j] - x;
        const dy = positions[3 * j + 1] - y;
        const dz = positions[3 * j + 2] - z;
        if (dx * dx + dy * dy + dz * dz > limit) continue;
        if (count < capacity) Candidate.at(records, <usize>count).fill(i, j, 0, 0, 0, cell);
        count++;
      }
    }
    scratch.count = count;
  }

  /** Pairs of a structure with any periodicity, from folded positions; one bin along each axis. */
  static findPeriodic(scratch: Scratch, records: usize, capacity: u64): void {
    for (let i = 0; i < scratch.atoms; i++) {
      for (let j = i; j < scratch.atoms; j++) Dense.findImages(scratch, i, j, records, capacity);
    }
  }

  /** The images of j within reach of i; of i itself one of +n and -n, the one that comes later. */
  private static findImages(scratch: Scratch, i: i32, j: i32, records: usize, capacity: u64): void {
    const lowest = i === j ? 0 : i32.MIN_VALUE;
    const low1 = max<i32>(Dense.lowImage(scratch, i, j, 0), lowest);
    const high1 = Dense.highImage(scratch, i, j, 0);
    if (low1 > high1) return;
    const low2 = Dense.lowImage(scratch, i, j, 1);
    const high2 = Dense.highImage(scratch, i, j, 1);
    if (low2 > high2) return;
    const low3 = Dense.lowImage(scratch, i, j, 2);
    const high3 = Dense.highImage(scratch, i, j, 2);
    if (low3 > high3) return;
    const folded = scratch.folded;
    const frame = scratch.frame;
    const x = folded[3 * j] - folded[3 * i];
    const y = folded[3 * j + 1] - folded[3 * i + 1];
    const z = folded[3 * j + 2] - folded[3 * i + 2];
    const radius = scratch.radius + scratch.slack;
    const limit = radius * radius;
    const folds = scratch.folds;
    const f1 = folds[3 * i] - folds[3 * j];
    const f2 = folds[3 * i + 1] - folds[3 * j + 1];
    const f3 = folds[3 * i + 2] - folds[3 * j + 2];
    for (let n1 = low1; n1 <= high1; n1++) {
      const begin2 = i === j && n1 === 0 ? max<i32>(low2, 0) : low2;
      for (let n2 = begin2; n2 <= high2; n2++) {
        const begin3 = i === j && n1 === 0 && n2 === 0 ? max<i32>(low3, 1) : low3;
        for (let n3 = begin3; n3 <= high3; n3++) {
          const dx = x + Dense.component(frame, 0, n1, n2, n3);
          const dy = y + Dense.component(frame, 1, n1, n2, n3);
          const dz = z + Dense.component(frame, 2, n1, n2, n3);
          if (dx * dx + dy * dy + dz * dz > limit) continue;
          const count = scratch.count++;
          if (count >= capacity) continue;
          const pair = Candidate.at(records, <usize>count);
          pair.fill(i, j, n1 + f1, n2 + f2, n3 + f3, scratch.cell);
        }
      }
    }
  }

  /** Component `axis` of an image of the cell, Angstrom. */
  @inline
  private static component(frame: Doubles, axis: i32, n1: i32, n2: i32, n3: i32): f64 {
    return <f64>n1 * frame[axis] + <f64>n2 * frame[3 + axis] + <f64>n3 * frame[6 + axis];
  }

  /** First image along axis k whose slab the sphere around i can touch. */
  @inline
  private static lowImage(scratch: Scratch, i: i32, j: i32, k: i32): i32 {
    if (!scratch.isPeriodic(k)) return 0;
    const coordinates = scratch.coordinates;
    return <i32>ceil<f64>(coordinates[3 * i + k] - coordinates[3 * j + k] - scratch.span[k]);
  }

  /** Last image along axis k whose slab the sphere around i can touch. */
  @inline
  private static highImage(scratch: Scratch, i: i32, j: i32, k: i32): i32 {
    if (!scratch.isPeriodic(k)) return 0;
    const coordinates = scratch.coordinates;
    return <i32>floor<f64>(coordinates[3 * i + k] - coordinates[3 * j + k] + scratch.span[k]);
  }
}
