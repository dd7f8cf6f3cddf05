import { formatError } from './place.ts';
import type { Place } from './place.ts';

/** Lengths a b c, Angstrom, and angles alpha beta gamma, degrees. */
export type CellParameters = readonly [number, number, number, number, number, number];

// No crystal has planes closer than this, Angstrom; below, images would be without number.
const SMALLEST_SPACING = 0.5;
const LARGEST_LENGTH = 1e5;

/**
 * Lattice vectors as rows, Angstrom: a along x, b in the xy plane, as ASE (and PDB) choose them.
 * @throws FileFormatError `<format>/bad-cell` where no cell has such parameters
 */
export function cellFromParameters(
  parameters: CellParameters,
  format: string,
  place: Place,
): Float64Array {
  const [a, b, c, alpha, beta, gamma] = parameters;
  const lengths = [a, b, c];
  const angles = [alpha, beta, gamma];
  const cosAlpha = cosine(alpha);
  const cosBeta = cosine(beta);
  const cosGamma = cosine(gamma);
  const sinGamma = gamma === 90 ? 1 : Math.sin((gamma * Math.PI) / 180);
  const y = (cosAlpha - cosBeta * cosGamma) / sinGamma;
  const z = Math.sqrt(1 - cosBeta * cosBeta - y * y);
  const valid =
    lengths.every((length) => length > 0 && length <= LARGEST_LENGTH) &&
    angles.every((angle) => angle > 0 && angle < 180) &&
    smallestSpacing(parameters, sinGamma * z) >= SMALLEST_SPACING;
  if (valid)
    return Float64Array.of(a, 0, 0, b * cosGamma, b * sinGamma, 0, c * cosBeta, c * y, c * z);
  throw formatError(`${format}/bad-cell`, place, {
    expected: `lengths up to ${LARGEST_LENGTH} Angstrom and angles of a cell whose planes are ${SMALLEST_SPACING} Angstrom apart or more`,
    found: `${lengths.join(' ')} and ${angles.join(' ')}`,
    hint: 'Lengths are in Angstrom, angles in degrees.',
  });
}

// The cosine of 90 degrees in floating point is not 0.
function cosine(degrees: number): number {
  return degrees === 90 ? 0 : Math.cos((degrees * Math.PI) / 180);
}

/** Smallest distance of lattice planes; `v` is the volume over a b c. NaN for impossible angles. */
function smallestSpacing([a, b, c, alpha, beta, gamma]: CellParameters, v: number): number {
  return Math.min(
    ...[
      [a, alpha],
      [b, beta],
      [c, gamma],
    ].map(([length, angle]) => (length * v) / Math.sin((angle * Math.PI) / 180)),
  );
}
