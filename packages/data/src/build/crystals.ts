import { createAtoms, repeatAtoms } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { invalidOption, requirePositive } from './invalidOption.ts';
import { estimateLattice } from './latticeEstimate.ts';
import type { LatticeEstimate } from './latticeEstimate.ts';
import { CENTRINGS, conventionalVectors, PRIMITIVE_VECTORS, PROTOTYPES } from './prototypes.ts';
import type { Prototype, PrototypeName } from './prototypes.ts';
import { minus, times } from './vector.ts';
import type { Vector } from './vector.ts';

/** Options of the crystal builders. */
export interface CrystalOptions {
  /** `conventional` (default): the cell of the textbook; `primitive`: the smallest one. */
  readonly cell?: 'conventional' | 'primitive';
  /** Copies along the three lattice vectors; default one. */
  readonly repeat?: readonly [number, number, number];
}

/** Options of the builders of hexagonal and tetragonal crystals, and of those with a free site. */
export interface ShapeOptions extends CrystalOptions {
  /** Second lattice constant of a hexagonal or tetragonal crystal, Angstrom. */
  readonly c?: number;
  /** Fractional coordinate that symmetry leaves free: of the anion in wurtzite, rutile and spinel. */
  readonly u?: number;
}

/** Options of `prototypeCrystal`. */
export interface PrototypeOptions extends ShapeOptions {
  /** Lattice constant, Angstrom; default: estimated from tabulated radii by `estimateLattice`. */
  readonly a?: number;
}

/**
 * A crystal by the name of its structure.
 *
 * | name | elements | coordination | |
 * |---|---|---|---|
 * | `fcc`, `hcp` | metal | 12 | |
 * | `bcc` | metal | 8 | |
 * | `diamond` | element | 4 | |
 * | `rocksalt` | A, X | 6 : 6 | |
 * | `cscl` | A, X | 8 : 8 | |
 * | `zincblende`, `wurtzite` | A, X | 4 : 4 | |
 * | `fluorite` | A, X of AX2 | 8 : 4 | |
 * | `antifluorite` | A, X of A2X | 4 : 8 | |
 * | `rutile` | A, X of AX2 | 6 : 3 | |
 * | `perovskite` | A, B, X of ABX3 | A 12, B 6 | cubic, B in the centre |
 * | `spinel` | A, B, X of AB2X4 | A 4, B 6 | normal; origin choice 1, u = 0.375 to 0.39 |
 *
 * Without `a` the lattice constants are estimated, mostly within 3 % (see `estimateLattice`). With
 * `a` alone c/a and u are the ideal ones (rutile: those of TiO2).
 *
 * @throws InvalidArgumentError `data/invalid-option` for a wrong number of elements, or for a
 * parameter that the structure does not have
 * @throws InvalidAtomsError for an unknown element
 */
export function prototypeCrystal(
  name: PrototypeName,
  elements: readonly string[],
  options: PrototypeOptions = {},
): Atoms {
  const prototype = PROTOTYPES[name];
  requireElements(name, prototype, elements);
  requireShape(name, prototype, options);
  const estimate: Omit<LatticeEstimate, 'radii'> =
    options.a === undefined ? estimateLattice(name, elements) : { a: options.a };
  const { a } = estimate;
  const c = options.c ?? estimate.c ?? a * (prototype.axialRatio ?? 1);
  const u = options.u ?? estimate.u ?? prototype.u ?? 0;
  requirePositive('a', a);
  requirePositive('c', c);
  const rows = conventionalVectors(prototype, c / a);
  const conventional = (options.cell ?? 'conventional') === 'conventional';
  const centring = conventional ? CENTRINGS[prototype.centring] : CENTRINGS.P;
  const vectors = PRIMITIVE_VECTORS[conventional ? 'P' : prototype.centring];
  const sites = prototype.sites(u).flatMap(([element, position]) =>
    centring.map((shift) => ({
      symbol: elements[element],
      position: times(fold(minus(position, shift, -1)), rows),
    })),
  );
  const atoms = createAtoms({
    symbols: sites.map(({ symbol }) => symbol),
    positions: sites.map(({ position }) => position.map((x) => a * x)),
    cell: vectors.map((row) => times(row, rows).map((x) => a * x)),
    pbc: true,
  });
  return repeatAtoms(atoms, options.repeat ?? [1, 1, 1]);
}

/** Face-centred cubic metal; `a` is the cubic lattice constant in Angstrom, as in all builders. */
export function fcc(symbol: string, a: number, options?: CrystalOptions): Atoms {
  return prototypeCrystal('fcc', [symbol], { ...options, a });
}

/** Body-centred cubic metal; `a` in Angstrom. */
export function bcc(symbol: string, a: number, options?: CrystalOptions): Atoms {
  return prototypeCrystal('bcc', [symbol], { ...options, a });
}

/** Hexagonal close-packed metal; `a` in Angstrom, `c` by default sqrt(8/3) a. */
export function hcp(symbol: string, a: number, options?: ShapeOptions): Atoms {
  return prototypeCrystal('hcp', [symbol], { ...options, a });
}

/** Diamond structure (C, Si, Ge); `a` in Angstrom. */
export function diamond(symbol: string, a: number, options?: CrystalOptions): Atoms {
  return prototypeCrystal('diamond', [symbol], { ...options, a });
}

/** Rocksalt structure (NaCl, MgO); `a` in Angstrom. */
export function rocksalt(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return prototypeCrystal('rocksalt', symbols, { ...options, a });
}

/** Zincblende structure (GaAs, ZnS); `a` in Angstrom. */
export function zincblende(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return prototypeCrystal('zincblende', symbols, { ...options, a });
}

/** Caesium chloride structure; `a` in Angstrom. */
export function cscl(
  symbols: readonly [string, string],
  a: number,
  options?: CrystalOptions,
): Atoms {
  return prototypeCrystal('cscl', symbols, { ...options, a });
}

/** Into [0, 1). */
function fold([x, y, z]: Vector): Vector {
  return [x - Math.floor(x), y - Math.floor(y), z - Math.floor(z)];
}

function requireElements(
  name: PrototypeName,
  prototype: Prototype | undefined,
  elements: readonly string[],
): void {
  if (prototype === undefined) {
    throw invalidOption('name', `there is no prototype ${JSON.stringify(name)}`, {
      expected: `one of ${Object.keys(PROTOTYPES).join(', ')}`,
      found: JSON.stringify(name),
    });
  }
  if (elements.length === prototype.formula.length) return;
  throw invalidOption('elements', `${name} takes ${prototype.formula.length} elements`, {
    expected: `${prototype.formula.length} symbols for ${prototype.formula.length === 1 ? 'one element' : `a formula ${prototype.formula.join(' : ')}`}`,
    found: elements.join(', '),
  });
}

function requireShape(name: string, prototype: Prototype, { c, u }: ShapeOptions): void {
  if (c !== undefined && prototype.axialRatio === undefined) {
    throw invalidOption('c', `${name} is cubic and has one lattice constant`, {
      expected: 'no c',
      found: String(c),
    });
  }
  if (u === undefined || (prototype.u !== undefined && Number.isFinite(u))) return;
  throw invalidOption('u', `u is no coordinate of ${name}`, {
    expected: prototype.u === undefined ? 'no u' : 'a finite fractional coordinate',
    found: String(u),
  });
}
