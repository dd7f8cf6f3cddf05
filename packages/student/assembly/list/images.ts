import { Scratch } from './scratch';

/** Pairs of atoms, image by image, that a search may have to test; more would take half a minute or do not fit. */
const MOST_TESTS: f64 = 2147483648;
/** Rounding of a coordinate in units of cells or bins, far above the real one, far below one. */
const MARGIN: f64 = 1e-6;

export class Images {
  /** Sets how many bins the radius spans, and whether so many images can be searched at all. */
  static span(scratch: Scratch): bool {
    const atoms = <f64>scratch.atoms;
    let tests = atoms * atoms;
    for (let k = 0; k < 3; k++) {
      const bins = <f64>scratch.bins[k];
      const span = ((scratch.radius + scratch.slack) / scratch.heights[k]) * bins + MARGIN;
      scratch.span[k] = span;
      const share = (2 * span + 1) / bins;
      tests *= scratch.isPeriodic(k) ? share : min<f64>(1, share);
    }
    return tests < MOST_TESTS;
  }

  /** The farthest image along axis k that a search can meet. */
  static farthest(scratch: Scratch, k: i32): i32 {
    if (!scratch.isPeriodic(k)) return 0;
    return <i32>ceil<f64>(scratch.span[k] / <f64>scratch.bins[k]) + 1;
  }
}
