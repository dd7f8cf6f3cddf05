import { createAtoms, EV_PER_AMU_A2_PER_FS2, KB, Rng } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { audit } from '../../src/audit/audit.ts';
import type { AuditOptions } from '../../src/audit/auditor.ts';
import type { Finding } from '../../src/audit/finding.ts';
import { fcc, rocksalt } from '../../src/build/crystals.ts';
import { randomStrain, rattle } from '../../src/perturb.ts';
import type { LabelledStructure, StructureMeta } from '../../src/structure.ts';
import { PairPotential } from './pairPotential.ts';

const calculator = new PairPotential();

/** A structure with the exact labels of a pair potential; stress where there is a volume. */
export function labelled(atoms: Atoms, meta: StructureMeta): LabelledStructure {
  const bulk = atoms.pbc.every(Boolean);
  return {
    atoms,
    meta,
    ...calculator.calculate(atoms, ['energy', 'forces', ...(bulk ? (['stress'] as const) : [])]),
  };
}

export const salt: Atoms = rocksalt(['Na', 'Cl'], 5.9);

/** Rattled and strained copies of rock salt. */
export function saltCopies(count: number, group = 'NaCl'): LabelledStructure[] {
  return Array.from({ length: count }, (_, k) =>
    labelled(rattle(randomStrain(salt, { amplitude: 0.02, seed: k }), { stdev: 0.05, seed: k }), {
      id: `${group}/rattle-${k}`,
      group,
      source: 'rattle',
    }),
  );
}

/** Rattled tetrahedra of magnesium: finite. */
export function clusterCopies(count: number): LabelledStructure[] {
  const tetrahedron = createAtoms({
    symbols: ['Mg', 'Mg', 'Mg', 'Mg'],
    positions: [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1].map((x) => 1.03 * x),
  });
  return Array.from({ length: count }, (_, k) =>
    labelled(rattle(tetrahedron, { stdev: 0.05, seed: k }), {
      id: `Mg4/rattle-${k}`,
      group: 'Mg4',
      source: 'cluster',
    }),
  );
}

/** Rattled copies of sodium, which tell the energies of Na and Cl apart. */
export function sodiumCopies(count: number): LabelledStructure[] {
  const metal = fcc('Na', 4.1);
  return Array.from({ length: count }, (_, k) =>
    labelled(rattle(metal, { stdev: 0.05, seed: k }), {
      id: `Na/rattle-${k}`,
      group: 'Na',
      source: 'rattle',
    }),
  );
}

/** fs. */
const TIMESTEP = 4;
/** amu, of all atoms. */
const MASS = 25;

/** Frames of molecular dynamics at constant energy, by velocity Verlet. */
export function trajectory(
  frames: number,
  {
    temperature = 150,
    stride = 4,
    group = 'md',
  }: { temperature?: number; stride?: number; group?: string } = {},
): LabelledStructure[] {
  const rng = new Rng(1, 'velocities', group);
  const scale = EV_PER_AMU_A2_PER_FS2;
  let atoms = salt;
  // Of twice the temperature, half of which becomes potential energy.
  const velocities = atoms.positions.map(
    () => rng.normal() * Math.sqrt((2 * KB * temperature) / MASS / scale),
  );
  for (let c = 0; c < 3; c++) {
    const mean = velocities.reduce((sum, v, k) => sum + (k % 3 === c ? (3 * v) / 24 : 0), 0);
    for (let k = c; k < 24; k += 3) velocities[k] -= mean;
  }
  const out: LabelledStructure[] = [];
  let { forces } = labelled(atoms, { id: '', group, source: '' });
  for (let step = 0; step < (frames + 25) * stride; step++) {
    const kick = () => {
      for (let k = 0; k < 24; k++) velocities[k] += (0.5 * TIMESTEP * forces![k]) / MASS / scale;
    };
    kick();
    atoms = { ...atoms, positions: atoms.positions.map((x, k) => x + TIMESTEP * velocities[k]) };
    const next = labelled(atoms, {
      id: `${group}/step-${step}`,
      group,
      source: 'md',
      temperature,
      details: { step },
    });
    ({ forces } = next);
    kick();
    if (step % stride === 0 && step >= 25 * stride) out.push(next);
  }
  return out;
}

/** Bulk and clusters, rattled, strained and from MD, with nothing to complain of. */
export function cleanSet(): LabelledStructure[] {
  return [...saltCopies(14), ...clusterCopies(12), ...sodiumCopies(6), ...trajectory(20)];
}

/** What one check finds. */
export function find(
  structures: Iterable<LabelledStructure>,
  check: string,
  options: AuditOptions = {},
): Finding | undefined {
  return audit(structures, options).findings.find((finding) => finding.check === check);
}

/** The structures with those of one source (or all) changed. */
export function changed(
  structures: readonly LabelledStructure[],
  change: (structure: LabelledStructure, k: number) => Partial<LabelledStructure>,
  source?: string,
): LabelledStructure[] {
  return structures.map((structure, k) =>
    source === undefined || structure.meta.source === source
      ? { ...structure, ...change(structure, k) }
      : structure,
  );
}
