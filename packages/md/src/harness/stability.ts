import { type Atoms, InvalidAtomsError, isMlffdError, MlffdError } from '@mlffd/core';
import { BondMonitor, findBonds } from '../bonds.ts';
import { MdError } from '../errors.ts';
import { LOOSELY_BOUND } from '../looselyBound.ts';

/** Errors of a guard or of a calculator that say: the structure is not sound any more. */
const UNSOUND = new Set([
  'md/broken-bond',
  'md/non-finite',
  'md/too-hot',
  'md/force-limit',
  'md/close-contact',
]);

/**
 * Watches the covalent bonds of a structure: Fu et al., "Forces are not enough", TMLR (2023), call a
 * trajectory unstable when one is more than 0.5 Angstrom from its reference.
 */
export class BondWatch {
  /** Watched bonds. */
  readonly count: number;
  readonly #monitor: BondMonitor | undefined;
  readonly #limit: number;

  /** @param limit Angstrom */
  constructor(reference: Atoms, limit: number) {
    const options = { without: LOOSELY_BOUND };
    this.count = findBonds(reference, options).length;
    this.#monitor = this.count === 0 ? undefined : new BondMonitor(reference, options);
    this.#limit = limit;
  }

  /** @throws MlffdError `md/broken-bond` */
  check(atoms: Atoms): void {
    const worst = this.#monitor?.worst(atoms);
    // Written so that NaN fails too.
    if (worst === undefined || worst.deviation <= this.#limit) return;
    const { bond, length } = worst;
    throw new MlffdError('md/broken-bond', `bond ${bond.atoms.join('-')} is broken`, {
      expected: `${bond.length.toFixed(3)} A, give or take ${this.#limit} A`,
      found: `${length.toFixed(3)} A`,
      where: `atoms ${bond.atoms.join(' and ')}`,
    });
  }
}

/**
 * An error that ends a run because the structure has come apart; undefined for any other, which is
 * no result but a failure.
 */
export function unsoundness(error: unknown): MlffdError | undefined {
  if (!isMlffdError(error)) return undefined;
  const isUnsound =
    error instanceof MdError || error.code === 'md/broken-bond'
      ? UNSOUND.has(error.code)
      : error instanceof InvalidAtomsError;
  return isUnsound ? error : undefined;
}

/** What an error says, as one sentence. */
export function sentenceOf({ message, found }: MlffdError): string {
  return found === undefined ? message : `${message}: ${found}`;
}
