import { cellDeterminant, InvalidArgumentError, neighborList, transformRows } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import { cellFromParameters } from './cellParameters.ts';
import type { CellParameters } from './cellParameters.ts';
import { isUnknown, numberOfValue, readCifBlocks, valuesOf } from './cifBlock.ts';
import type { CifBlock } from './cifBlock.ts';
import { readSites } from './cifSites.ts';
import { formatError, makeAtoms, quoted } from './place.ts';
import type { Place } from './place.ts';
import { expandSites } from './siteExpansion.ts';
import { checkGroup, parseOperation } from './symmetry.ts';
import type { SymmetryOperation } from './symmetry.ts';

/** Options of `readCif`. */
export interface ReadCifOptions {
  /** Images of a site closer than this, Angstrom, are one atom. Default 0.05. */
  readonly tolerance?: number;
  /** Take a file that says nothing about symmetry as one that lists every atom. Default false. */
  readonly assumeP1?: boolean;
}

const CELL_TAGS = [
  '_cell_length_a',
  '_cell_length_b',
  '_cell_length_c',
  '_cell_angle_alpha',
  '_cell_angle_beta',
  '_cell_angle_gamma',
] as const;
const OPERATION_TAGS = ['_space_group_symop_operation_xyz', '_symmetry_equiv_pos_as_xyz'] as const;
const NAME_TAGS = [
  '_space_group_name_h-m_alt',
  '_symmetry_space_group_name_h-m',
  '_space_group_name_hall',
  '_symmetry_space_group_name_hall',
] as const;
const NUMBER_TAGS = ['_space_group_it_number', '_symmetry_int_tables_number'] as const;

const IDENTITY: SymmetryOperation = {
  rotation: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  translation: [0, 0, 0],
};
// A stated volume is rounded, and some programs state it of slightly other lengths.
const VOLUME_TOLERANCE = 0.01;
const DEFAULT_TOLERANCE = 0.05;
// Closer than any two atoms, Angstrom.
const TOO_CLOSE = 0.5;

/**
 * Reads every data block of CIF 1.1 text that has atoms: one frame for each, all atoms of the unit
 * cell, wrapped into it, periodic along all axes.
 *
 * The symmetry operations must be in the file (or the space group be P 1); they are checked to be a
 * group that fits the cell. Sites must be fully occupied. `atoms.info.name` is the name of the
 * block, `atoms.info.space_group` the symbol, where there is one. Lattice vectors are oriented as
 * in ASE: a along x, b in the xy plane.
 *
 * @param where name of the source for error messages, usually the path
 * @throws FileFormatError `cif/...` naming source, line and column
 * @throws InvalidArgumentError for a tolerance outside 0 to 0.5 Angstrom
 */
export function readCif(text: string, where: string, options: ReadCifOptions = {}): Frame[] {
  const { tolerance = DEFAULT_TOLERANCE } = options;
  if (!(tolerance >= 0 && tolerance <= TOO_CLOSE)) {
    throw new InvalidArgumentError('cif/invalid-tolerance', `the tolerance is ${tolerance}`, {
      expected: `a distance from 0 to ${TOO_CLOSE} Angstrom`,
      found: String(tolerance),
      where: 'tolerance',
    });
  }
  const frames = readCifBlocks(text, where)
    .filter(({ tags }) => [...tags.keys()].some((name) => /^_atom_site_(fract|cartn)_/.test(name)))
    .map((block) => readBlock(block, options));
  if (frames.length > 0) return frames;
  throw formatError(
    'cif/empty',
    { where },
    {
      expected: 'a data block with atom sites',
      found: 'none',
      hint: 'Check that whatever wrote the file came to its end.',
    },
  );
}

function readBlock(block: CifBlock, options: ReadCifOptions): Frame {
  const cell = readCell(block);
  const spaceGroup = textOf(block, NAME_TAGS);
  const operations = readOperations(block, cell, options.assumeP1 ?? false);
  const sites = readSites(block);
  const images = expandSites({
    sites,
    operations,
    cell,
    tolerance: options.tolerance ?? DEFAULT_TOLERANCE,
  });
  const atoms = makeAtoms(
    'cif',
    {
      symbols: images.owners.map((site) => sites[site].symbol),
      positions: transformRows(images.positions, cell),
      cell,
      pbc: true,
      info: {
        ...(block.name === '' ? {} : { name: block.name }),
        ...(spaceGroup === undefined ? {} : { space_group: spaceGroup }),
      },
    },
    (atom) => (atom === undefined ? block.place : sites[images.owners[atom]].place),
  );
  const close = neighborList(atoms, TOO_CLOSE);
  if (close.count > 0) {
    const site = sites[images.owners[close.centers[0]]];
    throw formatError('cif/too-close', site.place, {
      expected: `atoms more than ${TOO_CLOSE} Angstrom apart`,
      found: `a ${site.symbol} atom with another one at ${close.distances[0].toFixed(3)} Angstrom`,
      hint: 'Disorder without occupancies, or a site that is slightly off its symmetry element: correct its coordinates, or raise the tolerance.',
    });
  }
  return { atoms, results: {}, arrays: {} };
}

function readCell(block: CifBlock): Float64Array {
  const values = CELL_TAGS.map((name) => {
    const value = valuesOf(block, name)?.[0];
    if (value !== undefined && !isUnknown(value))
      return { number: numberOfValue(value, name), value };
    throw formatError('cif/no-cell', value?.place ?? block.place, {
      expected: name,
      found: value === undefined ? 'no such tag' : value.text,
      hint: 'A structure needs three lengths and three angles.',
    });
  });
  const [a, b, c, alpha, beta, gamma] = values.map(({ number }) => number);
  const parameters: CellParameters = [a, b, c, alpha, beta, gamma];
  const cell = cellFromParameters(parameters, 'cif', values[0].value.place);
  const stated = valuesOf(block, '_cell_volume')?.[0];
  if (stated !== undefined && !isUnknown(stated)) {
    const volume = cellDeterminant(cell);
    const said = numberOfValue(stated, '_cell_volume');
    if (!(Math.abs(said - volume) <= VOLUME_TOLERANCE * volume)) {
      throw formatError('cif/wrong-volume', stated.place, {
        expected: `a volume of ${volume.toFixed(3)} Angstrom^3 for these lengths and angles`,
        found: stated.text,
        hint: 'One of the numbers is wrong, or the volume is of another cell.',
      });
    }
  }
  return cell;
}

function readOperations(
  block: CifBlock,
  cell: Float64Array,
  assumeP1: boolean,
): readonly SymmetryOperation[] {
  const name = textOf(block, NAME_TAGS);
  const number = textOf(block, NUMBER_TAGS);
  const group = name ?? number;
  const isP1 = isTrivial(name, number);
  const values = valuesOf(block, ...OPERATION_TAGS)?.filter((value) => !isUnknown(value)) ?? [];
  if (values.length === 0) {
    if (isP1 || (assumeP1 && group === undefined)) return [IDENTITY];
    throw formatError('cif/no-symmetry', block.place, {
      expected: `symmetry operations (a loop of ${OPERATION_TAGS[0]})`,
      found:
        group === undefined ? 'no word about symmetry' : `only the space group ${quoted(group)}`,
      hint:
        group === undefined
          ? 'Give the operations, or the option assumeP1 where the file lists every atom of the cell.'
          : 'Export the file with its symmetry operations, or as P 1 with every atom of the cell.',
    });
  }
  const operations = values.map((value) => parseOperation(value));
  const { place } = values[0];
  checkGroup(operations, cell, place);
  checkTrivial(operations.length, { isP1, group, place });
  return operations;
}

/** One operation is P 1, and more than one is not; else operations were lost, or the name is old. */
function checkTrivial(
  count: number,
  { isP1, group, place }: { isP1: boolean; group: string | undefined; place: Place },
): void {
  if (group === undefined || (count === 1) === isP1) return;
  throw formatError('cif/bad-symmetry', place, {
    expected: `the operations of ${quoted(group)}`,
    found: count === 1 ? 'the identity alone' : `${count} operations`,
    hint: 'Name and operations contradict each other: correct the one that is wrong.',
  });
}

function isTrivial(name: string | undefined, number: string | undefined): boolean {
  return name === undefined ? number === '1' : name.replaceAll(/[\s_]/g, '').toUpperCase() === 'P1';
}

function textOf(block: CifBlock, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = valuesOf(block, name)?.[0];
    if (value !== undefined && !isUnknown(value) && value.text.trim() !== '')
      return value.text.trim();
  }
  return undefined;
}
