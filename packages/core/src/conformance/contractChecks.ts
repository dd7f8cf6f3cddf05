import { copyAtoms } from '../atoms.ts';
import { isMlffdError } from '../errors.ts';
import { MAX_ATOMIC_NUMBER } from '../elements.ts';
import { cloneResults, describeError, maxDifference, show, verdict, type Check } from './probe.ts';
import type { Property, Results } from '../calculator.ts';

const PROPERTIES: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];

/** Everything asked for is there, of the right length and finite; energies add up. */
export const checkResults: Check = async ({ probe, atoms, tolerances }) => {
  const n = atoms.numbers.length;
  const properties = probe.supported(atoms, PROPERTIES);
  const results = await probe.raw(atoms, properties);
  for (const property of properties) {
    const problem = problemOf(results, property, n);
    if (problem !== undefined) return verdict(false, problem);
  }
  const { energy, energies } = results;
  if (energy === undefined || energies === undefined) {
    return verdict(true, `${properties.join(', ')} of the right length and finite`);
  }
  const sum = energies.reduce((total, value) => total + value, 0);
  const measured = Math.abs(sum - energy) / n;
  const detail = `energies add up to the energy within ${show(measured)} eV/atom`;
  return { measured, tolerance: tolerances.sum, detail };
};

/** Results belong to the caller, and the structure stays as it was. */
export const checkCopies: Check = async ({ probe, atoms }) => {
  const properties = probe.supported(atoms, PROPERTIES);
  const given = copyAtoms(atoms);
  const held = await probe.raw(given, properties);
  const snapshot = cloneResults(held);
  const moved = copyAtoms(atoms);
  moved.positions[0] += 0.01;
  await probe.calculate(moved, properties);
  if (distance(held, snapshot) !== 0) {
    return verdict(false, 'a later call changed the arrays of an earlier result');
  }
  const changed =
    maxDifference(given.positions, atoms.positions) > 0 ||
    maxDifference(given.cell, atoms.cell) > 0 ||
    maxDifference(given.numbers, atoms.numbers) > 0;
  return verdict(!changed, changed ? 'the call changed the structure' : 'results are copies');
};

/** The same question has the same answer, whatever the caller did with the first one. */
export const checkRepeatable: Check = async ({ probe, atoms, tolerances }) => {
  const properties = probe.supported(atoms, PROPERTIES);
  const first = await probe.raw(atoms, properties);
  const snapshot = cloneResults(first);
  for (const array of [first.energies, first.forces, first.stress]) array?.fill(1e3);
  const measured = distance(await probe.calculate(atoms, properties), snapshot);
  const detail = `two calls differ by ${show(measured)} (eV, eV/A, eV/A^3)`;
  return { measured, tolerance: tolerances.repeat, detail };
};

/** A property outside `properties` is refused with the right error. */
export const checkUnsupportedProperty: Check = async ({ probe, atoms }) => {
  const missing = PROPERTIES.find((property) => !probe.calculator.properties.includes(property));
  if (missing === undefined) return undefined;
  const outcome = await thrownBy(() => probe.calculate(atoms, [missing]));
  return expectError(outcome, 'PropertyNotAvailableError', `asked for ${missing}`);
};

/** An element outside `elements` is refused with the right error. */
export const checkUnsupportedElement: Check = async ({ probe, atoms }) => {
  const { elements } = probe.calculator;
  if (elements === undefined) return undefined;
  const unknown = Array.from({ length: MAX_ATOMIC_NUMBER }, (_, k) => k + 1).find(
    (z) => !elements.includes(z),
  );
  if (unknown === undefined) return undefined;
  const foreign = copyAtoms(atoms);
  foreign.numbers[0] = unknown;
  const outcome = await thrownBy(() => probe.energy(foreign));
  return expectError(outcome, 'UnsupportedElementError', `given element ${unknown}`);
};

/** NaN is refused with the right error, and the next call works. */
export const checkInvalidAtoms: Check = async ({ probe, atoms, tolerances }) => {
  const before = await probe.energy(atoms);
  const broken = copyAtoms(atoms);
  broken.positions[broken.positions.length - 1] = NaN;
  const outcome = await thrownBy(() => probe.energy(broken));
  const refused = expectError(outcome, 'InvalidAtomsError', 'given a NaN position');
  if (refused.measured !== 0) return refused;
  const measured = Math.abs((await probe.energy(atoms)) - before);
  const detail = `refuses NaN; the next call differs by ${show(measured)} eV`;
  return { measured, tolerance: tolerances.repeat, detail };
};

/** Disposing twice is harmless. */
export const checkDispose: Check = async ({ probe }) => {
  const outcome = await thrownBy(async () => {
    await probe.calculator.dispose();
    await probe.calculator.dispose();
  });
  if (outcome === undefined) return verdict(true, 'can be disposed of twice');
  return verdict(false, `disposing threw ${describeError(outcome.error)}`);
};

function problemOf(results: Results, property: Property, n: number): string | undefined {
  if (property === 'energy') {
    const { energy } = results;
    return Number.isFinite(energy) ? undefined : `energy is ${String(energy)}`;
  }
  const length = { energies: n, forces: 3 * n, stress: 6 }[property];
  const values = results[property];
  if (!(values instanceof Float64Array)) return `${property} is no Float64Array`;
  if (values.length !== length) return `${property} has ${values.length} values, not ${length}`;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  return bad === -1 ? undefined : `${property}[${bad}] is ${values[bad]}`;
}

function distance(a: Results, b: Results): number {
  const pairs: [ArrayLike<number> | undefined, ArrayLike<number> | undefined][] = [
    [
      a.energy === undefined ? undefined : [a.energy],
      b.energy === undefined ? undefined : [b.energy],
    ],
    [a.energies, b.energies],
    [a.forces, b.forces],
    [a.stress, b.stress],
  ];
  let largest = 0;
  for (const [x, y] of pairs) largest = Math.max(largest, maxDifference(x ?? [], y ?? []));
  return largest;
}

async function thrownBy(action: () => Promise<unknown>): Promise<{ error: unknown } | undefined> {
  try {
    await action();
  } catch (error) {
    return { error };
  }
  return undefined;
}

function expectError(
  outcome: { error: unknown } | undefined,
  name: string,
  situation: string,
): ReturnType<typeof verdict> {
  if (outcome === undefined) return verdict(false, `${situation}, it threw nothing`);
  const { error } = outcome;
  const isRight = isMlffdError(error) && error.name === name;
  return verdict(
    isRight,
    isRight
      ? `${situation}, it threw ${name}`
      : `${situation}, it threw ${describeError(error)}, not ${name}`,
  );
}
