import { type Atoms, type Rng, withPositions } from '@mlffd/core';
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

/**
 * F_k + dE/dx_k at coordinates picked at random.
 *
 * D(h) = (8 (E(h) - E(-h)) - E(2h) + E(-2h)) / 12 h for the step and for half of it make
 * D = D(h/2) + (D(h/2) - D(h)) / 15 of sixth order. How far D(h/2) and D(h) are apart tells what D is
 * good for: that grows with the step where the energy is too rough for it, and as the step shrinks
 * where there is noise.
 */
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
