import type { LabelledStructure, StructureMeta } from '../structure.ts';
import { geometrySignature } from './geometrySignature.ts';
import { LeakageScan } from './leakageScan.ts';
import type { Leak } from './leakageScan.ts';
import { SignatureIndex } from './signatureIndex.ts';
import { SIDES } from './split.ts';
import type { Split } from './split.ts';

/** Options of `checkLeakage`. */
export interface LeakageOptions {
  /**
   * Root mean square displacement per atom up to which two geometries count as the same, Angstrom;
   * default 0.0005, which is the rounding of files with three digits.
   */
  readonly tolerance?: number;
}

/**
 * Looks for whatever would make a test too easy: a group or a parent on two sides, an index used
 * twice, (nearly) the same geometry on two sides, however it is shifted, turned or numbered; and for
 * what breaks the promise of the split: a composition on two sides of a split by composition, a cold
 * or small structure in the test of a split by temperature or size.
 *
 * @returns what was found; empty when the split is clean
 */
export function checkLeakage(
  dataset: {
    readonly metas: readonly StructureMeta[];
    get(k: number): Pick<LabelledStructure, 'atoms'>;
  },
  split: Split,
  { tolerance = 5e-4 }: LeakageOptions = {},
): Leak[] {
  const scan = new LeakageScan(split);
  const signatures = new SignatureIndex();
  const indices = new Set(SIDES.flatMap((side) => [...split[side]]));
  for (const k of [...indices].sort((a, b) => a - b)) {
    const { atoms } = dataset.get(k);
    scan.see(k, dataset.metas[k], atoms.numbers);
    signatures.add(k, geometrySignature(atoms, tolerance));
  }
  return scan.leaks(signatures.pairs());
}
