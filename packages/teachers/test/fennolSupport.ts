import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from '@jest/globals';
import { type Atoms, type AtomsInput, createAtoms, type Property, type Results } from '@mlffd/core';
import { pythonPeer } from '@mlffd/peers';
import { type FennolOptions, FennolTeacher } from '../src/python/fennolTeacher.ts';
import type { PythonTeacherEvent } from '../src/python/pythonOptions.ts';

const peer = pythonPeer('jax');

/** Tests that need FeNNol. */
export const testFennol = peer.skip === undefined ? test : test.skip;

/** Longest time of a test, ms: JAX takes seconds to load, and to compile a model for each size. */
export const PATIENCE = 120_000;

/** Kinds of tooling/python/fennol/make_model.py. */
export type ModelKind = 'molecule' | 'crystal' | 'charged' | 'angular' | 'ionic';

/** Path of a model with random parameters. */
export function modelPath(kind: ModelKind): string {
  return fileURLToPath(new URL(`fixtures/fennol/${kind}.fnx`, import.meta.url));
}

/** What FENNIXCalculator answers in float64: eV, eV/Angstrom, eV/Angstrom^3. */
export interface FennolAnswer {
  readonly model: ModelKind;
  readonly structure: string;
  readonly energy: number;
  readonly forces: readonly (readonly number[])[];
  readonly stress?: readonly number[];
}

interface Fixture {
  readonly structures: Readonly<Record<string, AtomsInput>>;
  readonly answers: readonly FennolAnswer[];
}

// tooling/python/fennol/reference.py makes it.
const FIXTURE = JSON.parse(
  readFileSync(new URL('fixtures/fennol/answers.json', import.meta.url), 'utf8'),
) as Fixture;

export function structure(name: string): Atoms {
  return createAtoms(FIXTURE.structures[name]);
}

export function answersOf(kind: ModelKind): FennolAnswer[] {
  return FIXTURE.answers.filter(({ model }) => model === kind);
}

/** A teacher with what it tells; XLA compiles in half the time where it need not make fast programs. */
export async function startFennol(
  options: FennolOptions,
): Promise<{ teacher: FennolTeacher; events: PythonTeacherEvent[] }> {
  const events: PythonTeacherEvent[] = [];
  const teacher = await FennolTeacher.start({
    ...(peer.python === undefined ? {} : { python: peer.python }),
    onEvent: (event) => events.push(event),
    ...options,
    env: { XLA_FLAGS: '--xla_backend_optimization_level=0', ...options.env },
  });
  return { teacher, events };
}

/** Everything that a structure has an answer for. */
export function propertiesOf(atoms: Atoms): Property[] {
  return atoms.pbc[0] ? ['energy', 'forces', 'stress'] : ['energy', 'forces'];
}

/** Largest difference over all properties, relative to the largest number where that is above 1. */
export function differenceFrom(answer: FennolAnswer, results: Results): number {
  const pairs: [ArrayLike<number>, ArrayLike<number>][] = [
    [[answer.energy], [results.energy ?? NaN]],
    [answer.forces.flat(), results.forces ?? []],
  ];
  if (answer.stress !== undefined) pairs.push([answer.stress, results.stress ?? []]);
  const differences = pairs.map(([expected, found]) => relativeDifference(expected, found));
  return differences.includes(NaN) ? NaN : Math.max(...differences);
}

/** NaN where there is one, or where the lengths differ. */
function relativeDifference(expected: ArrayLike<number>, found: ArrayLike<number>): number {
  if (expected.length !== found.length) return NaN;
  const numbers = Array.from(expected);
  const scale = Math.max(1, ...numbers.map(Math.abs));
  return Math.max(...numbers.map((number, k) => Math.abs(found[k] - number) / scale));
}
