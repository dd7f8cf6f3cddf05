import { type Atoms, type Calculator, InvalidArgumentError } from '@mlffd/core';
import { minimize } from '../minimize/minimize.ts';
import type { HessianEvent } from './hessian.ts';
import { vibrations } from './vibrations.ts';

/** What is measured, and how. */
export interface HarmonicOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** Displacement of the finite differences, Angstrom; default 0.01, for models in float32. */
  readonly step?: number;
  /** Go to the calculator's own minimum first; a crystal keeps its cell. Default true. */
  readonly relax?: boolean;
  /** Where the minimum counts as found, eV/Angstrom; default 0.005. */
  readonly fmax?: number;
  /** Most steps to it; default 500. */
  readonly maxSteps?: number;
  /** Calls at the same time; default 1. */
  readonly concurrency?: number;
  readonly onEvent?: (event: HessianEvent) => void;
  readonly signal?: AbortSignal;
}

/** Harmonic frequencies at a minimum. */
export interface HarmonicFrequencies {
  /** cm^-1, ascending; imaginary ones negative. Rigid motions are not among them. */
  readonly frequencies: readonly number[];
  /** How many are imaginary. */
  readonly imaginary: number;
  /** cm^-1, of the rigid motions before they were projected out: zero for an exact calculator. */
  readonly rigid: readonly number[];
  /** Half the sum of the quanta of real modes, eV. */
  readonly zeroPointEnergy: number;
  /** Largest |H_ij - H_ji| over the largest element: noise, or forces that are no gradient. */
  readonly asymmetry: number;
  /** Angstrom. */
  readonly step: number;
  /** Where they were taken. */
  readonly minimum: {
    readonly converged: boolean;
    /** Largest norm of a force, eV/Angstrom. */
    readonly maxForce: number;
    readonly steps: number;
    /** eV. */
    readonly energy: number;
    /** Root mean square of how far atoms moved from the structure given, Angstrom. */
    readonly moved: number;
  };
}

/** Student against teacher, mode by mode in ascending order. */
export interface FrequencyDifference {
  readonly modes: number;
  /** cm^-1. */
  readonly mae: number;
  readonly rmse: number;
  readonly max: number;
  /** Mean of student less teacher, cm^-1. */
  readonly bias: number;
  /** `mae` over the mean |frequency| of the teacher. */
  readonly relative: number;
  readonly imaginaryTeacher: number;
  readonly imaginaryStudent: number;
}

/**
 * Frequencies in the harmonic approximation, at the calculator's own minimum next to the structure
 * given: 6N force calls after the relaxation.
 *
 * A molecule has 3N - 6 (3N - 5) of them. A crystal has 3N - 3: the modes at the Gamma point of the cell
 * given, which are all those of the primitive cell at wave vectors that the supercell holds, and no
 * others. Take a supercell for more.
 *
 * @throws as `minimize` and `hessian`
 */
export async function harmonicFrequencies(options: HarmonicOptions): Promise<HarmonicFrequencies> {
  const { calculator, atoms, step = 0.01, relax = true, concurrency, onEvent, signal } = options;
  const { fmax = 0.005, maxSteps = 500 } = options;
  const abort = signal === undefined ? {} : { signal };
  const relaxed = await minimize(calculator, atoms, {
    fmax,
    maxSteps: relax ? maxSteps : 0,
    ...abort,
  });
  const { frequencies, energies, rigidFrequencies, hessian } = await vibrations(
    calculator,
    relaxed.atoms,
    {
      step,
      ...abort,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(onEvent === undefined ? {} : { onEvent }),
    },
  );
  const { positions } = relaxed.atoms;
  const squares = positions.reduce((sum, x, k) => sum + (x - atoms.positions[k]) ** 2, 0);
  return {
    frequencies: Array.from(frequencies),
    imaginary: frequencies.filter((value) => value < 0).length,
    rigid: Array.from(rigidFrequencies),
    zeroPointEnergy: energies.reduce((sum, quantum) => sum + Math.max(0, quantum) / 2000, 0),
    asymmetry: hessian.asymmetryRatio,
    step,
    minimum: {
      converged: relaxed.maxForce < fmax,
      maxForce: relaxed.maxForce,
      steps: relaxed.steps,
      energy: relaxed.energy,
      moved: Math.sqrt(squares / atoms.numbers.length),
    },
  };
}

/**
 * How two sets of frequencies differ, each sorted: which mode is which is not asked.
 *
 * @throws InvalidArgumentError for different numbers of modes, or none
 */
export function compareFrequencies(
  teacher: Pick<HarmonicFrequencies, 'frequencies' | 'imaginary'>,
  student: Pick<HarmonicFrequencies, 'frequencies' | 'imaginary'>,
): FrequencyDifference {
  const modes = teacher.frequencies.length;
  if (modes === 0 || modes !== student.frequencies.length) {
    throw new InvalidArgumentError('md/invalid-option', 'these are frequencies of two structures', {
      expected: `${modes} modes, at least one`,
      found: `${student.frequencies.length} modes`,
      where: 'student',
      hint: 'A molecule that one of the two relaxes to a straight line has a mode more.',
    });
  }
  const differences = student.frequencies.map((value, k) => value - teacher.frequencies[k]);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / modes;
  const mae = mean(differences.map(Math.abs));
  return {
    modes,
    mae,
    rmse: Math.sqrt(mean(differences.map((value) => value * value))),
    max: Math.max(...differences.map(Math.abs)),
    bias: mean(differences),
    relative: mae / mean(teacher.frequencies.map(Math.abs)),
    imaginaryTeacher: teacher.imaginary,
    imaginaryStudent: student.imaginary,
  };
}
