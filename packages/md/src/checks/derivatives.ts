import {
  applyStrain,
  type Atoms,
  type Calculator,
  Rng,
  slopeOf,
  VOIGT_PAIRS,
  volume,
  withPositions,
} from '@mlffd/core';
import { requireInteger, requirePositive } from '../errors.ts';
import { Inquiry } from '../inquiry.ts';

/** What is checked, and with which steps. */
export interface DerivativeOptions {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** Coordinates, picked at random; default 9. */
  readonly coordinates?: number;
  /** Check the stress too, where there is one; default true. */
  readonly stress?: boolean;
  /** Smallest displacement, Angstrom; default 0.005. Each step is twice the one before. */
  readonly step?: number;
  /** Smallest strain; default 0.0005. */
  readonly strain?: number;
  /** Steps, at least 3; default 5. The energies of each take two calls. */
  readonly rungs?: number;
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** One derivative in two ways. */
export interface DerivativePair {
  /** Which: `atom 4 (O), y`, `stress xy`. */
  readonly label: string;
  /** As the calculator says. */
  readonly analytic: number;
  /** From differences of energies. */
  readonly numeric: number;
}

/** How far derivatives are from differences of the energy; eV/Angstrom, or eV/Angstrom^3 for stress. */
export interface DerivativeError {
  readonly checked: number;
  readonly rms: number;
  readonly max: number;
  /** `rms` over the root mean square of what was checked; 0 where all of it is zero. */
  readonly relative: number;
  /** What the differences are good for: an error of this size is no finding. */
  readonly resolution: number;
  readonly worst: DerivativePair;
}

/** Forces and stress against differences of the energy. */
export interface DerivativeErrors {
  readonly forces: DerivativeError;
  /** `null` where the calculator or the structure has none. */
  readonly stress: DerivativeError | null;
}

/**
 * Whether forces are -dE/dr and the stress is dE/de / V.
 *
 * Differences of sixth order are formed over a ladder of steps, and for each derivative the step with
 * the best resolution is taken (`slopeOf` of core): about 0.02 Angstrom where energies are in float32,
 * whatever fits in float64.
 *
 * @throws InvalidArgumentError, PropertyNotAvailableError, MdError, AbortedError
 */
export async function derivativeErrors(options: DerivativeOptions): Promise<DerivativeErrors> {
  const { calculator, atoms, coordinates = 9, rungs = 5, seed = 0, signal } = options;
  const { step = 0.005, strain = 5e-4 } = options;
  requireInteger('coordinates', coordinates, 1);
  requireInteger('rungs', rungs, 3);
  requirePositive('step', step);
  requirePositive('strain', strain);
  const inquiry = new Inquiry(calculator, { what: 'the check of derivatives', signal });
  inquiry.require(['energy', 'forces']);
  const ladder = async (change: (offset: number) => Atoms, smallest: number): Promise<Step> => {
    const differences: number[] = [];
    for (let k = 0; k < rungs; k++) {
      const offset = smallest * 2 ** k;
      const above = await inquiry.finite(change(offset), ['energy']);
      const below = await inquiry.finite(change(-offset), ['energy']);
      differences.push(above.energy - below.energy);
    }
    return slopeOf(differences, smallest);
  };
  const { forces } = await inquiry.finite(atoms, ['forces']);
  const rng = new Rng(seed, 'derivatives');
  const all = Array.from({ length: forces.length }, (_, k) => k);
  const found: Finding[] = [];
  for (const k of rng.shuffle(all).slice(0, coordinates)) {
    const { value, resolution } = await ladder((offset) => {
      const positions = atoms.positions.slice();
      positions[k] += offset;
      return withPositions(atoms, positions);
    }, step);
    const label = `atom ${Math.floor(k / 3)}, ${'xyz'[k % 3]}`;
    found.push({ label, analytic: forces[k], numeric: -value, resolution });
  }
  const hasStress = inquiry.supported(atoms, ['stress']).length > 0;
  if (!hasStress || options.stress === false) return { forces: summary(found), stress: null };
  const { stress } = await inquiry.finite(atoms, ['stress']);
  const size = volume(atoms);
  const strained: Finding[] = [];
  for (const [k, [a, b]] of VOIGT_PAIRS.entries()) {
    const { value, resolution } = await ladder((offset) => {
      const tensor = new Float64Array(9);
      tensor[3 * a + b] = offset;
      tensor[3 * b + a] = offset;
      return applyStrain(atoms, tensor);
    }, strain);
    // Off the diagonal, both elements of the strain change.
    const unit = size * (a === b ? 1 : 2);
    const label = `stress ${'xyz'[a]}${'xyz'[b]}`;
    strained.push({
      label,
      analytic: stress[k],
      numeric: value / unit,
      resolution: resolution / unit,
    });
  }
  return { forces: summary(found), stress: summary(strained) };
}

interface Step {
  readonly value: number;
  readonly resolution: number;
}

interface Finding extends DerivativePair {
  readonly resolution: number;
}

function summary(found: readonly Finding[]): DerivativeError {
  const errorOf = ({ analytic, numeric }: Finding): number => Math.abs(analytic - numeric);
  const rms = (values: readonly number[]): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
  const worst = found.reduce((a, b) => (errorOf(b) > errorOf(a) ? b : a));
  const error = rms(found.map(errorOf));
  const size = rms(found.map(({ analytic }) => analytic));
  return {
    checked: found.length,
    rms: error,
    max: errorOf(worst),
    relative: size === 0 ? 0 : error / size,
    resolution: Math.max(...found.map(({ resolution }) => resolution)),
    worst: { label: worst.label, analytic: worst.analytic, numeric: worst.numeric },
  };
}
