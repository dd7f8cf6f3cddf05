import {
  type Atoms,
  randomRotation,
  rotated,
  type Rng,
  transformRows,
  withPositions,
  transposeMatrix,
} from '@mlffd/core';
import { curlOf } from './curl.ts';
import { gradientErrors } from './gradient.ts';
import type { AuditStructure, FloorAudit } from './report.ts';
import type { Answer, TeacherProbe } from './teacherProbe.ts';
import { longestRow, minus, rms } from './vectors.ts';

/** How much is measured. */
export interface StructureChecks {
  readonly displacement: number;
  readonly coordinates: number;
  readonly directions: number;
  readonly rotations: number;
}

/** What no student can be better at, on a single structure. */
export async function auditFloor(
  probe: TeacherProbe,
  { name, atoms }: AuditStructure,
  rng: Rng,
  checks: StructureChecks,
): Promise<FloorAudit> {
  const n = atoms.numbers.length;
  const answer = await probe.ask(atoms);
  const moved = atoms.positions.slice();
  moved[0] += checks.displacement;
  await probe.ask(withPositions(atoms, moved));
  const again = await probe.ask(atoms);
  const gradient = await gradientErrors(probe, { atoms, answer }, rng, checks);
  const turned = await rotationSpread(probe, { atoms, answer }, rng, checks.rotations);
  const curl = await curlOf(probe, atoms, rng, checks);
  return {
    name,
    atoms: n,
    periodic: [...atoms.pbc],
    energy_eV_atom: answer.energy / n,
    force_rms_eV_A: rms(answer.forces),
    force_max_eV_A: longestRow(answer.forces),
    net_force_eV_A: Math.hypot(...netForce(answer.forces)),
    torque_eV: atoms.pbc.includes(true) ? null : Math.hypot(...torque(atoms, answer.forces)),
    repeat_energy_eV_atom: Math.abs(again.energy - answer.energy) / n,
    repeat_force_eV_A: longestRow(minus(again.forces, answer.forces)),
    ...gradient,
    ...curl,
    ...turned,
  };
}

type RotationAudit = Pick<
  FloorAudit,
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
    const { energy, forces } = await probe.ask(rotated(atoms, rotation));
    low = Math.min(low, energy);
    high = Math.max(high, energy);
    const difference = minus(transformRows(forces, transposeMatrix(rotation)), answer.forces);
    squares += rms(difference) ** 2 / rotations;
    most = Math.max(most, longestRow(difference));
  }
  return {
    rotations,
    rotation_energy_spread_eV_atom: (high - low) / atoms.numbers.length,
    rotation_force_rms_eV_A: Math.sqrt(squares),
    rotation_force_max_eV_A: most,
  };
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
