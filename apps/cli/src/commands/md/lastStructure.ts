import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Atoms,
  type Calculator,
  copyAtoms,
  formatExtxyzFrame,
  isMlffdError,
  type MlffdError,
  writeFileAtomic,
} from '@mlffd/core';
import { MdError } from '@mlffd/md';
import { ownFile } from './folder.ts';

/** Remembers the structure that a calculator was asked about last. */
export class LastStructure {
  #atoms: Atoms | undefined;

  /** The same calculator, watched. */
  watch(calculator: Calculator): Calculator {
    const { name, properties, elements } = calculator;
    return {
      name,
      properties,
      ...(elements === undefined ? {} : { elements }),
      calculate: (atoms, wanted) => {
        this.#atoms = atoms;
        return calculator.calculate(atoms, wanted);
      },
      dispose: () => calculator.dispose(),
    };
  }

  /**
   * The error of a run that has come to a structure without an answer, with that structure in a file.
   * Other errors come back as they are.
   */
  explain(error: unknown, { folder, step }: { folder: string; step: number }): unknown {
    if (!isMlffdError(error) || error.name !== 'InvalidAtomsError') return error;
    if (this.#atoms === undefined) return error;
    const stopped = ownFile(folder, 'stopped');
    const name = `step-${String(step).padStart(8, '0')}-${error.code.replace(/^.*\//, '')}.extxyz`;
    const dump = join(stopped, name);
    try {
      mkdirSync(stopped, { recursive: true });
      writeFileAtomic(dump, formatExtxyzFrame({ atoms: copyAtoms(this.#atoms) }));
    } catch {
      // Whatever keeps it from being written, the run has ended for another reason.
      return new MdError(error.code, error.message, detailsOf(error));
    }
    return new MdError(error.code, error.message, { ...detailsOf(error), dump });
  }
}

function detailsOf(error: MlffdError): ConstructorParameters<typeof MdError>[2] {
  const { expected, found, where, hint } = error;
  return {
    ...(expected === undefined ? {} : { expected }),
    ...(found === undefined ? {} : { found }),
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  };
}
