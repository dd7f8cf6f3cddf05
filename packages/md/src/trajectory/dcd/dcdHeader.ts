/**
 * DCD as CHARMM and NAMD write it: Fortran records (length, content, length; int32), little-endian
 * here. Laid out as VMD's dcdplugin.c reads it:
 *
 * | record | content |
 * |---|---|
 * | header, 84 bytes | `CORD`; int32 frames, first step, steps between frames, steps in all, 4 x 0, fixed atoms; float32 time step in AKMA units; int32 1 with a cell, 1 with a fourth coordinate, 7 x 0, 24 (CHARMM version) |
 * | title | int32 lines; 80 characters each |
 * | atoms | int32 |
 * | per frame: cell, 48 bytes | float64 A, gamma, B, beta, alpha, C; Angstrom and degrees |
 * | per frame: x, then y, then z | float32, Angstrom |
 */

/** Fields of the first record. */
export interface DcdCounts {
  readonly frames: number;
  readonly firstStep: number;
  /** Steps between frames. */
  readonly stepsBetween: number;
  /** fs. */
  readonly timestep: number;
}

export interface DcdHeader extends DcdCounts {
  readonly atoms: number;
  readonly fixedAtoms: number;
  readonly hasCell: boolean;
  readonly hasFourth: boolean;
  readonly isBigEndian: boolean;
  /** Where the first frame begins. */
  readonly bytes: number;
}

/** One AKMA unit of time, fs: Angstrom sqrt(amu mol/kcal), with the digits that readers use. */
const AKMA = 48.88821;
/** Longest header that is looked at: room for 12,000 lines of title. */
export const MAX_HEADER_BYTES: number = 1 << 20;
/** Where the counts begin, after length and `CORD`. */
export const COUNTS_AT = 8;

const HEADER_RECORD = 84;
const TITLE_LINE = 80;
const CELL_RECORD = 48;
const TITLES = [
  'Written by @mlffd/md',
  'Positions in Angstrom, time step in AKMA units (48.88821 fs)',
];
const FIXED_ATOMS = 8;
const TIMESTEP = 9;
const CELL = 10;
const FOURTH = 11;
const VERSION = 19;
const CHARMM_VERSION = 24;
const COUNTS = 10;

/** Bytes of one frame. */
export function dcdFrameBytes(header: {
  readonly atoms: number;
  readonly hasCell: boolean;
  readonly hasFourth?: boolean;
}): number {
  const { atoms, hasCell, hasFourth = false } = header;
  return (hasCell ? CELL_RECORD + 8 : 0) + (hasFourth ? 4 : 3) * (4 * atoms + 8);
}

/** Bytes of the ten numbers that change while the file grows. */
export function dcdCounts(counts: DcdCounts): Buffer {
  const bytes = Buffer.alloc(4 * COUNTS);
  bytes.writeInt32LE(counts.frames, 0);
  bytes.writeInt32LE(counts.firstStep, 4);
  bytes.writeInt32LE(counts.stepsBetween, 8);
  bytes.writeInt32LE(Math.min(counts.frames * counts.stepsBetween, 2 ** 31 - 1), 12);
  bytes.writeFloatLE(counts.timestep / AKMA, 4 * TIMESTEP);
  return bytes;
}

/** The whole header of a file without fixed atoms. */
export function dcdHeader(
  counts: DcdCounts,
  { atoms, hasCell }: { readonly atoms: number; readonly hasCell: boolean },
): Buffer {
  const first = Buffer.alloc(HEADER_RECORD);
  first.write('CORD', 'latin1');
  dcdCounts(counts).copy(first, 4);
  first.writeInt32LE(hasCell ? 1 : 0, 4 + 4 * CELL);
  first.writeInt32LE(CHARMM_VERSION, 4 + 4 * VERSION);
  const titles = Buffer.alloc(4 + TITLE_LINE * TITLES.length, ' ');
  titles.writeInt32LE(TITLES.length, 0);
  for (const [k, title] of TITLES.entries()) titles.write(title, 4 + TITLE_LINE * k, 'latin1');
  const count = Buffer.alloc(4);
  count.writeInt32LE(atoms, 0);
  return Buffer.concat([first, titles, count].flatMap(recordOf));
}

function recordOf(content: Buffer): Buffer[] {
  const length = Buffer.alloc(4);
  length.writeInt32LE(content.length, 0);
  return [length, content, length];
}

/** What the start of a file says, or in words what is wrong with it. */
export function parseDcdHeader(bytes: Buffer): DcdHeader | string {
  if (bytes.length < HEADER_RECORD + 8) return `${bytes.length} bytes`;
  const isBigEndian = bytes.readInt32BE(0) === HEADER_RECORD;
  if (!isBigEndian && bytes.readInt32LE(0) !== HEADER_RECORD) return 'another signature';
  const int = (at: number): number => (isBigEndian ? bytes.readInt32BE(at) : bytes.readInt32LE(at));
  const float = (at: number): number =>
    isBigEndian ? bytes.readFloatBE(at) : bytes.readFloatLE(at);
  if (int(4) === 0) return 'records with lengths of 64 bits';
  if (bytes.toString('latin1', 4, 8) !== 'CORD') return 'another kind of file (no CORD)';
  const control = (index: number): number => int(COUNTS_AT + 4 * index);
  const isCharmm = control(VERSION) !== 0;
  const titleAt = HEADER_RECORD + 8;
  if (titleAt + 4 > bytes.length) return 'the end within its title';
  const atomsAt = titleAt + int(titleAt) + 8;
  if (int(titleAt) < 0 || atomsAt + 12 > bytes.length) return 'the end within its title';
  const atoms = int(atomsAt + 4);
  if (int(atomsAt) !== 4 || atoms < 1) return `${atoms} atoms`;
  return {
    frames: control(0),
    firstStep: control(1),
    stepsBetween: control(2),
    timestep: timestepOf(isCharmm ? float(COUNTS_AT + 4 * TIMESTEP) : 0),
    fixedAtoms: control(FIXED_ATOMS),
    hasCell: isCharmm && control(CELL) !== 0,
    hasFourth: isCharmm && control(FOURTH) !== 0,
    atoms,
    isBigEndian,
    bytes: atomsAt + 12,
  };
}

/** Digits that a float32 holds. */
const DIGITS = 6;

function timestepOf(akma: number): number {
  return Number((akma * AKMA).toPrecision(DIGITS));
}

/** Whole frames in a file of `size` bytes; one that the header does not count yet is left out. */
export function dcdFrames(header: DcdHeader, size: number): number {
  const bySize = Math.max(0, Math.floor((size - header.bytes) / dcdFrameBytes(header)));
  return header.frames > 0 && header.frames === bySize - 1 ? header.frames : bySize;
}
