import { type Atoms, symbolOf } from '@mlffd/core';
import { IpiTeacherError } from './ipiErrors.ts';

/** What a driver knows of its own, and is not told with a structure. */
interface Known {
  readonly numbers: Int32Array;
  readonly periodic: string;
  readonly charge: number;
  readonly spin: number;
}

/**
 * The structure that the drivers were started with, as far as the protocol leaves it to them:
 * species in their order, periodic axes, charge, spin.
 *
 * Where the user does not say, it is the first one asked about, once a driver has answered to it.
 */
export class DriverTemplate {
  readonly #teacher: string;
  #known: Known | undefined;
  #isConfirmed: boolean;

  constructor(teacher: string, atoms: Atoms | undefined) {
    this.#teacher = teacher;
    this.#known = atoms === undefined ? undefined : knownOf(atoms);
    this.#isConfirmed = atoms !== undefined;
  }

  /** @throws IpiTeacherError `teachers/ipi-species` for a structure that drivers would take for another */
  check(atoms: Atoms): void {
    const found = knownOf(atoms);
    this.#known ??= found;
    const difference = firstDifference(this.#known, found);
    if (difference === undefined) return;
    throw new IpiTeacherError(
      'teachers/ipi-species',
      `${this.#teacher}: this structure is not the one that its drivers have: ${difference.found}`,
      {
        ...difference,
        hint: 'i-PI drivers are told positions and cells only. Start one teacher, with its own drivers, for each composition; or set `checkSpecies: false`.',
      },
    );
  }

  /** A driver has answered. */
  confirm(): void {
    this.#isConfirmed = true;
  }

  /** All calls have failed: the first one was perhaps not what the drivers have. */
  forget(): void {
    if (!this.#isConfirmed) this.#known = undefined;
  }
}

/** The same text for structures that one driver can be asked about. */
export function compositionKey(atoms: Atoms): string {
  const { numbers, periodic, charge, spin } = knownOf(atoms);
  return `${numbers.join(' ')},${periodic},${charge},${spin}`;
}

function knownOf({ numbers, pbc, charge = 0, spin = 0 }: Atoms): Known {
  const periodic = ['a', 'b', 'c'].filter((_, axis) => pbc[axis]).join('');
  return { numbers: numbers.slice(), periodic, charge, spin };
}

function firstDifference(
  own: Known,
  other: Known,
): { readonly expected: string; readonly found: string } | undefined {
  if (own.numbers.length !== other.numbers.length) {
    return { expected: `${own.numbers.length} atoms`, found: `${other.numbers.length} atoms` };
  }
  const atom = own.numbers.findIndex((number, i) => other.numbers[i] !== number);
  if (atom >= 0) {
    return {
      expected: `${symbolOf(own.numbers[atom])} as atom ${atom}`,
      found: `${symbolOf(other.numbers[atom])} as atom ${atom}`,
    };
  }
  for (const key of ['periodic', 'charge', 'spin'] as const) {
    if (own[key] !== other[key]) {
      return {
        expected: `${key} ${own[key] === '' ? 'nowhere' : own[key]}`,
        found: `${key} ${other[key] === '' ? 'nowhere' : other[key]}`,
      };
    }
  }
  return undefined;
}
