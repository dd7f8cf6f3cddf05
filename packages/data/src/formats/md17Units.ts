import { COVALENT_RADII, HARTREE, KCAL_PER_MOL } from '@mlffd/core';
import type { Atoms, Frame } from '@mlffd/core';
import { formatError } from './place.ts';
import type { Place } from './place.ts';

/** Total energy of a neutral atom, Hartree, within 15 % up to Z = 20: -0.5 Z^2.4. */
const ATOM_ENERGY = { factor: 0.5, power: 2.4 };
/** How far a total energy may be from that sum, as a ratio. */
const ENERGY_BAND = [0.75, 1.35] as const;
/** Root mean square of force components in thermal molecules, eV/Angstrom. */
const FORCE_BAND = [0.02, 10] as const;
/** Shortest distance over the sum of covalent radii. */
const DISTANCE_BAND = [0.5, 1.5] as const;

const FACTORS: readonly (readonly [string, number])[] = [
  ['eV', 1],
  ['kcal/mol', KCAL_PER_MOL],
  ['Hartree', HARTREE],
];

/**
 * Compares labels and distances with what molecules have, to catch a wrong unit.
 *
 * All-electron total energies tell units apart surely; where energies are of another kind (shifted,
 * of atomisation), the forces must be of thermal size.
 * @param frames of one molecule, in eV and Angstrom as the given unit says
 * @throws FileFormatError `npz/implausible-units`
 */
export function checkPlausible(frames: readonly Frame[], unit: string, place: Place): void {
  checkDistance(frames[0].atoms, place);
  const meanEnergy =
    frames.reduce((sum, { results }) => sum + (results.energy ?? 0), 0) / frames.length;
  const ratio = meanEnergy / atomEnergies(frames[0].atoms);
  const given = FACTORS.find(([name]) => name === unit)?.[1] ?? 1;
  // Which unit would make these total energies?
  const match = FACTORS.find(([, factor]) => isWithin((ratio / given) * factor, ENERGY_BAND));
  if (match !== undefined && match[0] !== unit) {
    throw implausible(place, `energies in ${unit}`, `total energies that look like ${match[0]}`);
  }
  const rms = forceSize(frames);
  // A relaxed geometry alone has no forces to judge by.
  if (match !== undefined && rms < FORCE_BAND[0]) return;
  if (!isWithin(rms, FORCE_BAND)) {
    throw implausible(
      place,
      `forces of ${FORCE_BAND[0]} to ${FORCE_BAND[1]} eV/Angstrom (root mean square)`,
      `${rms.toPrecision(3)} eV/Angstrom, taken as ${unit}`,
    );
  }
}

function atomEnergies({ numbers }: Atoms): number {
  const { factor, power } = ATOM_ENERGY;
  return -HARTREE * numbers.reduce((sum, z) => sum + factor * z ** power, 0);
}

function forceSize(frames: readonly Frame[]): number {
  let sum = 0;
  let count = 0;
  for (const { results } of frames) {
    for (const f of results.forces ?? []) sum += f * f;
    count += results.forces?.length ?? 0;
  }
  return Math.sqrt(sum / count);
}

function checkDistance({ numbers, positions: x }: Atoms, place: Place): void {
  if (numbers.length < 2) return;
  let shortest = Infinity;
  for (let i = 0; i < numbers.length; i++) {
    for (let j = 0; j < i; j++) {
      const d = Math.hypot(
        x[3 * i] - x[3 * j],
        x[3 * i + 1] - x[3 * j + 1],
        x[3 * i + 2] - x[3 * j + 2],
      );
      shortest = Math.min(shortest, d / (COVALENT_RADII[numbers[i]] + COVALENT_RADII[numbers[j]]));
    }
  }
  if (isWithin(shortest, DISTANCE_BAND)) return;
  throw implausible(
    place,
    'positions in Angstrom',
    `a shortest distance of ${shortest.toPrecision(3)} bond lengths`,
  );
}

function isWithin(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low && value <= high;
}

function implausible(place: Place, expected: string, found: string): Error {
  return formatError('npz/implausible-units', place, {
    expected,
    found,
    hint: 'Give the unit that the data are in (option units), or checkUnits: false where they are right though unusual.',
  });
}
