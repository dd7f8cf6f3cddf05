import { type Atoms, createAtoms, doubledCell, jumpOf, sideBySide, symbolOf } from '@mlffd/core';
import type { AuditStructure, CutoffAudit, CutoffCurve, SizeConsistencyAudit } from './report.ts';
import type { TeacherProbe } from './teacherProbe.ts';
import { longestRow, minus } from './vectors.ts';

/** Energy of a single atom, eV. */
export async function isolatedEnergy(probe: TeacherProbe, z: number): Promise<number> {
  const atom = createAtoms({ numbers: [z], positions: [0, 0, 0] });
  return (await probe.ask(atom)).energy;
}

/** E(A + B) - E(A) - E(B) for two open structures with a gap between them, and the forces. */
export async function farApart(
  probe: TeacherProbe,
  [a, b]: readonly [AuditStructure, AuditStructure],
  separation: number,
): Promise<SizeConsistencyAudit> {
  const [own, other] = [await probe.ask(a.atoms), await probe.ask(b.atoms)];
  const atoms = sideBySide(a.atoms, b.atoms, separation);
  const together = await probe.ask(atoms);
  const forces = new Float64Array(atoms.positions.length);
  forces.set(own.forces);
  forces.set(other.forces, own.forces.length);
  const n = atoms.numbers.length;
  return {
    kind: 'far-apart',
    structures: [a.name, b.name],
    atoms: n,
    separation_A: separation,
    energy_error_eV_atom: Math.abs(together.energy - own.energy - other.energy) / n,
    force_error_max_eV_A: longestRow(minus(together.forces, forces)),
  };
}

/** E(2 cells) - 2 E(1 cell) along the shortest periodic vector, and the forces. */
export async function supercell(
  probe: TeacherProbe,
  { name, atoms }: AuditStructure,
): Promise<SizeConsistencyAudit> {
  const own = await probe.ask(atoms);
  const doubled = doubledCell(atoms);
  const together = await probe.ask(doubled);
  const forces = new Float64Array(doubled.positions.length);
  forces.set(own.forces);
  forces.set(own.forces, own.forces.length);
  const n = doubled.numbers.length;
  return {
    kind: 'supercell',
    structures: [name],
    atoms: n,
    separation_A: null,
    energy_error_eV_atom: Math.abs(together.energy - 2 * own.energy) / n,
    force_error_max_eV_A: longestRow(minus(together.forces, forces)),
  };
}

/**
 * Jump of a dimer's energy and force where it crosses the cutoff: samples at -3h, -h, h, 3h; the
 * middle step less the mean of the outer ones is of order h^3 where nothing happens.
 */
export async function cutoffJump(
  probe: TeacherProbe,
  [a, b]: readonly [number, number],
  { cutoff, step, curve }: { cutoff: number; step: number; curve: boolean },
): Promise<CutoffAudit> {
  const energies: number[] = [];
  const forces: Float64Array[] = [];
  for (const offset of [-3, -1, 1, 3]) {
    const answer = await probe.ask(dimer([a, b], cutoff + offset * step));
    energies.push(answer.energy);
    forces.push(answer.forces);
  }
  let force = 0;
  for (const k of forces[0].keys()) {
    force = Math.max(force, Math.abs(jumpOf(forces.map((sample) => sample[k]))));
  }
  return {
    elements: [symbolOf(a), symbolOf(b)],
    distance_A: cutoff,
    energy_jump_eV: Math.abs(jumpOf(energies)),
    force_jump_eV_A: force,
    curve: curve ? await cutoffCurve(probe, [a, b], cutoff) : null,
  };
}

/** Where a curve begins and ends, from the cutoff, Angstrom, and its points. */
const [BEFORE, BEHIND, POINTS] = [0.45, 0.15, 41];

/** Energy and force of a dimer around the cutoff; two points are close to either side of it. */
async function cutoffCurve(
  probe: TeacherProbe,
  pair: readonly [number, number],
  cutoff: number,
): Promise<CutoffCurve> {
  const spacing = (BEFORE + BEHIND) / (POINTS - 1);
  const distances = [-1e-3, 1e-3];
  for (let k = 0; k < POINTS; k++) {
    const offset = k * spacing - BEFORE;
    if (Math.abs(offset) > 1e-2) distances.push(offset);
  }
  distances.sort((x, y) => x - y);
  const energies: number[] = [];
  const forces: number[] = [];
  for (const [k, offset] of distances.entries()) {
    distances[k] = Number((cutoff + offset).toFixed(6));
    const answer = await probe.ask(dimer(pair, distances[k]));
    energies.push(answer.energy);
    forces.push(answer.forces[3]);
  }
  const last = energies[energies.length - 1];
  return {
    distance_A: distances,
    energy_eV: energies.map((energy) => energy - last),
    force_eV_A: forces,
  };
}

function dimer(numbers: readonly [number, number], distance: number): Atoms {
  return createAtoms({ numbers: [...numbers], positions: [0, 0, 0, distance, 0, 0] });
}
