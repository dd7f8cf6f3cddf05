import { type Atoms, type Rng, withPositions } from '@mlffd/core';
import type { FloorAudit } from './report.ts';
import type { TeacherProbe } from './teacherProbe.ts';
import { minus, rms } from './vectors.ts';

type CurlAudit = Pick<
  FloorAudit,
  | 'curl_directions'
  | 'curl_rms_eV_A2'
  | 'curl_max_eV_A2'
  | 'curl_resolution_eV_A2'
  | 'curl_part'
  | 'curl_part_resolution'
>;

/**
 * The antisymmetric part of J = dF/dr, which is zero where F is the gradient of any energy at all.
 *
 * Along orthonormal directions v_k, taken at random, differences of forces give J v_k; every two of
 * them give u.J.v - v.J.u. With d = 3N coordinates the mean square of that is 4 |A|^2 / d (d - 1), A
 * being the antisymmetric part, and the mean square of |J v| is |J|^2 / d: their ratio is
 * `curl_part`. Steps move an atom by half of `displacement` on average, as forces are less noisy than
 * energies; steps of half the size make the differences of fourth order, and how far both are apart
 * tells what they are good for.
 */
export async function curlOf(
  probe: TeacherProbe,
  atoms: Atoms,
  rng: Rng,
  { displacement, directions }: { readonly displacement: number; readonly directions: number },
): Promise<CurlAudit> {
  const d = atoms.positions.length;
  const basis = orthonormal(Math.min(directions, d), d, rng);
  const step = (displacement / 2) * Math.sqrt(d / 3);
  const coarse: Float64Array[] = [];
  const fine: Float64Array[] = [];
  for (const direction of basis) {
    coarse.push(await slope(probe, atoms, direction, step));
    fine.push(await slope(probe, atoms, direction, step / 2));
  }
  const best = fine.map((values, k) =>
    values.map((value, i) => value + (value - coarse[k][i]) / 3),
  );
  const curls = twists(basis, best);
  const noise = minus(twists(basis, fine), twists(basis, coarse));
  const whole = rms(best.map((values) => Math.hypot(...values)));
  // |A| / |J| from the means over pairs and directions.
  const scale = whole === 0 ? 0 : Math.sqrt(d - 1) / 2 / whole;
  return {
    curl_directions: basis.length,
    curl_rms_eV_A2: rms(curls),
    curl_max_eV_A2: curls.reduce((most, curl) => Math.max(most, Math.abs(curl)), 0),
    curl_resolution_eV_A2: rms(noise),
    curl_part: scale * rms(curls),
    curl_part_resolution: scale * rms(noise),
  };
}

/** (F(r + h v) - F(r - h v)) / 2 h. */
async function slope(
  probe: TeacherProbe,
  atoms: Atoms,
  direction: Float64Array,
  h: number,
): Promise<Float64Array> {
  const at = async (offset: number): Promise<Float64Array> => {
    const positions = atoms.positions.map((x, k) => x + offset * direction[k]);
    return (await probe.ask(withPositions(atoms, positions))).forces;
  };
  const [ahead, behind] = [await at(h), await at(-h)];
  return ahead.map((force, k) => (force - behind[k]) / (2 * h));
}

/** u.J.v - v.J.u of every two directions. */
function twists(basis: readonly Float64Array[], slopes: readonly Float64Array[]): Float64Array {
  const found: number[] = [];
  for (let a = 0; a < basis.length; a++) {
    for (let b = 0; b < a; b++) found.push(dot(basis[a], slopes[b]) - dot(basis[b], slopes[a]));
  }
  return Float64Array.from(found);
}

/** Orthonormal vectors, random as a whole: normal numbers by Gram and Schmidt, twice. */
function orthonormal(count: number, length: number, rng: Rng): Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < count) {
    const vector = new Float64Array(length).map(() => rng.normal());
    for (const other of [...basis, ...basis]) {
      const part = dot(vector, other);
      for (let k = 0; k < length; k++) vector[k] -= part * other[k];
    }
    const norm = Math.sqrt(dot(vector, vector));
    basis.push(vector.map((x) => x / norm));
  }
  return basis;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}
