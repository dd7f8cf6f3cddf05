/** Three Cartesian or lattice coordinates. */
export type Vector = readonly [number, number, number];

/** Three row vectors. */
export type Matrix = readonly [Vector, Vector, Vector];

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function length(a: Vector): number {
  return Math.sqrt(dot(a, a));
}

export function scaled(a: Vector, factor: number): Vector {
  return [a[0] * factor, a[1] * factor, a[2] * factor];
}

/** a - factor b */
export function minus(a: Vector, b: Vector, factor = 1): Vector {
  return [a[0] - factor * b[0], a[1] - factor * b[1], a[2] - factor * b[2]];
}

/** Row vector times matrix. */
export function times(a: Vector, rows: Matrix): Vector {
  const [u, v, w] = rows;
  return [
    a[0] * u[0] + a[1] * v[0] + a[2] * w[0],
    a[0] * u[1] + a[1] * v[1] + a[2] * w[1],
    a[0] * u[2] + a[1] * v[2] + a[2] * w[2],
  ];
}

/** The rows of 9 numbers, for instance of `atoms.cell`. */
export function matrixOf(values: ArrayLike<number>): Matrix {
  return [row(values, 0), row(values, 1), row(values, 2)];
}

/** Row k of a flat list of vectors, for instance the position of atom k. */
export function row(values: ArrayLike<number>, k: number): Vector {
  return [values[3 * k], values[3 * k + 1], values[3 * k + 2]];
}
