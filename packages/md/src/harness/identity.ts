import {
  type Atoms,
  cellDeterminant,
  chemicalFormula,
  InvalidArgumentError,
  type Machine,
  masses,
  sha256,
  stableStringify,
} from '@mlffd/core';
import { requireFinite, requireInteger, requirePositive } from '../errors.ts';
import { MIN_SAMPLES } from '../lowFrequency.ts';
import {
  HARNESS_DEFAULTS,
  type HarnessSettings,
  type HarnessSubject,
  type HarnessSystem,
  type SystemReport,
} from './types.ts';

/** Version of the form of records; others are refused. */
export const HARNESS_SCHEMA = 1;

/** One amu/Angstrom^3, g/cm^3 (CODATA 2014, as all units of core). */
const GRAM_PER_CM3 = 1.66053904;

/**
 * Settings with defaults put in.
 *
 * @throws InvalidArgumentError `md/invalid-option`
 */
export function harnessSettings(given: Partial<HarnessSettings> = {}): HarnessSettings {
  const settings = { ...HARNESS_DEFAULTS, ...given };
  for (const name of ['timestep', 'picoseconds', 'temperature', 'bondLimit'] as const) {
    requirePositive(name, settings[name]);
  }
  requireFinite('equilibration', settings.equilibration);
  requireInteger('warmup', settings.warmup, 0);
  requireInteger('seed', settings.seed, 0);
  if (settings.equilibration >= 0 && stepsOf(settings) >= MIN_SAMPLES) return settings;
  const isShort = stepsOf(settings) < MIN_SAMPLES;
  throw new InvalidArgumentError(
    'md/invalid-option',
    isShort ? 'the run is too short to measure' : 'equilibration must not be negative',
    {
      expected: isShort ? `at least ${MIN_SAMPLES} steps` : 'a time of at least 0 ps',
      found: isShort ? `${stepsOf(settings)} steps` : `${settings.equilibration} ps`,
      where: isShort ? 'picoseconds' : 'equilibration',
      hint: isShort ? 'Run longer.' : 'Give 0 for no equilibration.',
    },
  );
}

/** Steps of the run. */
export function stepsOf({ picoseconds, timestep }: HarnessSettings): number {
  return Math.round((1000 * picoseconds) / timestep);
}

/** Steps of the equilibration. */
export function equilibrationSteps({ equilibration, timestep }: HarnessSettings): number {
  return Math.round((1000 * equilibration) / timestep);
}

/** Steps after the run whose neighbour lists are timed. */
export const LIST_STEPS = 200;

/** Steps that one system takes. */
export function stepsOfSystem(settings: HarnessSettings): number {
  return equilibrationSteps(settings) + stepsOf(settings) + LIST_STEPS;
}

/** What a record keeps of a system. */
export function systemReport({
  name,
  atoms,
  relax,
  source = 'given',
}: HarnessSystem): SystemReport {
  const { numbers, positions, cell, pbc, charge = 0, spin = 0 } = atoms;
  const periodic = pbc.some(Boolean);
  return {
    name,
    atoms: numbers.length,
    formula: chemicalFormula(atoms.numbers),
    periodic,
    density: pbc.every(Boolean) ? densityOf(atoms) : null,
    source,
    hash: shortHash({
      numbers,
      positions,
      cell: periodic ? cell : [],
      pbc,
      charge,
      spin,
      relax: relax ?? 'where-needed',
    }),
  };
}

/** Of all that a timing depends on, so that equal keys may be compared. */
export function recordKey(parts: {
  readonly machine: Machine;
  readonly subject: HarnessSubject;
  readonly system: Pick<SystemReport, 'hash'>;
  readonly settings: HarnessSettings;
}): string {
  const { machine, subject, system, settings } = parts;
  const { hash, details } = subject;
  return shortHash({ machine, subject: { hash, details }, system: system.hash, settings });
}

/** 16 hexadecimal digits of the content of a value. */
export function shortHash(value: unknown): string {
  return sha256(stableStringify({ schema: HARNESS_SCHEMA, value })).slice(0, 16);
}

/** Mass over volume, g/cm^3. */
function densityOf(atoms: Atoms): number {
  const mass = masses(atoms).reduce((total, m) => total + m, 0);
  return (mass / Math.abs(cellDeterminant(atoms.cell))) * GRAM_PER_CM3;
}
