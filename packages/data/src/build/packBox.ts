import { cellDeterminant, createAtoms, masses, Rng, symbolOf } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { SamplingError } from '../errors.ts';
import type { RandomSource } from '../perturb.ts';
import { invalidOption, requireCount, requirePositive } from './invalidOption.ts';
import { relaxOverlaps } from './overlapRelaxation.ts';
import { RigidMolecules } from './rigidMolecules.ts';
import { VAN_DER_WAALS_RADII } from './vanDerWaalsRadii.ts';

/** A kind of molecule in a box. */
export interface MoleculeCount {
  /** The molecule: whole and not periodic. */
  readonly atoms: Atoms;
  readonly count: number;
}

/** Options of `packBox`; give either density or cell. */
export interface PackBoxOptions extends RandomSource {
  readonly molecules: readonly MoleculeCount[];
  /** Mass density, g/cm^3, of a cubic box. */
  readonly density?: number;
  /** Angstrom; 9 numbers, 3 rows, or 3 edge lengths. */
  readonly cell?: ArrayLike<number> | readonly ArrayLike<number>[];
  /**
   * Smallest distance between atoms of different molecules (and of a molecule and its own images), as
   * a fraction of the sum of their van der Waals radii. Default 0.7: 2.1 Angstrom for O - O,
   * 1.9 for O - H. Water at 1 g/cm^3 still packs at 1, where no hydrogen bond fits.
   */
  readonly minDistance?: number;
  /** Radii in place of those of Alvarez (2013), Angstrom, by symbol; ions need smaller ones. */
  readonly radii?: Readonly<Record<string, number>>;
}

/** One amu/Angstrom^3, g/cm^3 (CODATA 2014, as all units of core). */
const GRAM_PER_CM3 = 1.66053904;

/**
 * Molecules at random places and in random orientations in a periodic box.
 *
 * They are scattered without regard to each other; overlaps are then relaxed by moving and turning
 * the molecules as rigid bodies, and those that stay stuck are scattered again. Molecules follow each
 * other in the order given, each whole, with its centre in the cell. Charges are added up where one
 * is given, and so are spins. A chain may end up threaded through a large ring.
 *
 * @throws SamplingError `data/no-packing` when the overlaps do not go away
 * @throws InvalidArgumentError `data/invalid-option` for an option that cannot be used
 */
export function packBox(options: PackBoxOptions): Atoms {
  const { molecules, minDistance = 0.7, seed, stream = 0 } = options;
  requireMolecules(molecules);
  requirePositive('minDistance', minDistance, 'a fraction of the sum of the radii');
  const copies = molecules.flatMap(({ atoms, count }) => new Array<Atoms>(count).fill(atoms));
  const rigid = new RigidMolecules(copies.map(({ positions }) => positions));
  const numbers = copies.flatMap((atoms) => Array.from(atoms.numbers));
  const box = createAtoms({
    numbers,
    positions: rigid.positions,
    cell: boxCell(options, molecules),
    pbc: true,
    ...total('charge', copies),
    ...total('spin', copies),
  });
  const radii = Float64Array.from(numbers, (z) => minDistance * radiusOf(z, options.radii));
  requireRoom(box, copies, radii);
  const rng = new Rng(seed, 'packBox', stream);
  const packing = { molecules: rigid, radii, atoms: { ...box, positions: rigid.positions } };
  const { pairs, closest } = relaxOverlaps(packing, rng);
  if (pairs > 0) {
    throw noPacking(box, {
      found: `${pairs} pairs of atoms closer than ${minDistance} of the sum of their radii, the closest at ${(closest * minDistance).toFixed(2)}`,
      hint: 'Lower density or minDistance, take a larger cell, or try another seed.',
    });
  }
  rigid.wrap(box.cell);
  return { ...box, positions: rigid.positions };
}

function requireMolecules(molecules: readonly MoleculeCount[]): void {
  if (molecules.length === 0) {
    throw invalidOption('molecules', 'a box needs molecules', {
      expected: 'at least one kind of molecule',
      found: 'none',
    });
  }
  for (const [k, { atoms, count }] of molecules.entries()) {
    requireCount(`molecules[${k}].count`, count, 1);
    if (!atoms.pbc.includes(true)) continue;
    throw invalidOption(`molecules[${k}].atoms`, 'a molecule must not be periodic', {
      expected: 'pbc false',
      found: `pbc ${atoms.pbc.join(', ')}`,
      hint: 'Make the molecule whole and set pbc to false.',
    });
  }
}

function boxCell(
  { density, cell }: PackBoxOptions,
  molecules: readonly MoleculeCount[],
): ArrayLike<number> | readonly ArrayLike<number>[] {
  if ((density === undefined) === (cell === undefined)) {
    throw invalidOption('density', 'give either density or cell', {
      expected: 'one of density and cell',
      found: density === undefined ? 'neither' : 'both',
    });
  }
  if (cell !== undefined) return cell;
  const value = density ?? NaN;
  requirePositive('density', value, 'g/cm^3');
  let mass = 0;
  for (const { atoms, count } of molecules) {
    mass += count * masses(atoms).reduce((sum, m) => sum + m, 0);
  }
  const edge = Math.cbrt((mass * GRAM_PER_CM3) / value);
  return [edge, edge, edge];
}

function radiusOf(z: number, radii: PackBoxOptions['radii']): number {
  const symbol = symbolOf(z);
  const radius = radii?.[symbol] ?? VAN_DER_WAALS_RADII.at(z) ?? NaN;
  if (radius > 0) return radius;
  throw invalidOption('radii', `there is no van der Waals radius of ${symbol}`, {
    expected: 'a positive radius in Angstrom',
    found: String(radius),
    hint: `Give one: radii: { ${symbol}: 2 }.`,
  });
}

/** Spheres of different molecules do not overlap in a packing, so that they must fit into the cell. */
function requireRoom(box: Atoms, copies: readonly Atoms[], radii: Float64Array): void {
  let filled = 0;
  let first = 0;
  for (const { numbers } of copies) {
    const own = radii.subarray(first, first + numbers.length);
    filled += (4 / 3) * Math.PI * own.reduce((most, r) => Math.max(most, r), 0) ** 3;
    first += numbers.length;
  }
  const room = Math.abs(cellDeterminant(box.cell));
  if (filled <= room) return;
  throw noPacking(box, {
    found: `largest atoms alone fill ${filled.toFixed(1)} of ${room.toFixed(1)} Angstrom^3`,
    hint: 'Lower density or minDistance, or take a larger cell.',
  });
}

function noPacking(box: Atoms, details: { found: string; hint: string }): SamplingError {
  return new SamplingError('data/no-packing', 'the molecules do not fit into the box', {
    ...details,
    expected: `room for ${box.numbers.length} atoms`,
    where: 'packBox',
  });
}

/** Sum of what the molecules have of a property; nothing where none has any. */
function total(
  key: 'charge' | 'spin',
  molecules: readonly Atoms[],
): Partial<Record<'charge' | 'spin', number>> {
  if (molecules.every((atoms) => atoms[key] === undefined)) return {};
  return { [key]: molecules.reduce((sum, atoms) => sum + (atoms[key] ?? 0), 0) };
}
