import {
  type Atoms,
  cellDeterminant,
  type Property,
  type Results,
  validateAtoms,
  volume,
} from '@mlffd/core';
import type { FusedPotential } from './fusedPotential.ts';

/**
 * Computes one structure, and copies what was asked for.
 *
 * @throws as `FusedPotential.evaluate`; InvalidAtomsError for a stress without a volume
 */
export function fusedResults(
  potential: FusedPotential,
  atoms: Atoms,
  properties: readonly Property[],
): Results {
  const size = properties.includes('stress') ? volumeOf(atoms) : 0;
  potential.evaluate(atoms);
  const results: Results = {};
  const count = atoms.numbers.length;
  if (properties.includes('energy') || properties.includes('energies')) {
    results.energy = potential.energy;
  }
  if (properties.includes('energies')) {
    results.energies = potential.energies(new Float64Array(count));
  }
  if (properties.includes('forces')) results.forces = potential.forces.slice(0, 3 * count);
  if (properties.includes('stress')) {
    const stress = potential.virial(new Float64Array(6));
    for (let k = 0; k < 6; k++) stress[k] /= size;
    results.stress = stress;
  }
  return results;
}

/** Angstrom^3; what is worse than no volume is said first. */
function volumeOf(atoms: Atoms): number {
  if (!(Math.abs(cellDeterminant(atoms.cell)) > 0)) validateAtoms(atoms);
  return volume(atoms);
}
