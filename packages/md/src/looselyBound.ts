import { MAX_ATOMIC_NUMBER, numberOf } from '@mlffd/core';

/** Elements that form bonds which stay. */
const COVALENT = 'H B C N O F Si P S Cl Ge As Se Br I'.split(' ').map(numberOf);

/** The others: what binds them gives way at 300 K already, so that a long bond is no sign of trouble. */
export const LOOSELY_BOUND: ReadonlySet<number> = new Set(
  Array.from({ length: MAX_ATOMIC_NUMBER }, (_, k) => k + 1).filter((z) => !COVALENT.includes(z)),
);
