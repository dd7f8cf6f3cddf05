import { type Atoms, type Rng, slopeOf, withPositions } from '@mlffd/core';
import type { FloorAudit } from './report.ts';
import type { Answer, TeacherProbe } from './teacherProbe.ts';
import { rms } from './vectors.ts';

type GradientAudit = Pick<
  FloorAudit,
  | 'gradient_coordinates'
  | 'gradient_error_rms_eV_A'
  | 'gradient_error_max_eV_A'
  | 'gradient_resolution_eV_A'
>;

/** F_k + dE/dx_k at coordinates picked at random, by differences over half the step to twice it. */
export async function gradientErrors(
  probe: TeacherProbe,
  { atoms, answer }: { atoms: Atoms; answer: Answer },
  rng: Rng,
  { displacement: h, coordinates }: { readonly displacement: number; readonly coordinates: number },
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
    const slope = slopeOf(differences, 0.5 * h);
    errors[p] = answer.forces[k] + slope.value;
    resolution = Math.max(resolution, slope.resolution);
  }
  return {
    gradient_coordinates: picked.length,
    gradient_error_rms_eV_A: rms(errors),
    gradient_error_max_eV_A: errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0),
    gradient_resolution_eV_A: resolution,
  };
}
