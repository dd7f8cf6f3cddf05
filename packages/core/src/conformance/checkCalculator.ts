import { InvalidArgumentError } from '../errors.ts';
import { Rng } from '../rng.ts';
import {
  checkCopies,
  checkDispose,
  checkInvalidAtoms,
  checkRepeatable,
  checkResults,
  checkUnsupportedElement,
  checkUnsupportedProperty,
} from './contractChecks.ts';
import { checkForces, checkSmoothCutoff, checkStress } from './derivativeChecks.ts';
import { type Check, describeError, Probe } from './probe.ts';
import {
  CHECK_NAMES,
  type CheckName,
  type CheckResult,
  type ConformanceOptions,
  type ConformanceReport,
  DEFAULT_STEPS,
  DEFAULT_TOLERANCES,
  type Measurement,
  type NamedStructure,
} from './report.ts';
import {
  checkExtensivity,
  checkImages,
  checkPermutation,
  checkRotation,
  checkTranslation,
} from './symmetryChecks.ts';
import type { Atoms } from '../atoms.ts';
import type { Calculator } from '../calculator.ts';

const CHECKS: Readonly<Record<CheckName, Check>> = {
  results: checkResults,
  copies: checkCopies,
  repeatable: checkRepeatable,
  forces: checkForces,
  stress: checkStress,
  translation: checkTranslation,
  images: checkImages,
  rotation: checkRotation,
  permutation: checkPermutation,
  extensivity: checkExtensivity,
  'smooth-cutoff': checkSmoothCutoff,
  'unsupported-property': checkUnsupportedProperty,
  'unsupported-element': checkUnsupportedElement,
  'invalid-atoms': checkInvalidAtoms,
  dispose: checkDispose,
};

/** Checks that are made once, with the first structure. */
const ONCE: ReadonlySet<CheckName> = new Set([
  'unsupported-property',
  'unsupported-element',
  'invalid-atoms',
  'dispose',
]);

/**
 * Puts a calculator through everything that users of `Calculator` take for granted: results of the
 * right shape that belong to the caller, forces and stress that are derivatives of the energy,
 * symmetries, periodic images, smoothness at the cutoff, and the right errors.
 *
 * Nothing is thrown for a calculator that fails: `failures` of the report is empty when all is
 * well. Checks that do not apply (no stress, no cutoff given) leave no entry. The last check
 * disposes of the calculator; skip `dispose` to use it further.
 *
 * @throws InvalidArgumentError `conformance/no-structures`
 */
export async function checkCalculator(
  calculator: Calculator,
  options: ConformanceOptions,
): Promise<ConformanceReport> {
  const structures = options.structures.map(named);
  if (structures.length === 0) {
    throw new InvalidArgumentError('conformance/no-structures', 'there is nothing to check with', {
      expected: 'at least one structure',
      found: 'none',
    });
  }
  const probe = new Probe(calculator);
  const tolerances = { ...DEFAULT_TOLERANCES, ...options.tolerances };
  const steps = { ...DEFAULT_STEPS, ...options.steps };
  const checks: CheckResult[] = [];
  for (const name of CHECK_NAMES) {
    if (options.skip?.includes(name)) continue;
    for (const { name: structure, atoms } of ONCE.has(name) ? structures.slice(0, 1) : structures) {
      const rng = new Rng(options.seed ?? 1, name, structure);
      const measurement = await measure(() =>
        CHECKS[name]({ probe, atoms, tolerances, steps, rng }),
      );
      if (measurement === undefined) continue;
      const passed = measurement.measured <= measurement.tolerance;
      checks.push({ name, structure, passed, ...measurement });
    }
  }
  return { calculator: calculator.name, checks, failures: checks.filter(({ passed }) => !passed) };
}

/** An error inside a check is a failure of the calculator, too. */
async function measure(
  check: () => Promise<Measurement | undefined>,
): Promise<Measurement | undefined> {
  try {
    return await check();
  } catch (error) {
    return { measured: Infinity, tolerance: 0, detail: `threw ${describeError(error)}` };
  }
}

function named(structure: Atoms | NamedStructure, index: number): NamedStructure {
  return 'atoms' in structure ? structure : { name: `structure ${index}`, atoms: structure };
}
