/**
 * How a pair energy u(r) is brought to zero at the cutoff rc.
 *
 * - `shift`: u(r) - u(rc); forces jump at rc. ASE's default.
 * - `shifted-force`: u(r) - u(rc) - (r - rc) u'(rc); energy and forces are continuous.
 * - `switch`: u(r) S(r), S = (rc^2 - r^2)^2 (rc^2 + 2 r^2 - 3 ro^2) / (rc^2 - ro^2)^3 from the onset
 *   ro on; energy and forces are continuous. ASE's `smooth=True`.
 */
export type Truncation = 'shift' | 'shifted-force' | 'switch';

export const TRUNCATIONS: readonly Truncation[] = ['shift', 'shifted-force', 'switch'];

/** u(r) = 4 epsilon ((sigma/r)^12 - (sigma/r)^6), eV. */
export function lennardJonesEnergy(r: number, epsilon: number, sigma: number): number {
  const s6 = (sigma / r) ** 6;
  return 4 * epsilon * (s6 * s6 - s6);
}

/** u'(r) = -24 epsilon (2 (sigma/r)^12 - (sigma/r)^6) / r, eV/Angstrom. */
export function lennardJonesSlope(r: number, epsilon: number, sigma: number): number {
  const s6 = (sigma / r) ** 6;
  return (-24 * epsilon * (2 * s6 * s6 - s6)) / r;
}
