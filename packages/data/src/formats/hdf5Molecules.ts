import type { LabelledStructure, StructureMeta } from '../structure.ts';
import { Hdf5Reader } from '../store/hdf5Reader.ts';
import { formatError, makeAtoms, quoted } from './place.ts';

/** One molecule of a file: a group with conformers of the same atoms. */
export interface MoleculeGroup {
  /** Path of the group, without the leading slash. */
  readonly path: string;
  readonly numbers: Int32Array;
  readonly charge?: number;
  readonly source: string;
}

/** Datasets of a molecule, and what their values are in our units. */
export interface ConformerLayout {
  /** For error codes, e.g. `ani`. */
  readonly format: string;
  readonly positions: string;
  readonly energy: string;
  readonly forces: string;
  /** One unit of the positions, Angstrom. */
  readonly length: number;
  /** One unit of the energies, eV. */
  readonly energyUnit: number;
  /** One unit of the forces, eV/Angstrom; negative for a gradient. */
  readonly forceUnit: number;
}

/** Conformers that are read at once. */
const PIECE = 256;

/** Groups in groups that are looked into; ANI-1 has one in another. A damaged file may have circles. */
const DEPTH = 4;

/** A group that holds one of the datasets asked for. */
export interface FoundGroup {
  readonly path: string;
  readonly member: string;
}

/** Groups that hold a dataset of one of the given names. */
export function* moleculeGroups(
  reader: Hdf5Reader,
  members: readonly string[],
  group = '',
): Generator<FoundGroup, void, undefined> {
  const names = reader.keys(group === '' ? '/' : group);
  const member = members.find((name) => names.includes(name));
  if (member !== undefined) {
    yield { path: group, member };
    return;
  }
  if (group.split('/').length > DEPTH) return;
  for (const name of names) {
    const path = group === '' ? name : `${group}/${name}`;
    if (reader.isGroup(path)) yield* moleculeGroups(reader, members, path);
  }
}

/**
 * Conformers of a molecule with the labels they have; what is NaN is not known.
 *
 * @throws FileFormatError for datasets whose shapes do not fit together
 */
export function* conformersOf(
  reader: Hdf5Reader,
  molecule: MoleculeGroup,
  layout: ConformerLayout,
): Generator<LabelledStructure, void, undefined> {
  const { path, numbers } = molecule;
  const n = numbers.length;
  const dataset = (name: string): string => `${path}/${name}`;
  const [count] = expectShape(reader, layout, dataset(layout.positions), [undefined, n, 3]);
  const has = (name: string, shape: readonly number[]): boolean => {
    if (!reader.has(dataset(name))) return false;
    expectShape(reader, layout, dataset(name), shape);
    return true;
  };
  const hasEnergy = has(layout.energy, [count]);
  const hasForces = has(layout.forces, [count, n, 3]);
  for (let start = 0; start < count; start += PIECE) {
    const end = Math.min(start + PIECE, count);
    const values = (name: string): Float64Array =>
      Float64Array.from(reader.numbers(dataset(name), start, end) as Float64Array);
    const positions = values(layout.positions);
    const energies = hasEnergy ? values(layout.energy) : undefined;
    const forces = hasForces ? values(layout.forces) : undefined;
    for (let k = 0; k < end - start; k++) {
      const rows = (all: Float64Array, unit: number): Float64Array =>
        all.slice(3 * n * k, 3 * n * (k + 1)).map((x) => x * unit);
      const where = `${reader.path}, ${path}, conformer ${start + k}`;
      const energy = (energies?.[k] ?? NaN) * layout.energyUnit;
      const force = forces === undefined ? undefined : rows(forces, layout.forceUnit);
      const input = {
        numbers,
        positions: rows(positions, layout.length),
        ...(molecule.charge === undefined ? {} : { charge: molecule.charge }),
      };
      yield {
        atoms: makeAtoms(layout.format, input, () => ({ where })),
        meta: metaOf(molecule, start + k),
        ...(Number.isNaN(energy) ? {} : { energy }),
        ...(force === undefined || force.some(Number.isNaN) ? {} : { forces: force }),
      };
    }
  }
}

function metaOf({ path, source }: MoleculeGroup, k: number): StructureMeta {
  return { id: `${path}/${String(k).padStart(6, '0')}`, group: path, source };
}

/** Shape of a dataset; `undefined` stands for any number. */
export function expectShape(
  reader: Hdf5Reader,
  { format }: Pick<ConformerLayout, 'format'>,
  name: string,
  expected: readonly (number | undefined)[],
): readonly number[] {
  const shape = reader.shape(name);
  const fits =
    shape.length === expected.length &&
    expected.every((size, axis) => size === undefined || size === shape[axis]);
  if (fits) return shape;
  throw formatError(
    `${format}/bad-shape`,
    { where: `${reader.path}, ${name}` },
    {
      expected: `the shape ${expected.map((size) => size ?? 'any').join(' x ')}`,
      found: shape.join(' x ') || 'a single value',
      hint: 'The file is damaged or of another layout.',
    },
  );
}

/** Atomic numbers in a dataset of integers. */
export function readNumbers(reader: Hdf5Reader, name: string): Int32Array {
  return Int32Array.from(reader.numbers(name) as Float64Array, Number);
}

/**
 * Opens a file whose molecules hold a dataset of the given name.
 *
 * @throws FileFormatError `<format>/unknown-layout` when there is none
 */
export async function openMolecules(
  path: string,
  format: string,
  member: string,
): Promise<{ reader: Hdf5Reader; groups: Iterable<FoundGroup> }> {
  const reader = await Hdf5Reader.open(path);
  try {
    const first = moleculeGroups(reader, [member]).next();
    if (first.done !== true) return { reader, groups: moleculeGroups(reader, [member]) };
    throw formatError(
      `${format}/unknown-layout`,
      { where: path },
      {
        expected: `groups with a dataset ${quoted(member)}`,
        found: quoted(reader.keys().slice(0, 5).join(' ')),
        hint: 'Look at the names with h5ls, or convert the file to extended XYZ.',
      },
    );
  } catch (error) {
    reader.close();
    throw error;
  }
}
