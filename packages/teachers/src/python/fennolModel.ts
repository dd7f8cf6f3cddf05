import { readFile } from 'node:fs/promises';
import { decode, ExtensionCodec } from '@msgpack/msgpack';
import {
  FileFormatError,
  fileSystemError,
  InvalidArgumentError,
  isSymbol,
  MAX_ATOMIC_NUMBER,
  numberOf,
} from '@mlffd/core';

/** What a FeNNol model file says of itself. */
export interface FennolModel {
  readonly path: string;
  /** Longest edge of its first graph, Angstrom; null for a model without one. */
  readonly cutoff: number | null;
  /** Unit of its energies, as FeNNol writes it. */
  readonly energyUnit: string;
  /** Outputs whose sum is the energy. */
  readonly energyTerms: readonly string[];
  /** Kinds of its modules in their order, as `PAINN`. */
  readonly modules: readonly string[];
  /** Atomic numbers that it can tell apart. It may be trained for fewer: the file does not say. */
  readonly elements: readonly number[];
  /** Numbers in its arrays. */
  readonly parameters: number;
}

/** Extension type of flax for an array: shape, type and bytes, packed again. */
const ARRAY = 1;
/** Largest atomic number of encodings where the file says nothing else. */
const DEFAULT_ZMAX = 86;
/** Modules with tables of an own length. */
const ZMAX: Readonly<Record<string, number>> = {
  AIMNET: DEFAULT_ZMAX,
  MACE: DEFAULT_ZMAX,
  ZACNET: DEFAULT_ZMAX,
  ZLORANET: DEFAULT_ZMAX,
  REPULSION_NLH: 92,
};
const PICKLES = ['.pkl', '.pickle'];
/** First byte of a pickle since protocol 2, and the newest protocol. */
const PICKLE_MARK = 0x80;
const NEWEST_PICKLE = 5;

type Fields = Readonly<Record<string, unknown>>;

/** True for a name that FeNNol reads as a pickle. */
export function isPickleName(path: string): boolean {
  return PICKLES.some((ending) => path.toLowerCase().endsWith(ending));
}

/**
 * Reads a `.fnx` file as far as it can be read without FeNNol.
 *
 * @throws FileSystemError if it cannot be read, FileFormatError `fennol/corrupt` if it is no such file
 * @throws InvalidArgumentError `fennol/pickle` for a pickle, which is not opened
 */
export async function readFennolModel(path: string): Promise<FennolModel> {
  if (isPickleName(path)) throw pickle(path);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw fileSystemError('read', path, cause);
  });
  // An empty msgpack map has the same first byte, and nothing after it.
  if (bytes[0] === PICKLE_MARK && bytes[1] >= 2 && bytes[1] <= NEWEST_PICKLE) throw pickle(path);
  let parameters = 0;
  const extensions = new ExtensionCodec();
  extensions.register({
    type: ARRAY,
    encode: () => null,
    decode: (data) => {
      const [shape] = decode(data) as [number[]];
      parameters += shape.reduce((product, length) => product * length, 1);
      return shape;
    },
  });
  let state: unknown;
  try {
    state = decode(bytes, { extensionCodec: extensions });
  } catch (cause) {
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const modules = isFields(state) ? namedParts(state.modules) : undefined;
  const preprocessing = isFields(state) ? namedParts(state.preprocessing) : undefined;
  if (!isFields(state) || modules === undefined || preprocessing === undefined) {
    throw corrupt(path, 'no list of modules');
  }
  if (!isFields(state.variables)) throw corrupt(path, 'no variables');
  const { cutoff, energy_unit: unit, energy_terms: terms } = state;
  return {
    path,
    cutoff: typeof cutoff === 'number' ? cutoff : null,
    energyUnit: typeof unit === 'string' ? unit : 'Ha',
    energyTerms: (Array.isArray(terms) ? terms : [terms]).filter(isString),
    modules: modules.map(kindOf),
    elements: elementsOf([...modules, ...preprocessing]),
    parameters,
  };
}

interface Part {
  readonly name: string;
  readonly fields: Fields;
}

/** Pairs of name and fields; undefined if it is no such list. */
function namedParts(value: unknown): Part[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const parts: Part[] = [];
  for (const pair of value as unknown[]) {
    if (!Array.isArray(pair)) return undefined;
    const [name, fields] = pair as unknown[];
    if (typeof name !== 'string' || !isFields(fields)) return undefined;
    parts.push({ name, fields });
  }
  return parts;
}

function kindOf({ name, fields }: Part): string {
  const kind = fields.FID ?? fields.module_name;
  return (typeof kind === 'string' ? kind : name).toUpperCase();
}

/**
 * FeNNol takes any atomic number: one that an encoding does not list becomes a row of zeros, or the
 * first element (ANI_AEV), or the last row of a table, without a word. So the lists count.
 */
function elementsOf(parts: readonly Part[]): number[] {
  const limits: number[] = [];
  const lists: Set<number>[] = [];
  for (const part of parts) {
    const kind = kindOf(part);
    if (Object.hasOwn(ZMAX, kind) && part.fields.zmax === undefined) limits.push(ZMAX[kind]);
    if (kind === 'CHEMICAL_CONSTANT') addList(lists, part.fields.value);
    collect(part.fields, limits, lists, kind === 'SPECIES_ENCODING');
  }
  const top = Math.min(...(limits.length === 0 ? [DEFAULT_ZMAX] : limits));
  const all = Array.from({ length: top }, (_, k) => k + 1);
  return all.filter((z) => lists.every((list) => list.has(z)));
}

function collect(
  fields: Fields,
  limits: number[],
  lists: Set<number>[],
  isEncoding: boolean,
): void {
  const { zmax, encoding, species_order: order } = fields;
  if (typeof zmax === 'number') limits.push(zmax <= 0 ? MAX_ATOMIC_NUMBER : zmax);
  else if (isEncoding) limits.push(DEFAULT_ZMAX);
  // Other encodings have a row for every element, and ignore the order.
  if (!isEncoding || (typeof encoding === 'string' && /one_?hot/i.test(encoding))) {
    addList(lists, order);
  }
  addList(lists, fields.hidden_neurons);
  for (const [name, value] of Object.entries(fields)) {
    if (isFields(value)) collect(value, limits, lists, name === 'species_encoding');
  }
}

/** Elements as `H,C`, as a list, or as names of fields; anything else says nothing. */
function addList(lists: Set<number>[], value: unknown): void {
  const names = isFields(value) ? Object.keys(value) : value;
  const symbols = typeof names === 'string' ? names.split(',').map((one) => one.trim()) : names;
  if (!Array.isArray(symbols) || symbols.length === 0) return;
  if (!symbols.every((one: unknown) => isString(one) && isSymbol(one))) return;
  lists.push(new Set((symbols as string[]).map((symbol) => numberOf(symbol))));
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function corrupt(path: string, found: string, cause?: unknown): FileFormatError {
  return new FileFormatError('fennol/corrupt', `${path} is no FeNNol model, or is damaged`, {
    expected: 'a .fnx file, as FENNIX.save writes it',
    found,
    where: path,
    hint: 'Copy the file again and compare its size; a .pkl model is saved anew by FENNIX.load(...).save(...fnx).',
    ...(cause === undefined ? {} : { cause }),
  });
}

function pickle(path: string): InvalidArgumentError {
  return new InvalidArgumentError('fennol/pickle', `${path} is a pickle, which is not opened`, {
    expected: 'a .fnx file',
    found: 'a pickle: reading it runs whatever code is in it',
    where: path,
    hint: "Where you trust its author, save it anew: FENNIX.load('model.pkl').save('model.fnx'), or set allowPickle.",
  });
}
