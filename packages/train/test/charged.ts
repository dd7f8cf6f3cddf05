import { inMemory } from '@mlffd/train';
import type { LabelledSet, LabelledStructure, TrainConfigInput } from '@mlffd/train';
import { labelledStructure, TINY_MODEL } from './morse.ts';
import { CONFIG } from './runs.ts';

/** Energy of the free atoms of the Morse potential, eV. */
const FREE_ATOMS: Readonly<Record<number, number>> = { 6: -10, 8: -20 };
/** How much stronger all bonds are with one charge, and how much weaker with one unpaired electron. */
const PER_CHARGE = 0.5;
const PER_SPIN = -0.25;

/** A structure with a charge and unpaired electrons: its bonds are as much stronger or weaker. */
function chargedStructure(
  seed: number,
  {
    charge,
    spin,
    count,
  }: { readonly charge: number; readonly spin: number; readonly count?: number },
): LabelledStructure {
  const {
    atoms,
    energy = 0,
    forces,
    stress,
  } = labelledStructure(seed, {
    periodic: count === undefined && seed % 3 === 2,
    count: count ?? (seed % 2 === 0 ? 6 : 8),
  });
  const factor = 1 + PER_CHARGE * charge + PER_SPIN * spin;
  const free = atoms.numbers.reduce((sum, z) => sum + FREE_ATOMS[z], 0);
  return {
    atoms: { ...atoms, charge, spin },
    energy: free + factor * (energy - free),
    forces: forces?.map((f) => factor * f),
    ...(stress === undefined ? {} : { stress: stress.map((s) => factor * s) }),
  };
}

/** Every structure as a cation and as an anion: only the charge tells them apart. */
export const IONS: readonly LabelledStructure[] = Array.from({ length: 24 }, (_, k) =>
  chargedStructure(Math.floor(k / 2), {
    charge: k % 2 === 0 ? 1 : -1,
    spin: Math.floor(k / 2) % 3,
  }),
);
export const ION_SET: LabelledSet = inMemory(IONS);
export const ION_SPLIT: { train: number[]; validation: number[] } = {
  train: Array.from({ length: 18 }, (_, k) => k),
  validation: Array.from({ length: 6 }, (_, k) => 18 + k),
};

/** A molecule of four atoms in 12 geometries, each of them with two charges. */
export const STATES: LabelledSet = inMemory(
  Array.from({ length: 24 }, (_, k) => {
    const charge = k % 2 === 0 ? 1 : -1;
    return chargedStructure(2 * Math.floor(k / 2), { charge, spin: 0, count: 4 });
  }),
);

/** A student that knows charge and spin. */
export const ION_CONFIG: TrainConfigInput = {
  ...CONFIG,
  model: { ...TINY_MODEL, interactions: 1, charge: true, spin: true },
};
