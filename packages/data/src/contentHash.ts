import { sha256, stableStringify } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import type { LabelledStructure, StructureMeta } from './structure.ts';

const bytesOf = (array: Float64Array | Float32Array | Int32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

function join(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function geometryBytes(atoms: Atoms): Uint8Array[] {
  const flags = Float64Array.from([
    atoms.numbers.length,
    ...atoms.pbc.map(Number),
    atoms.charge ?? NaN,
    atoms.spin ?? NaN,
  ]);
  return [flags, atoms.numbers, atoms.positions, atoms.cell].map(bytesOf);
}

/**
 * SHA-256 of what a teacher sees: elements, positions, cell, periodicity, charge and spin, bit for
 * bit. Equal hashes mean equal labels.
 */
export function geometryHash(atoms: Atoms): string {
  return sha256(join(geometryBytes(atoms)));
}

/**
 * Hash of the geometry on a grid of `tolerance` (Angstrom), after moving the first atom to the
 * origin: equal for copies that differ by a shift or by rounding. Two structures closer than the
 * tolerance may still fall on two sides of a grid line, so it finds most near duplicates, not all.
 */
export function coarseHash(atoms: Atoms, tolerance: number): string {
  const { positions, cell, numbers } = atoms;
  const grid = new Int32Array(positions.length + cell.length);
  for (let k = 0; k < positions.length; k++) {
    grid[k] = Math.round((positions[k] - positions[k % 3]) / tolerance);
  }
  for (let k = 0; k < cell.length; k++)
    grid[positions.length + k] = Math.round(cell[k] / tolerance);
  const pbc = Int32Array.from(atoms.pbc, Number);
  return sha256(join([bytesOf(numbers), bytesOf(pbc), bytesOf(grid)]));
}

/** Everything of `meta` beside id, group and source, as canonical JSON; `{}` when there is nothing. */
export function encodeMeta(meta: StructureMeta): string {
  const { parent, temperature, details } = meta;
  return stableStringify({
    ...(parent === undefined ? {} : { parent }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(details === undefined ? {} : { details }),
  });
}

/** SHA-256 of one labelled structure as a store keeps it: forces in float32, the rest in float64. */
export function structureHash(structure: LabelledStructure): string {
  const { atoms, meta, energy, forces, stress, energies } = structure;
  const head = [
    meta.id,
    meta.group,
    meta.source,
    encodeMeta(meta),
    stableStringify(atoms.info ?? {}),
    energy !== undefined,
    forces !== undefined,
    stress !== undefined,
    // Structures without them are hashed as ever.
    ...(energies === undefined ? [] : ['energies']),
  ];
  return sha256(
    join([
      Buffer.from(stableStringify(head)),
      ...geometryBytes(atoms),
      bytesOf(Float64Array.of(energy ?? NaN)),
      bytesOf(Float32Array.from(forces ?? [])),
      bytesOf(stress ?? new Float64Array()),
      ...(energies === undefined ? [] : [bytesOf(energies)]),
    ]),
  );
}
