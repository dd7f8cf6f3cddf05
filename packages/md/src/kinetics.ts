import { EV_PER_AMU_A2_PER_FS2, KB } from '@mlffd/core';

/**
 * Kinetic energy, eV: K = sum_i m_i v_i^2 / 2.
 *
 * @param velocities 3N, Angstrom/fs
 * @param masses N, amu
 */
export function kineticEnergy(velocities: Float64Array, masses: Float64Array): number {
  let twice = 0;
  for (let i = 0, k = 0; i < masses.length; i += 1, k += 3) {
    const x = velocities[k];
    const y = velocities[k + 1];
    const z = velocities[k + 2];
    twice += masses[i] * (x * x + y * y + z * z);
  }
  return 0.5 * EV_PER_AMU_A2_PER_FS2 * twice;
}

/**
 * Degrees of freedom left when total momentum is fixed at zero: 3N - 3; 3 for a single atom, whose
 * motion could only be relative to an outside field.
 */
export function defaultDegreesOfFreedom(atomCount: number): number {
  return atomCount > 1 ? 3 * atomCount - 3 : 3;
}

/**
 * Kinetic temperature, K: T = 2 K / (ndof kB).
 *
 * `ndof` is 3N - 3 unless given: right for dynamics that keeps the centre of mass at rest (NVE).
 * Langevin dynamics also thermalises the centre of mass: there it is 3N, and {@link runMd} uses that.
 *
 * @param velocities 3N, Angstrom/fs
 * @param masses N, amu
 */
export function temperatureOf(
  velocities: Float64Array,
  masses: Float64Array,
  options: { readonly ndof?: number } = {},
): number {
  const ndof = options.ndof ?? defaultDegreesOfFreedom(masses.length);
  return (2 * kineticEnergy(velocities, masses)) / (ndof * KB);
}

/**
 * Total momentum, amu Angstrom/fs, 3 values.
 *
 * @param velocities 3N, Angstrom/fs
 * @param masses N, amu
 */
export function totalMomentum(velocities: Float64Array, masses: Float64Array): Float64Array {
  const momentum = new Float64Array(3);
  for (let i = 0, k = 0; i < masses.length; i += 1, k += 3) {
    for (let c = 0; c < 3; c += 1) momentum[c] += masses[i] * velocities[k + c];
  }
  return momentum;
}

/**
 * Takes the motion of the centre of mass out of the velocities, in place.
 *
 * @param velocities 3N, Angstrom/fs
 * @param masses N, amu
 */
export function removeDrift(velocities: Float64Array, masses: Float64Array): void {
  const momentum = totalMomentum(velocities, masses);
  let total = 0;
  for (const mass of masses) total += mass;
  for (let k = 0; k < velocities.length; k += 1) velocities[k] -= momentum[k % 3] / total;
}

/**
 * Kinetic (ideal gas) part of the stress, eV/Angstrom^3, Voigt xx yy zz yz xz xy, tension positive:
 * s_ab = -sum_i m_i v_ia v_ib / V. Add it to the calculator's stress for the instantaneous stress.
 *
 * @param velocities 3N, Angstrom/fs
 * @param masses N, amu
 * @param cellVolume Angstrom^3
 */
export function kineticStress(
  velocities: Float64Array,
  masses: Float64Array,
  cellVolume: number,
): Float64Array {
  const stress = new Float64Array(6);
  for (let i = 0, k = 0; i < masses.length; i += 1, k += 3) {
    const factor = (masses[i] * EV_PER_AMU_A2_PER_FS2) / cellVolume;
    const x = velocities[k];
    const y = velocities[k + 1];
    const z = velocities[k + 2];
    stress[0] -= factor * x * x;
    stress[1] -= factor * y * y;
    stress[2] -= factor * z * z;
    stress[3] -= factor * y * z;
    stress[4] -= factor * x * z;
    stress[5] -= factor * x * y;
  }
  return stress;
}
