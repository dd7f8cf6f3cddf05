import { HARTREE, KCAL_PER_MOL } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import type { NpyArray } from './npy.ts';
import { readNpz } from './npz.ts';
import { formatError, makeAtoms } from './place.ts';
import { checkPlausible } from './md17Units.ts';

/** Unit of the energies of a file; its forces are in the same unit per Angstrom. */
export type EnergyUnit = 'kcal/mol' | 'eV' | 'Hartree';

/** One of each unit in eV. */
const ENERGY_UNITS: Readonly<Record<EnergyUnit, number>> = {
  'kcal/mol': KCAL_PER_MOL,
  eV: 1,
  Hartree: HARTREE,
};

/** Options of `readMd17Npz`. */
export interface ReadMd17Options {
  /**
   * Unit of energies. MD17 and rMD17 as published are in kcal/mol. May be left out where the file
   * has a key `e_unit`.
   */
  readonly units?: EnergyUnit;
  /** Whether to refuse data whose size does not fit the unit. Default true. */
  readonly checkUnits?: boolean;
}

/** Names of positions, energies, forces and atomic numbers. */
const LAYOUTS = [
  ['R', 'E', 'F', 'z'],
  ['coords', 'energies', 'forces', 'nuclear_charges'],
] as const;
const UNIT_KEYS = ['e_unit', 'r_unit'] as const;

/**
 * Reads molecules with energies and forces from an .npz file in the layout of MD17 (`R E F z`) or
 * rMD17 (`coords energies forces nuclear_charges`), one frame for each geometry, in eV and
 * eV/Angstrom.
 *
 * Neither says which unit it is in, so that the unit must be given; it is then compared with the
 * size of energies, forces and distances.
 * Layouts: Chmiela et al., Sci. Adv. 3, e1603015 (2017); Christensen, von Lilienfeld, Mach. Learn.:
 * Sci. Technol. 1, 045018 (2020).
 *
 * @param where name of the source for error messages, usually the path
 * @throws FileFormatError `npz/...`
 */
export function readMd17Npz(
  bytes: Uint8Array,
  where: string,
  options: ReadMd17Options = {},
): Frame[] {
  const arrays = readNpz(bytes, where, [...LAYOUTS.flat(), ...UNIT_KEYS]);
  const layouts = LAYOUTS.filter(([positions]) => arrays.has(positions));
  if (layouts.length !== 1) {
    throw formatError(
      'npz/unknown-layout',
      { where },
      {
        expected: `arrays ${LAYOUTS.map((names) => names.join(' ')).join(', or ')}`,
        found: layouts.length > 1 ? 'both' : [...arrays.keys()].join(' ') || 'none of them',
        hint: 'Rename the arrays, or convert the file to extended XYZ.',
      },
    );
  }
  const [positionsName, energiesName, forcesName, numbersName] = layouts[0];
  const unit = unitOf(arrays, where, options.units);
  const factor = ENERGY_UNITS[unit];
  const numbers = realArray(arrays, where, numbersName, ['N']);
  const atomCount = numbers.length;
  const all = realArray(arrays, where, positionsName, ['M', atomCount, 3]);
  const count = all.length / (3 * atomCount);
  const energies = realArray(arrays, where, energiesName, [count]);
  const forces = realArray(arrays, where, forcesName, [count, atomCount, 3]);
  const place = { where };
  const frames: Frame[] = [];
  for (let k = 0; k < count; k++) {
    const [start, end] = [3 * atomCount * k, 3 * atomCount * (k + 1)];
    const atoms = makeAtoms('npz', { numbers, positions: all.subarray(start, end) }, () => ({
      where: `${where}, geometry ${k}`,
    }));
    const results = {
      energy: energies[k] * factor,
      forces: forces.subarray(start, end).map((f) => f * factor),
    };
    frames.push({ atoms, results, arrays: {} });
  }
  if (options.checkUnits ?? true) checkPlausible(frames, unit, place);
  return frames;
}

function realArray(
  arrays: ReadonlyMap<string, NpyArray>,
  where: string,
  name: string,
  expected: readonly (number | string)[],
): Float64Array {
  const array = arrays.get(name);
  const values = array?.values;
  // Energies come as (M) and as (M, 1).
  const shape = array?.shape.filter((n, k) => !(expected.length === 1 && k === 1 && n === 1)) ?? [];
  const fits =
    shape.length === expected.length &&
    shape.every((n, k) => n > 0 && (typeof expected[k] === 'string' || n === expected[k]));
  if (values === undefined || !fits) {
    throw formatError(
      'npz/bad-shape',
      { where: `${where}, array ${name}` },
      {
        expected: `numbers of shape (${expected.join(', ')})`,
        found: array === undefined ? 'no such array' : `shape (${array.shape.join(', ')})`,
        hint: 'M geometries of N atoms each: positions and forces (M, N, 3), energies (M), numbers (N).',
      },
    );
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad === -1) return values;
  throw formatError(
    'npz/non-finite',
    { where: `${where}, array ${name}` },
    {
      expected: 'finite numbers',
      found: `${values[bad]} at position ${bad}`,
      hint: 'Leave out the geometries whose calculation failed.',
    },
  );
}

function unitOf(
  arrays: ReadonlyMap<string, NpyArray>,
  where: string,
  given: EnergyUnit | undefined,
): EnergyUnit {
  const length = arrays.get('r_unit')?.text?.[0];
  if (length !== undefined && !/^ang(strom)?$/i.test(length)) {
    throw formatError(
      'npz/unknown-unit',
      { where: `${where}, array r_unit` },
      {
        expected: 'Ang',
        found: `'${length}'`,
        hint: 'Convert the positions to Angstrom and the forces accordingly.',
      },
    );
  }
  const stated = arrays.get('e_unit')?.text?.[0];
  const known = (Object.keys(ENERGY_UNITS) as EnergyUnit[]).find(
    (unit) => unit.toLowerCase() === stated?.toLowerCase(),
  );
  const unit = given ?? known;
  if (unit !== undefined && (stated === undefined || known === unit)) return unit;
  throw formatError(
    'npz/unknown-unit',
    { where },
    {
      expected: `the unit of energy, one of ${Object.keys(ENERGY_UNITS).join(', ')}`,
      found: stated === undefined ? 'none' : `'${stated}' in the file`,
      hint: 'Give the option units; MD17 and rMD17 as published are in kcal/mol.',
    },
  );
}
