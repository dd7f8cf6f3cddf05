import { writeFileSync } from 'node:fs';
import { type Atoms, createAtoms, Rng, writeExtxyz } from '@mlffd/core';
import { fcc } from '@mlffd/data';
import { initializeParameters, saveStudent, type StudentConfig } from '@mlffd/student';

const CONFIG: StudentConfig = {
  features: 8,
  interactions: 1,
  radialBasis: { type: 'bessel', count: 5 },
  cutoff: 3,
  cutoffFunction: 'polynomial',
  maxAtomicNumber: 8,
};

/** Copper: eight atoms in a cell, not quite in their places. */
export function copper(): Atoms {
  const atoms = fcc('Cu', 3.6, { repeat: [2, 1, 1] });
  const rng = new Rng(1, 'copper');
  return { ...atoms, positions: atoms.positions.map((x) => x + 0.05 * rng.normal()) };
}

/** A molecule of three oxygen atoms, far from any minimum that a random student has. */
export function ozone(): Atoms {
  return createAtoms({ symbols: ['O', 'O', 'O'], positions: [0, 0, 0, 1.3, 0, 0, -0.3, 1.3, 0] });
}

/** Writes structures as extended XYZ. */
export function writeStart(path: string, structures: readonly Atoms[]): string {
  writeFileSync(path, writeExtxyz(structures.map((atoms) => ({ atoms }))));
  return path;
}

/** A student with random weights for hydrogen and oxygen; `scale` (eV) is that of its energies. */
export async function randomStudent(folder: string, scale: number): Promise<string> {
  await saveStudent(
    folder,
    {
      config: CONFIG,
      parameters: initializeParameters(CONFIG, 1),
      baseline: { energies: new Float64Array(9), scale, elements: [1, 8] },
      provenance: {},
    },
    { card: '# Mine\n' },
  );
  return folder;
}
