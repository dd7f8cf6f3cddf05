import { performance } from 'node:perf_hooks';
import {
  type Atoms,
  randomRotation,
  type Rng,
  transformRows,
  withPositions,
  transposeMatrix,
} from '@mlffd/core';
import type { StructureAudit } from './report.ts';
import type { Answer, TeacherProbe } from './teacherProbe.ts';

/** How much is measured. */
export interface StructureChecks {
  readonly displacement: number;
  readonly coordinates: number;
  readonly rotations: number;
  readonly repeats: number;
}

/** Moves between calls that are timed, Angstrom: many calculators keep the last answer. */
const STIR = 1e-3;

/** Everything that is measured on a single structure. */
export async function auditStructure(
  probe: TeacherProbe,
  { name, atoms }: { name: string; atoms: Atoms },
  rng: Rng,
  checks: StructureChecks,
): Promise<StructureAudit> {
  const n = atoms.numbers.length;
  const answer = await probe.ask(atoms);
  const latency = await latencyOf(probe, atoms, checks.repeats);
  const again = await probe.ask(atoms);
  const gradient = await gradientErrors(probe, { atoms, answer }, rng, checks);
  const turned = await rotationSpread(probe, { atoms, answer }, rng, checks.rotations);
  return {
    name,
    atoms: n,
    periodic: [...atoms.pbc],
    energy_eV_atom: answer.energy / n,
    force_rms_eV_A: rms(answer.forces),
    force_max_eV_A: largestLength(answer.forces),
    net_force_eV_A: Math.hypot(...netForce(answer.forces)),
    torque_eV: atoms.pbc.includes(true) ? null : Math.hypot(...torque(atoms, answer.forces)),
    repeat_energy_eV_atom: Math.abs(again.energy - answer.energy) / n,
    repeat_force_eV_A: largestLength(minus(again.forces, answer.forces)),
    ...gradient,
    ...turned,
    ...latency,
  };
}

type GradientAudit = Pick<
  StructureAudit,
  | 'gradient_coordinates'
  | 'gradient_error_rms_eV_A'
  | 'gradient_error_max_eV_A'
  | 'gradient_resolution_eV_A'
>;

/**
 * F_k + dE/dx_k at coordinates picked at random.
 *
 * D(h) = (8 (E(h) - E(-h)) - E(2h) + E(-2h)) / 12 h for the step and for half of it make
 * D = D(h/2) + (D(h/2) - D(h)) / 15 of sixth order. How far D(h/2) and D(h) are apart tells what D is
 * good for: that grows with the step where the energy is too rough for it, and as the step shrinks
 * where there is noise.
 */
async function gradientErrors(
  probe: TeacherProbe,
  { atoms, answer }: { atoms: Atoms; answer: Answer },
  rng: Rng,
  { displacement: h, coordinates }: StructureChecks,
): Promise<GradientAudit> {
  const { length } = atoms.positions;
  const picked = rng.shuffle(Array.from({ length }, (_, k) => k)).slice(0, coordinates);
  const errors = new Float64Array(picked.length);
  let resolution = 0;
  for (const [p, k] of picked.entries()) {
    const differences: number[] = [];
    for (const offset of [0.5 * h, h, 2 * h]) {
      const energies: number[] = [];
      for (const signed of [-offset, offset]) {
        const positions = atoms.positions.slice();
        positions[k] += signed;
        energies.push((await probe.ask(withPositions(atoms, positions))).energy);
      }
      differences.push(energies[1] - energies[0]);
    }
    const [inner, middle, outer] = differences;
    const coarse = (8 * middle - outer) / (12 * h);
    const fine = (8 * inner - middle) / (6 * h);
    errors[p] = answer.forces[k] + fine + (fine - coarse) / 15;
    resolution = Math.max(resolution, Math.abs(fine - coarse));
  }
  return {
    gradient_coordinates: picked.length,
    gradient_error_rms_eV_A: rms(errors),
    gradient_error_max_eV_A: errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0),
    gradient_resolution_eV_A: resolution,
  };
}

type RotationAudit = Pick<
  StructureAudit,
  | 'rotations'
  | 'rotation_energy_spread_eV_atom'
  | 'rotation_force_rms_eV_A'
  | 'rotation_force_max_eV_A'
>;

/** The structure turned as a whole, cell included, and its forces turned back. */
async function rotationSpread(
  probe: TeacherProbe,
  { atoms, answer }: { atoms: Atoms; answer: Answer },
  rng: Rng,
  rotations: number,
): Promise<RotationAudit> {
  let [low, high] = [answer.energy, answer.energy];
  let squares = 0;
  let most = 0;
  for (let r = 0; r < rotations; r++) {
    const rotation = randomRotation(rng);
    const turned = withPositions(
      atoms,
      transformRows(atoms.positions, rotation),
      transformRows(atoms.cell, rotation),
    );
    const { energy, forces } = await probe.ask(turned);
    low = Math.min(low, energy);
    high = Math.max(high, energy);
    const difference = minus(transformRows(forces, transposeMatrix(rotation)), answer.forces);
    squares += rms(difference) ** 2 / rotations;
    most = Math.max(most, largestLength(difference));
  }
  return {
    rotations,
    rotation_energy_spread_eV_atom: (high - low) / atoms.numbers.length,
    rotation_force_rms_eV_A: Math.sqrt(squares),
    rotation_force_max_eV_A: most,
  };
}

async function latencyOf(
  probe: TeacherProbe,
  atoms: Atoms,
  repeats: number,
): Promise<Pick<StructureAudit, 'latency_min_ms' | 'latency_median_ms'>> {
  const times: number[] = [];
  for (let k = 0; k < repeats; k++) {
    const positions = atoms.positions.slice();
    positions[0] += STIR * (k + 1);
    const moved = withPositions(atoms, positions);
    const start = performance.now();
    await probe.ask(moved);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const middle = (times[(repeats - 1) >> 1] + times[repeats >> 1]) / 2;
  return { latency_min_ms: times[0], latency_median_ms: middle };
}

function netForce(forces: Float64Array): Float64Array {
  const sum = new Float64Array(3);
  for (const [k, force] of forces.entries()) sum[k % 3] += force;
  return sum;
}

/** About the mean position, so that a net force does not count as a torque by where the origin is. */
function torque({ positions }: Atoms, forces: Float64Array): Float64Array {
  const center = netForce(positions).map((sum) => (3 * sum) / positions.length);
  const out = new Float64Array(3);
  for (let i = 0; i < forces.length; i += 3) {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [(k + 1) % 3, (k + 2) % 3];
      out[k] +=
        (positions[i + a] - center[a]) * forces[i + b] -
        (positions[i + b] - center[b]) * forces[i + a];
    }
  }
  return out;
}

export function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value - b[k]);
}

function rms(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** Of the rows of 3. */
export function largestLength(rows: Float64Array): number {
  let most = 0;
  for (let i = 0; i < rows.length; i += 3) {
    most = Math.max(most, Math.hypot(rows[i], rows[i + 1], rows[i + 2]));
  }
  return most;
}
