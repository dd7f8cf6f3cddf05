import { Rng, withPositions } from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { requireCount } from '../build/invalidOption.ts';
import { SamplingError } from '../errors.ts';
import type { StructureUnit } from '../label.ts';
import { areApart } from '../perturbedSet.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure } from '../structure.ts';
import type { HessianEvent, HessianOptions, NormalModes } from '@mlffd/md';
import { modeAmplitudes } from './modeAmplitudes.ts';
import type { AmplitudeOptions, Amplitudes } from './modeAmplitudes.ts';
import { modeDisplacement, vibrations } from '@mlffd/md';
import { relaxParent } from './relaxParent.ts';
import type { Relaxation } from './relaxParent.ts';

/** A parent at rest and how it vibrates. */
export interface VibratingParent extends Parent {
  readonly modes: NormalModes;
}

/** How copies are drawn. */
interface ModeSampling extends AmplitudeOptions {
  /** K. */
  readonly temperatures: readonly number[];
  /** Copies at each temperature. */
  readonly count: number;
  /**
   * Smallest distance, as a fraction of the sum of the covalent radii; closer draws are made again.
   * Default 0.6.
   */
  readonly minDistance?: number;
  readonly seed: number;
}

/** Options of `normalModeSet`. */
export interface NormalModeSetOptions extends ModeSampling {
  readonly parents: readonly VibratingParent[];
}

const TRIES = 50;

/**
 * Copies displaced along the normal modes with thermal amplitudes: every mode gets its share of the
 * energy, where a rattle puts nearly all into the stiff ones. A copy depends on the seed, the id of
 * its parent, the temperature and its number only.
 *
 * Displacements are straight, so far along a torsion bonds stretch: keep `minFrequency` where it
 * is, or use `torsionScan` and MD for soft motions.
 *
 * `details` say how many modes were softer than `minFrequency` (`softModes`), how many of them
 * imaginary, and the harmonic energy of the copy above its parent, eV.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws SamplingError when no draw keeps the atoms apart
 */
export function* normalModeSet(
  options: NormalModeSetOptions,
): Generator<Structure, void, undefined> {
  const { parents, temperatures, count } = options;
  requireCount('count', count, 0);
  for (const parent of parents) {
    const displacements = parent.modes.vectors.map((_, k) => modeDisplacement(parent.modes, k));
    for (const temperature of temperatures) {
      const amplitudes = modeAmplitudes(parent.modes, temperature, options);
      for (let copy = 0; copy < count; copy++) {
        yield drawn({ parent, displacements, amplitudes, temperature }, copy, options);
      }
    }
  }
}

interface Source {
  readonly parent: VibratingParent;
  readonly displacements: readonly Float64Array[];
  readonly amplitudes: Amplitudes;
  readonly temperature: number;
}

function drawn(source: Source, copy: number, options: ModeSampling): Structure {
  const { parent, displacements, amplitudes, temperature } = source;
  const { seed, minDistance = 0.6, statistics = 'classical' } = options;
  const { curvatures } = parent.modes;
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const rng = new Rng(seed, 'normal-modes', parent.id, String(temperature), copy, attempt);
    const positions = parent.atoms.positions.slice();
    let harmonic = 0;
    for (const [k, displacement] of displacements.entries()) {
      const q = amplitudes.sigmas[k] * rng.normal();
      harmonic += (curvatures[k] * q * q) / 2;
      for (let c = 0; c < positions.length; c++) positions[c] += q * displacement[c];
    }
    const atoms = withPositions(parent.atoms, positions);
    if (!areApart(atoms, minDistance)) continue;
    return {
      atoms,
      meta: {
        id: `${parent.id}/modes-${temperature}K-${String(copy).padStart(5, '0')}`,
        group: parent.group ?? parent.id,
        source: statistics === 'classical' ? 'normal-modes' : 'normal-modes-quantum',
        parent: parent.id,
        temperature,
        details: {
          attempt,
          harmonicEnergy: harmonic,
          softModes: amplitudes.capped,
          imaginaryModes: amplitudes.imaginary,
        },
      },
    };
  }
  throw new SamplingError(
    'data/no-draw',
    `no copy ${copy} of ${parent.id} at ${temperature} K keeps its atoms apart in ${TRIES} tries`,
    {
      expected: `distances of at least ${minDistance} times the sum of the covalent radii`,
      where: parent.id,
      hint: 'Lower the temperature, raise minFrequency, or look at the parent for close contacts.',
    },
  );
}

/** What `normalModeUnits` tells while it goes on. */
export type NormalModeEvent =
  | ({ readonly parent: string } & HessianEvent)
  | {
      readonly type: 'modes';
      readonly parent: string;
      /** cm^-1, softest first; imaginary ones negative. */
      readonly frequencies: Float64Array;
      /** Modes below `minFrequency`, which are capped or skipped. */
      readonly softModes: number;
    };

/** Options of `normalModeUnits`. */
export interface NormalModeUnitsOptions
  extends ModeSampling, Pick<HessianOptions, 'step' | 'concurrency'> {
  readonly calculator: Calculator;
  readonly parents: readonly Parent[];
  /** How parents are brought to rest first; `false` where they are minima already. */
  readonly relax?: Relaxation | false;
  readonly onEvent?: (event: NormalModeEvent) => void;
}

/**
 * One unit for each parent: relaxed, its Hessian taken (6N force calls), copies drawn. The relaxed
 * parent is the first structure of its unit.
 *
 * A unit throws what `minimize` and `hessian` throw, and SamplingError when the relaxation does not
 * converge.
 */
export function normalModeUnits(options: NormalModeUnitsOptions): StructureUnit[] {
  const { calculator, parents, relax = {}, onEvent, temperatures, count } = options;
  requireCount('count', count, 0);
  return parents.map((parent) => ({
    unit: `${parent.id}/modes`,
    count: temperatures.length * count + (relax === false ? 0 : 1),
    make: async (signal: AbortSignal | undefined) => {
      const abort = signal === undefined ? {} : { signal };
      const id = `${parent.id}/modes-relaxed`;
      const rest = await relaxParent(calculator, parent, { id, relax, ...abort });
      const modes = await vibrations(calculator, rest.atoms, {
        ...options,
        ...abort,
        onEvent: (event) => onEvent?.({ ...event, parent: parent.id }),
      });
      const { frequencies } = modes;
      // Which modes are soft does not depend on the temperature.
      const softModes = modeAmplitudes(modes, 0, options).capped;
      onEvent?.({ type: 'modes', parent: parent.id, frequencies, softModes });
      const vibrating = { ...parent, atoms: rest.atoms, modes };
      const copies = normalModeSet({ ...options, parents: [vibrating] });
      return rest.structure === undefined ? [...copies] : [rest.structure, ...copies];
    },
  }));
}
