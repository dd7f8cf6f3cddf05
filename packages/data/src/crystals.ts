import { createAtoms, InvalidArgumentError, repeatAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';

type Vector = readonly [number, number, number];

/** Options of the crystal builders. */
export interface CrystalOptions {
  /** `conventional` (default): the cubic cell; `primitive`: the smallest one. */
  readonly cell?: 'conventional' | 'primitive';
  /** Copies along the three lattice vectors; default one. */
  readonly repeat?: readonly [number, number, number];
}

/** A cubic lattice: its centring translations, and primitive vectors, in units of a. */
interface Lattice {
  readonly centring: readonly Vector[];
  readonly primitive: readonly Vector[];
}

const SIMPLE: Lattice = {
  centring: [[0, 0, 0]],
  primitive: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

const FACE_CENTRED: Lattice = {
  centring: [
    [0, 0, 0],
    [0, 0.5, 0.5],
    [0.5, 0, 0.5],
    [0.5, 0.5, 0],
  ],
  primitive: [
    [0, 0.5, 0.5],
    [0.5, 0, 0.5],
    [0.5, 0.5, 0],
  ],
};

const BODY_CENTRED: Lattice = {
  centring: [
    [0, 0, 0],
    [0.5, 0.5, 0.5],
  ],
  primitive: [
    [-0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0.5, 0.5, -0.5],
  ],
};

const ORIGIN: Vector = [0, 0, 0];
const QUARTER: Vector = [0.25, 0.25, 0.25];
const CENTRE: Vector = [0.5, 0.5, 0.5];

/** Face-centred cubic metal; `a` is the cubic lattice constant in Angstrom, as in all builders. */
export function fcc(symbol: string, a: number, options?: CrystalOptions): Atoms {
  return build(FACE_CENTRED, [[symbol, ORIGIN]], { ...options, a });
}

/** Body-centred cubic metal; `a` in Angstrom. */
export function bcc(symbol: string, a: number, options?: CrystalOptions): Atoms {
  return build(BODY_CENTRED, [[symbol, ORIGIN]], { ...options, a });
}

/** Diamond structure (C, Si, Ge); `a` in Angstrom. */
export function diamond(symbol: string, a: number, options?: CrystalOptions): Atoms {
  const basis = [
    [symbol, ORIGIN],
    [symbol, QUARTER],
  ] as const;
  return build(FACE_CENTRED, basis, { ...options, a });
}

/** Rocksalt structure (NaCl, MgO); `a` in Angstrom. */
export function rocksalt(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return binary(FACE_CENTRED, symbols, CENTRE)(a, options);
}

/** Zincblende structure (GaAs, ZnS); `a` in Angstrom. */
export function zincblende(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return binary(FACE_CENTRED, symbols, QUARTER)(a, options);
}

/** Caesium chloride structure; `a` in Angstrom. */
export function cscl(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return binary(SIMPLE, symbols, CENTRE)(a, options);
}

function binary(
  lattice: Lattice,
  [first, second]: readonly [string, string],
  offset: Vector,
): (a: number, options?: CrystalOptions) => Atoms {
  const basis = [
    [first, ORIGIN],
    [second, offset],
  ] as const;
  return (a, options) => build(lattice, basis, { ...options, a });
}

function build(
  lattice: Lattice,
  basis: readonly (readonly [symbol: string, position: Vector])[],
  { a, cell = 'conventional', repeat = [1, 1, 1] }: CrystalOptions & { a: number },
): Atoms {
  if (!(a > 0 && Number.isFinite(a))) {
    throw new InvalidArgumentError('data/invalid-option', 'a lattice constant must be positive', {
      expected: 'a positive length in Angstrom',
      found: String(a),
      where: 'a',
    });
  }
  const conventional = cell === 'conventional';
  const sites = basis.flatMap(([symbol, position]) =>
    (conventional ? lattice.centring : [ORIGIN]).map((shift) => ({
      symbol,
      position: position.map((x, c) => a * ((x + shift[c]) % 1)),
    })),
  );
  const atoms = createAtoms({
    symbols: sites.map(({ symbol }) => symbol),
    positions: sites.map(({ position }) => position),
    cell: (conventional ? SIMPLE : lattice).primitive.map((row) => row.map((x) => a * x)),
    pbc: true,
  });
  return repeatAtoms(atoms, repeat);
}
