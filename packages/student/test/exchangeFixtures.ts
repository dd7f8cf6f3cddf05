import { readFileSync } from 'node:fs';
import { type Atoms, createAtoms } from '@mlffd/core';

/** What schnetpack says about a structure. */
interface Answer {
  readonly structure: string;
  /** eV */
  readonly energy: number;
  /** eV/Angstrom */
  readonly forces: readonly number[];
  /** eV/Angstrom^3, Voigt; only where all axes are periodic. */
  readonly stress?: readonly number[];
}

interface Answers {
  readonly structures: readonly {
    readonly name: string;
    readonly numbers: number[];
    readonly positions: number[][];
    readonly cell?: number[];
    readonly pbc?: boolean[];
  }[];
  readonly float64: readonly Answer[];
  readonly float32?: readonly Answer[];
}

const file = (name: string): URL => new URL(`fixtures/exchange/${name}`, import.meta.url);

/** A file made by tooling/python/schnetpack/exchange_golden.py. */
export const fixtureBytes = (name: string): Uint8Array => readFileSync(file(name));

/** Answers of schnetpack 2.1.1 for an exchanged model. */
export function fixtureAnswers(name: string): Answers {
  return JSON.parse(readFileSync(file(`${name}.json`), 'utf8')) as Answers;
}

/** Structure of an answer. */
export function atomsOf({ structures }: Answers, name: string): Atoms {
  const found = structures.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no structure ${name}`);
  return createAtoms({ ...found });
}
