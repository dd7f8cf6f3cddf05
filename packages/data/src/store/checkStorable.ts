import { InvalidStructureError } from '../errors.ts';
import { NODE_SUM_HINT, nodeSumProblem } from '../nodeEnergies.ts';
import { checkRecord } from '../structure.ts';
import type { LabelledStructure } from '../structure.ts';

const MAX_FLOAT32 = 3.4e38;

/** @throws InvalidStructureError for a structure that would not come back from a store as it was. */
export function checkStorable(structure: LabelledStructure): void {
  const { atoms, meta, energy, forces, stress, energies } = structure;
  checkRecord({ atoms, meta });
  const n = atoms.numbers.length;
  const problem = (found: string): InvalidStructureError =>
    new InvalidStructureError('data/bad-label', `structure ${meta.id}: ${found}`, {
      expected: 'finite labels of the right length; leave a missing label out',
      found,
      where: meta.id,
      hint: 'Drop the structure or its label.',
    });
  if (n === 0 || atoms.positions.length !== 3 * n) {
    throw problem(`${n} atoms with ${atoms.positions.length} coordinates`);
  }
  if (atoms.numbers.some((z) => z < 1 || z > 255)) throw problem('an atomic number outside 1..255');
  if (energy !== undefined && !Number.isFinite(energy)) throw problem(`energy ${energy}`);
  for (const [name, values, length] of [
    ['forces', forces, 3 * n],
    ['stress', stress, 6],
    ['energies', energies, n],
  ] as const) {
    if (values === undefined) continue;
    if (values.length !== length) {
      throw problem(`${values.length} values in ${name}, not ${length}`);
    }
    // Beyond float32 a force would come back as infinity.
    const worst = values.find((value) => !(Math.abs(value) < MAX_FLOAT32));
    if (worst !== undefined) throw problem(`${worst} in ${name}`);
  }
  if (energy === undefined || energies === undefined) return;
  const sum = nodeSumProblem(energy, energies);
  if (sum === undefined) return;
  throw new InvalidStructureError('data/energies-sum', `structure ${meta.id}: ${sum}`, {
    expected: 'energies of the atoms that add up to the energy',
    found: sum,
    where: meta.id,
    hint: NODE_SUM_HINT,
  });
}
