import { createAtoms } from '../atoms.ts';
import { cellDeterminant } from '../cell.ts';
import { isSymbol, numberOf } from '../elements.ts';
import { InvalidAtomsError } from '../errors.ts';
import type { Atoms, InfoValue, Pbc } from '../atoms.ts';
import type { Results } from '../calculator.ts';
import type { Frame, FrameArray } from './frame.ts';

/** A rule that the comment line or the columns break. */
export class FrameError extends Error {
  readonly code: string;
  readonly expected: string;
  readonly found: string;

  constructor(code: string, expected: string, found: string) {
    super(`${expected} expected, found ${found}`);
    this.code = code;
    this.expected = expected;
    this.found = found;
  }
}

/**
 * Makes a frame of what was read, moving labels to `results` as ASE does.
 * @throws FrameError, InvalidAtomsError
 */
export function assembleFrame(
  info: Map<string, InfoValue>,
  columns: ReadonlyMap<string, FrameArray>,
): Frame {
  const rest = new Map(info);
  const arrays = new Map(columns);
  const cell = takeCell(rest);
  const pbc = takePbc(rest, cell !== undefined);
  const numbers = takeNumbers(arrays);
  const positions = takeReal(arrays, 'pos', 3);
  if (positions === undefined) {
    throw new FrameError('extxyz/missing-column', 'columns pos:R:3', 'none');
  }
  const results = takeResults(rest, arrays);
  const stress = takeStress(rest, cell);
  if (stress !== undefined) results.stress = stress;
  const charge = takeIf(rest, 'charge', Number.isFinite);
  const spin = takeIf(rest, 'spin', (value) => Number.isInteger(value) && value >= 0);
  const atoms: Atoms = createAtoms({
    numbers,
    positions,
    pbc,
    ...(cell === undefined ? {} : { cell }),
    ...(charge === undefined ? {} : { charge }),
    ...(spin === undefined ? {} : { spin }),
    ...(rest.size === 0 ? {} : { info: Object.fromEntries(rest) }),
  });
  return { atoms, results, arrays: Object.fromEntries(arrays) };
}

function takeCell(info: Map<string, InfoValue>): Float64Array | undefined {
  const value = info.get('Lattice');
  if (value === undefined) return undefined;
  info.delete('Lattice');
  const numbers = numbersOf(value);
  if (numbers?.length === 9) return Float64Array.from(numbers);
  if (numbers?.length === 3) {
    return Float64Array.of(numbers[0], 0, 0, 0, numbers[1], 0, 0, 0, numbers[2]);
  }
  throw new FrameError(
    'extxyz/bad-lattice',
    'Lattice of 9 numbers (or 3 on a diagonal)',
    show(value),
  );
}

function takePbc(info: Map<string, InfoValue>, hasCell: boolean): Pbc {
  const value = info.get('pbc');
  if (value === undefined) return [hasCell, hasCell, hasCell];
  info.delete('pbc');
  if (typeof value === 'object' && value.length === 3) {
    const flags = value.map((flag) => (flag === 1 ? true : flag === 0 ? false : flag));
    const [a, b, c] = flags;
    if (typeof a === 'boolean' && typeof b === 'boolean' && typeof c === 'boolean')
      return [a, b, c];
  }
  throw new FrameError('extxyz/bad-pbc', 'pbc of three flags T or F', show(value));
}

/** Elements from `species` (symbols or numbers) or `Z`. */
function takeNumbers(arrays: Map<string, FrameArray>): Int32Array {
  const species = arrays.get('species');
  const z = arrays.get('Z');
  if (species?.columns === 1 && species.kind === 'string') {
    arrays.delete('species');
    return readSymbols(species.values);
  }
  const integers = species ?? z;
  if (integers?.columns === 1 && integers.kind === 'integer') {
    arrays.delete(species === undefined ? 'Z' : 'species');
    return Int32Array.from(integers.values);
  }
  throw new FrameError('extxyz/missing-column', 'a column species:S:1 or Z:I:1', 'none');
}

/** Symbols in any case, each spelling looked up once. */
function readSymbols(symbols: readonly string[]): Int32Array {
  const known = new Map<string, number>();
  const numbers = new Int32Array(symbols.length);
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i];
    let number = known.get(symbol);
    if (number === undefined) {
      number = readSymbol(symbol, i);
      known.set(symbol, number);
    }
    numbers[i] = number;
  }
  return numbers;
}

function readSymbol(symbol: string, atom: number): number {
  const spelled = symbol.slice(0, 1).toUpperCase() + symbol.slice(1).toLowerCase();
  if (isSymbol(spelled)) return numberOf(spelled);
  throw new InvalidAtomsError('atoms/unknown-element', `atom ${atom} is no chemical element`, {
    expected: "a chemical symbol such as 'Na'",
    found: `'${symbol}' for atom ${atom}`,
    where: `atom ${atom}`,
    hint: 'Remove dummy atoms and labels such as C1.',
  });
}

function takeResults(info: Map<string, InfoValue>, arrays: Map<string, FrameArray>): Results {
  const results: Results = {};
  const energy = info.get('energy');
  if (energy !== undefined) {
    if (typeof energy !== 'number') {
      throw new FrameError('extxyz/bad-value', 'energy of one number (eV)', show(energy));
    }
    info.delete('energy');
    results.energy = energy;
  }
  const forces = takeReal(arrays, 'forces', 3) ?? takeReal(arrays, 'force', 3);
  if (forces !== undefined) results.forces = forces;
  const energies = takeReal(arrays, 'energies', 1);
  if (energies !== undefined) results.energies = energies;
  return results;
}

/**
 * Stress, Voigt, from `stress` (9 or 6 numbers), otherwise from `virial` W = -V stress.
 *
 * Nine numbers are averaged over the two halves, so that it does not matter in which order they
 * were written.
 */
function takeStress(
  info: Map<string, InfoValue>,
  cell: Float64Array | undefined,
): Float64Array | undefined {
  const stress = takeTensor(info, 'stress');
  if (stress !== undefined) return stress;
  const volume = cell === undefined ? 0 : Math.abs(cellDeterminant(cell));
  if (volume === 0) return undefined;
  return takeTensor(info, 'virial')?.map((w) => -w / volume);
}

function takeTensor(info: Map<string, InfoValue>, key: string): Float64Array | undefined {
  const value = info.get(key);
  if (value === undefined) return undefined;
  const s = numbersOf(value);
  if (s === undefined || (s.length !== 9 && s.length !== 6)) {
    throw new FrameError(
      `extxyz/bad-${key}`,
      `${key} of 9 (3 x 3) or 6 (Voigt) numbers`,
      show(value),
    );
  }
  info.delete(key);
  if (s.length === 6) return Float64Array.from(s);
  return Float64Array.of(s[0], s[4], s[8], mean(s[5], s[7]), mean(s[2], s[6]), mean(s[1], s[3]));
}

/** Exact for equal numbers, also where their sum overflows. */
function mean(a: number, b: number): number {
  return a === b ? a : (a + b) / 2;
}

function takeReal(
  arrays: Map<string, FrameArray>,
  name: string,
  columns: number,
): Float64Array | undefined {
  const array = arrays.get(name);
  if (array?.kind !== 'real' || array.columns !== columns) return undefined;
  arrays.delete(name);
  return array.values;
}

function takeIf(
  info: Map<string, InfoValue>,
  key: string,
  accepts: (value: number) => boolean,
): number | undefined {
  const value = info.get(key);
  if (typeof value !== 'number' || !accepts(value)) return undefined;
  info.delete(key);
  return value;
}

function numbersOf(value: InfoValue): readonly number[] | undefined {
  if (typeof value !== 'object') return undefined;
  const numbers: number[] = [];
  for (const item of value) {
    if (typeof item !== 'number') return undefined;
    numbers.push(item);
  }
  return numbers;
}

function show(value: InfoValue): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : `'${String(value)}'`;
}
