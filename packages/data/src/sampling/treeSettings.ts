import { invalidOption, requireCount, requirePositive } from '../build/invalidOption.ts';
import type { LabelProperty } from '../structure.ts';
import type { StepScale } from './treeMove.ts';
import type { EnergyPer } from './treeParent.ts';

/** How a tree of rattled and relaxed structures grows; all have defaults. */
export interface TreeOptions {
  /** Weight of low energies against young generations when a parent is chosen; default 0.5. */
  readonly beta?: number;
  /** K, of the choice of a parent and of the acceptance; default 300. */
  readonly temperature?: number;
  /**
   * Whether energies are compared per atom, so that the temperature means the same for any size, or
   * as a whole; default `atom`.
   */
  readonly energyPer?: EnergyPer;
  /** Range of the displacements per coordinate, drawn log-uniformly, Angstrom; default 0.01 to 0.1. */
  readonly sigma?: readonly [number, number];
  /**
   * Standard deviation of each component of a random strain of the root's cell, dimensionless (0.02
   * is 2 %), at most 0.1; only for periodic structures. Default 0.
   */
  readonly strain?: number;
  /** Most relaxation steps of a child; default 20. */
  readonly relaxSteps?: number;
  /** What a relaxation step is scaled by; default `largest`. */
  readonly stepScale?: StepScale;
  /** Largest probability to stop the relaxation after a step; default 0.25. */
  readonly stopProbability?: number;
  /** Longest force that is accepted, eV/Angstrom; default 30. */
  readonly maxForce?: number;
  /** Smallest distance as a fraction of the sum of the covalent radii; default 0.6. */
  readonly minDistance?: number;
  /** Smallest distance of any two atoms, Angstrom; default 0.5. */
  readonly minSeparation?: number;
  /**
   * Smallest distance from every other member of the tree, as `TreePool` measures it: the mean
   * displacement of the atoms, Angstrom. Default 0.1.
   */
  readonly minDisplacement?: number;
  /** Labels to keep; default energy and forces. */
  readonly properties?: readonly LabelProperty[];
}

/** `TreeOptions`, complete and checked. */
export type TreeSettings = Required<TreeOptions>;

/**
 * Fills in what is left open.
 *
 * @throws InvalidArgumentError for an option out of range
 */
export function treeSettings(options: TreeOptions): TreeSettings {
  const settings: TreeSettings = {
    beta: options.beta ?? 0.5,
    temperature: options.temperature ?? 300,
    energyPer: options.energyPer ?? 'atom',
    sigma: options.sigma ?? [0.01, 0.1],
    strain: options.strain ?? 0,
    relaxSteps: options.relaxSteps ?? 20,
    stepScale: options.stepScale ?? 'largest',
    stopProbability: options.stopProbability ?? 0.25,
    maxForce: options.maxForce ?? 30,
    minDistance: options.minDistance ?? 0.6,
    minSeparation: options.minSeparation ?? 0.5,
    minDisplacement: options.minDisplacement ?? 0.1,
    properties: options.properties ?? ['energy', 'forces'],
  };
  const [low, high] = settings.sigma;
  if (!(low > 0 && high >= low && Number.isFinite(high))) {
    throw invalidOption('sigma', 'sigma must be a range above 0', {
      expected: '[low, high] in Angstrom with 0 < low <= high',
      found: `[${low}, ${high}]`,
    });
  }
  requirePositive('temperature', settings.temperature, 'K');
  requireRange('maxForce', settings.maxForce, [Number.MIN_VALUE, Infinity]);
  requireCount('relaxSteps', settings.relaxSteps, 0);
  for (const name of ['beta', 'stopProbability'] as const)
    requireRange(name, settings[name], [0, 1]);
  requireRange('strain', settings.strain, [0, 0.1]);
  for (const name of ['minDistance', 'minSeparation', 'minDisplacement'] as const) {
    requireRange(name, settings[name], [0, Number.MAX_VALUE]);
  }
  return settings;
}

function requireRange(name: string, value: number, [least, most]: readonly [number, number]): void {
  if (value >= least && value <= most) return;
  throw invalidOption(name, `${name} ${value} is out of range`, {
    expected: `a number from ${least} to ${most}`,
    found: String(value),
  });
}
