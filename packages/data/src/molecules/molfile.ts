import { COVALENT_RADII, createAtoms, FileFormatError, symbolOf } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { Molecule } from 'openchemlib';
import { atomsOf, checkElements, unpairedElectrons } from './chemistry.ts';
import { conformersOf } from './conformers.ts';
import { MolfileLines } from './ctab.ts';
import type { Ctab } from './ctab.ts';
import { placeHydrogens } from './placeHydrogens.ts';
import { readV2000 } from './v2000.ts';
import { readV3000 } from './v3000.ts';

/** Options of the readers of molfiles. */
export interface MolfileOptions {
  /** Add the hydrogens that the valences ask for; default true. */
  readonly addHydrogens?: boolean;
  /** Random numbers of the conformer that is made of a 2-D file; default 0. */
  readonly seed?: number;
}

/** What one molfile holds. */
export interface MolfileContent {
  /**
   * Atoms in the order of the file, then the hydrogens added; of a 2-D file explicit hydrogens come
   * last. `info` has `title`, `coordinates` (`file` or `conformer`) and `hydrogensAdded`.
   */
  readonly atoms: Atoms;
  /** First line of the molfile. */
  readonly title: string;
}

/**
 * Reads a molfile, V2000 or V3000. 3-D coordinates (Angstrom) stay as they are; of a 2-D file a
 * conformer is made. Charges and radicals are kept, hydrogens added where valences ask for them.
 *
 * @param where name of the file, for messages
 * @throws FileFormatError `molfile/malformed`, `molfile/truncated`, `molfile/bad-geometry`,
 * `molfile/bad-valence`
 * @throws ConformerError, UnsupportedElementError for 2-D files only
 */
export function readMolfile(
  text: string,
  where: string,
  options: MolfileOptions = {},
): MolfileContent {
  const lines = new MolfileLines(splitLines(text), where, 1);
  const ctab = readCtab(lines);
  if (!lines.atEnd()) {
    const next = lines.take('nothing more');
    throw lines.error('nothing after M  END; read files of many molecules with readSdf', next);
  }
  return contentOf(ctab, where, options);
}

/** Lines of a text whichever way they end. */
export function splitLines(text: string): string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  // What follows the last line end is no line.
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** Reads header and connection table, up to `M  END`. */
export function readCtab(lines: MolfileLines): Ctab {
  const title = lines.take('a title').trim();
  const program = lines.take('the line of the program');
  lines.take('a comment');
  const counts = lines.take('the counts line');
  const version = /\sV([23]000)\s*$/.exec(counts)?.[1];
  if (version === undefined) throw lines.error('the counts line, ending in V2000 or V3000', counts);
  const label = program.slice(20, 22);
  const dimension = label === '2D' || label === '3D' ? label : undefined;
  const table = version === '2000' ? readV2000(lines, counts) : readV3000(lines);
  return { title: clean(title), dimension, ...table };
}

/** Control characters would not come back from a dataset. */
function clean(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').trim();
}

/** Structure of a connection table. */
export function contentOf(ctab: Ctab, where: string, options: MolfileOptions): MolfileContent {
  const { addHydrogens = true, seed = 0 } = options;
  const molecule = toMolecule(ctab, where);
  const { title } = ctab;
  if (isSpatial(ctab)) return { title, atoms: placed(ctab, molecule, { where, addHydrogens }) };
  checkElements(molecule, where);
  const explicit = molecule.getAllAtoms();
  const [conformer] = conformersOf(molecule, title === '' ? where : title, { seed });
  const hydrogensAdded = conformer.molecule.getAllAtoms() - explicit;
  const info = { title, coordinates: 'conformer', hydrogensAdded };
  return { title, atoms: atomsOf(conformer.molecule, conformer.positions, info) };
}

/** True where coordinates are those of a molecule, not of a drawing. */
function isSpatial({ atoms, dimension }: Ctab): boolean {
  if (atoms.some(({ position }) => position[2] !== 0)) return true;
  if (atoms.length === 1) return dimension !== '2D';
  return dimension === '3D' && atoms.some(({ position }) => position.some((x) => x !== 0));
}

interface PlacedOptions {
  readonly where: string;
  readonly addHydrogens: boolean;
}

function placed(ctab: Ctab, molecule: Molecule, { where, addHydrogens }: PlacedOptions): Atoms {
  const positions = Float64Array.from(ctab.atoms.flatMap(({ position }) => position));
  checkGeometry(ctab, positions, where);
  const order = fileOrder(molecule);
  const ordered = Float64Array.from(order.flatMap((i) => ctab.atoms[i].position));
  const added = addHydrogens ? placeHydrogens(molecule, ordered) : [];
  const numbers = [
    ...ctab.atoms.map(({ number }) => number),
    ...Array.from({ length: added.length / 3 }, () => 1),
  ];
  const charge = ctab.atoms.reduce((sum, atom) => sum + atom.charge, 0);
  const radicals = ctab.atoms.reduce((sum, { radical }) => sum + Math.max(radical - 1, 0), 0);
  return createAtoms({
    numbers,
    positions: [...positions, ...added],
    charge,
    spin: unpairedElectrons(numbers, charge, radicals),
    info: { title: ctab.title, coordinates: 'file', hydrogensAdded: added.length / 3 },
  });
}

/** Atoms nearer than this fraction of the sum of their covalent radii are one atom twice. */
const CLASH = 0.4;
/** Bonds longer than this fraction of that sum are not in Angstrom. */
const LONGEST = 2.5;

function checkGeometry({ atoms, bonds }: Ctab, positions: Float64Array, where: string): void {
  const ratio = (i: number, j: number): number => {
    const d = [0, 1, 2].map((c) => positions[3 * i + c] - positions[3 * j + c]);
    return Math.hypot(...d) / (COVALENT_RADII[atoms[i].number] + COVALENT_RADII[atoms[j].number]);
  };
  for (let i = 0; i < atoms.length; i++) {
    for (let j = 0; j < i; j++) if (ratio(i, j) < CLASH) throw badGeometry(where, j, i);
  }
  for (const { from, to } of bonds) {
    if (ratio(from, to) > LONGEST) throw badGeometry(where, from, to);
  }
}

function badGeometry(where: string, i: number, j: number): FileFormatError {
  return new FileFormatError(
    'molfile/bad-geometry',
    `${where}: the distance of atoms ${i + 1} and ${j + 1} is not that of a molecule`,
    {
      expected: 'coordinates in Angstrom, atoms apart, bonded ones near each other',
      found: `atoms ${i + 1} and ${j + 1} too near, or bonded and too far apart`,
      where,
      hint: 'Check the unit of length; write 2D into line 2 of a drawing.',
    },
  );
}

/** Index in the file of each atom of a molecule: openchemlib puts hydrogens last. */
function fileOrder(molecule: Molecule): number[] {
  return Array.from({ length: molecule.getAllAtoms() }, (_, i) => molecule.getAtomMapNo(i) - 1);
}

/** The molecule as openchemlib sees it; atoms keep their place in the file as map numbers. */
function toMolecule(ctab: Ctab, where: string): Molecule {
  let molecule: Molecule;
  try {
    molecule = Molecule.fromMolfile(toV3000(ctab));
    molecule.ensureHelperArrays(Molecule.cHelperRings);
  } catch (cause) {
    throw badValence(where, String(cause), cause);
  }
  const order = fileOrder(molecule);
  const faithful =
    order.length === ctab.atoms.length &&
    new Set(order).size === order.length &&
    order.every((k, i) => ctab.atoms[k]?.number === molecule.getAtomicNo(i));
  if (!faithful) throw badValence(where, 'atoms are lost in reading');
  for (const [i, k] of order.entries()) {
    const { number } = ctab.atoms[k];
    if (number > LAST_STRICT || molecule.getFreeValence(i) >= 0) continue;
    throw badValence(where, `atom ${k + 1} (${symbolOf(number)}) has too many bonds`);
  }
  return molecule;
}

/** Metals from the fourth period on have no valence to speak of. */
const LAST_STRICT = 20;

function badValence(where: string, found: string, cause?: unknown): FileFormatError {
  return new FileFormatError('molfile/bad-valence', `${where}: ${found}`, {
    expected: 'a molecule with usual valences',
    found,
    where,
    hint: 'Correct bonds and charges, or read the coordinates from extended XYZ.',
    ...(cause === undefined ? {} : { cause }),
  });
}

function toV3000({ atoms, bonds }: Ctab): string {
  const option = (key: string, value: number): string => (value === 0 ? '' : ` ${key}=${value}`);
  const lines = atoms.map(
    ({ number, position, charge, radical, mass, valence }, i) =>
      `${i + 1} ${symbolOf(number)} ${position.join(' ')} ${i + 1}` +
      option('CHG', charge) +
      option('RAD', radical) +
      option('MASS', mass) +
      option('VAL', valence),
  );
  const bondLines = bonds.map(
    ({ from, to, order, stereo }, i) =>
      `${i + 1} ${order} ${from + 1} ${to + 1}${option('CFG', stereo)}`,
  );
  const body = [
    'BEGIN CTAB',
    `COUNTS ${atoms.length} ${bonds.length} 0 0 0`,
    'BEGIN ATOM',
    ...lines,
    'END ATOM',
    ...(bonds.length === 0 ? [] : ['BEGIN BOND', ...bondLines, 'END BOND']),
    'END CTAB',
  ];
  return [
    '\n\n\n  0  0  0     0  0            999 V3000',
    ...body.map((line) => `M  V30 ${line}`),
    'M  END\n',
  ].join('\n');
}
