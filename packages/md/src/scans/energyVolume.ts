import {
  applyStrain,
  type Atoms,
  type Calculator,
  InvalidArgumentError,
  volume,
} from '@mlffd/core';
import { Inquiry } from '../inquiry.ts';
import {
  type EquationOfState,
  type EquationOfStateKind,
  fitEquationOfState,
} from './equationOfState.ts';
import { evenSteps } from './grid.ts';

/** A crystal and the volumes to try. */
export interface EnergyVolumeOptions {
  readonly calculator: Calculator;
  /** Periodic along all axes. */
  readonly atoms: Atoms;
  /** Smallest and largest volume, as fractions of that given; default 0.9 to 1.1. */
  readonly range?: readonly [number, number];
  /** Volumes; default 11. */
  readonly points?: number;
  /** Default `birch-murnaghan`. */
  readonly fit?: EquationOfStateKind;
  readonly signal?: AbortSignal;
}

/** Energy by volume under isotropic strain, fractional coordinates held. */
export interface EnergyVolumeCurve {
  /** Angstrom^3/atom. */
  readonly volume: readonly number[];
  /** eV/atom; `null` where there was no finite answer. */
  readonly energy: readonly (number | null)[];
  /** `null` where fewer than 4 points or no minimum were found. */
  readonly fit: EquationOfState | null;
  readonly failures: number;
  readonly firstFailure: string | null;
}

/** Student against teacher; `null` where one of them has no fit. */
export interface EnergyVolumeDifference {
  /** (student - teacher) / teacher. */
  readonly volume: number | null;
  /** (student - teacher) / teacher. */
  readonly bulkModulus: number | null;
  /** Student - teacher. */
  readonly pressureDerivative: number | null;
  /** Of both curves, each less its mean, on the points that both have, eV/atom. */
  readonly energyRmse: number | null;
}

/**
 * Energies of a crystal that is compressed and expanded, and its equation of state. Atoms are not
 * relaxed: teacher and student see the same structures.
 *
 * @throws InvalidArgumentError for a structure that is not periodic or a range out of order;
 *   PropertyNotAvailableError; AbortedError
 */
export async function energyVolume(options: EnergyVolumeOptions): Promise<EnergyVolumeCurve> {
  const { calculator, atoms, range = [0.9, 1.1], points = 11, fit, signal } = options;
  if (!atoms.pbc.every(Boolean)) {
    throw new InvalidArgumentError('md/invalid-option', 'only a crystal has a volume', {
      expected: 'pbc in three directions',
      found: `pbc ${atoms.pbc.join(' ')}`,
      where: 'atoms',
      hint: 'Leave the equation of state out for molecules.',
    });
  }
  const count = atoms.numbers.length;
  const inquiry = new Inquiry(calculator, { what: 'the energy by volume', signal });
  inquiry.require(['energy']);
  const volumes: number[] = [];
  const energies: (number | null)[] = [];
  for (const fraction of evenSteps(range[0], range[1], points)) {
    const strain = Math.cbrt(fraction) - 1;
    const strained = applyStrain(atoms, [strain, 0, 0, 0, strain, 0, 0, 0, strain]);
    const answer = await inquiry.attempt(strained, ['energy']);
    volumes.push(volume(strained) / count);
    energies.push(answer === undefined ? null : answer.energy / count);
  }
  const { failures, firstFailure } = inquiry;
  const known = volumes.filter((_, k) => energies[k] !== null);
  const found = energies.filter((energy) => energy !== null);
  return {
    volume: volumes,
    energy: energies,
    fit: found.length < 4 ? null : (fitEquationOfState(known, found, fit) ?? null),
    failures,
    firstFailure,
  };
}

/**
 * How the student's curve differs.
 *
 * @throws InvalidArgumentError for curves with different volumes
 */
export function compareEnergyVolume(
  teacher: EnergyVolumeCurve,
  student: EnergyVolumeCurve,
): EnergyVolumeDifference {
  if (
    teacher.volume.length !== student.volume.length ||
    teacher.volume.some((v, k) => v !== student.volume[k])
  ) {
    throw new InvalidArgumentError('md/invalid-option', 'the curves have different volumes', {
      expected: `${teacher.volume.length} volumes of the teacher`,
      found: `${student.volume.length} others`,
      where: 'student',
      hint: 'Make both from the same structure with the same options.',
    });
  }
  const [a, b] = [teacher.fit, student.fit];
  const relative = (key: 'volume' | 'bulkModulus'): number | null =>
    a === null || b === null ? null : (b[key] - a[key]) / a[key];
  const differences = teacher.energy.flatMap((energy, k) => {
    const other = student.energy[k];
    return energy === null || other === null ? [] : [other - energy];
  });
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    volume: relative('volume'),
    bulkModulus: relative('bulkModulus'),
    pressureDerivative:
      a === null || b === null ? null : b.pressureDerivative - a.pressureDerivative,
    energyRmse: differences.length === 0 ? null : Math.sqrt(squares / differences.length),
  };
}
