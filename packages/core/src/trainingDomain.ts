import { FileFormatError } from './errors.ts';
import { isSymbol, numberOf } from './elements.ts';
import { stableStringify } from './stableStringify.ts';

/**
 * What the structures that a potential was trained on are like, atom by atom: outside of it, what the
 * potential says is extrapolation. Plain data, JSON as it is; pairs are named by two symbols, the lower
 * atomic number first, as `H-O`.
 */
export interface TrainingDomain {
  /** Neighbours are counted, and distances looked at, within this, Angstrom. */
  readonly radius: number;
  /** Number of structures that were looked at. */
  readonly structures: number;
  /** Symbols of the elements seen, by atomic number. */
  readonly elements: readonly string[];
  /** Smallest distance of each pair of elements, Angstrom; absent where none was within `radius`. */
  readonly distances: Readonly<Partial<Record<string, number>>>;
  /** Fewest and most neighbours of each element (second key) around atoms of the first key. */
  readonly neighbors: Readonly<
    Partial<Record<string, Readonly<Partial<Record<string, NeighborRange>>>>>
  >;
}

/** Fewest and most. */
export type NeighborRange = readonly [number, number];

const FORMAT = 'mlffd-training-domain';
const VERSION = 1;

/** Key of a pair of elements in `distances`. */
export function pairKey(a: string, b: string): string {
  return numberOf(a) <= numberOf(b) ? `${a}-${b}` : `${b}-${a}`;
}

/** The domain as text (JSON). */
export function encodeDomain(domain: TrainingDomain): string {
  const { radius, structures, elements, distances, neighbors } = domain;
  const body = { radius, structures, elements, distances, neighbors };
  return `${stableStringify({ format: FORMAT, version: VERSION, ...body })}\n`;
}

/**
 * Reads what `encodeDomain` wrote.
 *
 * @param where name of the text, for messages
 * @throws FileFormatError `domain/format`
 */
export function decodeDomain(text: string, where = 'domain.json'): TrainingDomain {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw broken(where, { at: 'the text', expected: 'JSON', found: 'broken JSON', cause });
  }
  const fields = record(value, { where, at: 'the text' });
  if (fields.format !== FORMAT || fields.version !== VERSION) {
    throw broken(where, {
      at: 'format',
      expected: `${FORMAT}, version ${VERSION}`,
      found: `${String(fields.format)}, version ${String(fields.version)}`,
    });
  }
  const elements = elementsOf(fields.elements, where);
  return {
    radius: positive(fields.radius, { where, at: 'radius' }),
    structures: count(fields.structures, { where, at: 'structures' }),
    elements,
    distances: distancesOf(fields.distances, elements, where),
    neighbors: neighborsOf(fields.neighbors, elements, where),
  };
}

interface Place {
  readonly where: string;
  readonly at: string;
}

function elementsOf(value: unknown, where: string): readonly string[] {
  const at = 'elements';
  const symbols: unknown[] = Array.isArray(value) ? value : [];
  const known = symbols.filter((symbol) => typeof symbol === 'string' && isSymbol(symbol));
  const distinct = new Set(known).size === known.length;
  if (Array.isArray(value) && known.length === symbols.length && distinct) {
    return known as string[];
  }
  throw wrong(value, { where, at }, 'different element symbols');
}

function distancesOf(
  value: unknown,
  elements: readonly string[],
  where: string,
): TrainingDomain['distances'] {
  const table = record(value, { where, at: 'distances' });
  const keys = new Set(elements.flatMap((a) => elements.map((b) => pairKey(a, b))));
  return Object.fromEntries(
    Object.entries(table).map(([key, distance]) => {
      const place = { where, at: `distances.${key}` };
      if (!keys.has(key)) throw wrong(key, place, `two of ${elements.join(', ')}, as H-O`);
      return [key, positive(distance, place)];
    }),
  );
}

function neighborsOf(
  value: unknown,
  elements: readonly string[],
  where: string,
): TrainingDomain['neighbors'] {
  const table = record(value, { where, at: 'neighbors' });
  const known = (symbol: string, at: string): string => {
    if (elements.includes(symbol)) return symbol;
    throw wrong(symbol, { where, at }, `one of ${elements.join(', ')}`);
  };
  return Object.fromEntries(
    Object.entries(table).map(([center, around]) => {
      const at = `neighbors.${center}`;
      const ranges = Object.entries(record(around, { where, at })).map(([other, range]) => [
        known(other, `${at}.${other}`),
        rangeOf(range, { where, at: `${at}.${other}` }),
      ]);
      return [known(center, at), Object.fromEntries(ranges) as Record<string, NeighborRange>];
    }),
  );
}

function rangeOf(value: unknown, place: Place): NeighborRange {
  if (Array.isArray(value) && value.length === 2) {
    const [least, most] = value.map((bound: unknown) => count(bound, place));
    if (least <= most) return [least, most];
  }
  throw wrong(value, place, 'two numbers of neighbours, the smaller one first');
}

function positive(value: unknown, place: Place): number {
  if (typeof value === 'number' && value > 0 && value < Infinity) return value;
  throw wrong(value, place, 'a positive number (Angstrom)');
}

function count(value: unknown, place: Place): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrong(value, place, 'an integer of at least 0');
}

function record(value: unknown, place: Place): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw wrong(value, place, 'an object');
}

function wrong(value: unknown, { where, at }: Place, expected: string): FileFormatError {
  const found = value === undefined ? 'nothing' : JSON.stringify(value);
  return broken(where, { at, expected, found });
}

function broken(
  where: string,
  details: { at: string; expected: string; found: string; cause?: unknown },
): FileFormatError {
  const { at, expected, found } = details;
  return new FileFormatError('domain/format', `${where} holds no usable training domain`, {
    expected,
    found,
    where: `${where}, ${at}`,
    hint: 'Copy the file again, or make it again with trainingDomainOf of @mlffd/data.',
    ...('cause' in details ? { cause: details.cause } : {}),
  });
}
