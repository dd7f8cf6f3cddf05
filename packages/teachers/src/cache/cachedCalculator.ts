import {
  type Atoms,
  type CalculateOptions,
  type Calculator,
  FileFormatError,
  InvalidArgumentError,
  type Property,
  type Results,
  isPromise,
} from '@mlffd/core';
import { fingerprintOf } from '../combine/members.ts';
import { requirePositive } from '../checks.ts';
import { CacheFolder } from './cacheFolder.ts';
import { decodeEntry, encodeEntry } from './entryFile.ts';
import { structureKey } from './structureKey.ts';

/** What happens beside the answers; none of it changes one. */
export type CacheEvent =
  /** An entry is damaged; its answer is computed again and written over it. */
  | { readonly type: 'corrupt'; readonly path: string; readonly error: FileFormatError }
  /** An entry cannot be read; its answer is computed again. */
  | { readonly type: 'read-failed'; readonly path: string; readonly error: unknown }
  /** An answer cannot be kept: a full disk, a folder that may only be read. */
  | { readonly type: 'write-failed'; readonly path: string; readonly error: unknown }
  /** Entries went to make room. */
  | { readonly type: 'removed'; readonly entries: number };

export interface CachedCalculatorOptions {
  /** Where the answers are; made if it is not there. */
  readonly folder: string;
  /** Hash of all that decides the calculator's answers; default its own `fingerprint`. */
  readonly fingerprint?: string;
  /** Size of the folder, bytes, default 1 GiB (300,000 answers for 100 atoms). */
  readonly maxBytes?: number;
  readonly onEvent?: (event: CacheEvent) => void;
}

const GIBIBYTE = 2 ** 30;

/**
 * A calculator that looks up on the disk what it has been asked before, by this or another process.
 *
 * An answer is found again by the bytes of numbers, positions, cell, pbc, charge and spin and by the
 * calculator's fingerprint, bit for bit as it was computed. It serves every request for a part of its
 * properties; where some are missing, those and the stored ones are computed together. What is not
 * complete and finite is not kept, nor are errors. Whatever the disk does, the answer comes.
 *
 * Where the answer is on the disk, or the calculator answers at once, so does this. A lookup costs
 * some 0.1 ms and keeping an answer some ms: worth it for calculators slower than that. The four
 * properties are kept and nothing else that a calculator may return.
 */
export class CachedCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly elements?: readonly number[];
  readonly cutoff?: number;
  /** That of the calculator behind. */
  readonly fingerprint: string;
  readonly #calculator: Calculator;
  readonly #folder: CacheFolder;
  readonly #onEvent: (event: CacheEvent) => void;
  #hits = 0;
  #misses = 0;

  /**
   * @throws InvalidArgumentError for a calculator without a fingerprint
   * @throws FileSystemError when the folder cannot be made
   */
  constructor(calculator: Calculator, options: CachedCalculatorOptions) {
    const { folder, maxBytes = GIBIBYTE, onEvent } = options;
    const fingerprint = options.fingerprint ?? fingerprintOf(calculator);
    if (fingerprint === undefined || fingerprint === '') throw noFingerprint(calculator);
    requirePositive(maxBytes, 'maxBytes', 'bytes');
    this.name = calculator.name;
    this.properties = calculator.properties;
    if (calculator.elements !== undefined) this.elements = calculator.elements;
    if (calculator.cutoff !== undefined) this.cutoff = calculator.cutoff;
    this.fingerprint = fingerprint;
    this.#calculator = calculator;
    this.#folder = new CacheFolder(folder, maxBytes);
    this.#onEvent =
      onEvent ??
      (() => {
        // Nobody wants to know.
      });
  }

  /** Calls that were answered from the disk. */
  get hits(): number {
    return this.#hits;
  }

  /** Calls that were computed. */
  get misses(): number {
    return this.#misses;
  }

  get concurrency(): number {
    return this.#calculator.concurrency ?? 1;
  }

  get ahead(): number {
    return this.#calculator.ahead ?? 0;
  }

  calculate(
    atoms: Atoms,
    properties: readonly Property[],
    options?: CalculateOptions,
  ): Results | Promise<Results> {
    const key = structureKey(atoms, this.fingerprint);
    const stored = this.#read(key);
    if (stored !== undefined && properties.every((property) => stored[property] !== undefined)) {
      this.#hits++;
      this.#folder.touch(key);
      return only(stored, properties);
    }
    this.#misses++;
    const wanted = this.properties.filter(
      (property) => properties.includes(property) || stored?.[property] !== undefined,
    );
    // A request for what nobody has goes through as it is, for the calculator to refuse.
    const isKnown = properties.every((property) => wanted.includes(property));
    const answer = this.#calculator.calculate(atoms, isKnown ? wanted : properties, options);
    const keep = (results: Results): Results => {
      this.#write(key, atoms, results);
      return results;
    };
    return isPromise(answer) ? answer.then(keep) : keep(answer);
  }

  async dispose(): Promise<void> {
    await this.#calculator.dispose();
  }

  #read(key: string): Results | undefined {
    const path = this.#folder.fileOf(key);
    try {
      const bytes = this.#folder.read(key);
      return bytes === undefined ? undefined : decodeEntry(bytes, key, path);
    } catch (error) {
      if (error instanceof FileFormatError) this.#onEvent({ type: 'corrupt', path, error });
      else this.#onEvent({ type: 'read-failed', path, error });
      return undefined;
    }
  }

  #write(key: string, atoms: Atoms, results: Results): void {
    const bytes = encodeEntry(key, atoms.numbers.length, results);
    if (bytes === undefined) return;
    let removed: number;
    try {
      removed = this.#folder.write(key, bytes);
    } catch (error) {
      this.#onEvent({ type: 'write-failed', path: this.#folder.fileOf(key), error });
      return;
    }
    if (removed > 0) this.#onEvent({ type: 'removed', entries: removed });
  }
}

function only(stored: Results, properties: readonly Property[]): Results {
  const results: Results = {};
  if (stored.energy !== undefined && properties.includes('energy')) results.energy = stored.energy;
  for (const property of ['energies', 'forces', 'stress'] as const) {
    const values = stored[property];
    if (values !== undefined && properties.includes(property)) results[property] = values;
  }
  return results;
}

function noFingerprint({ name }: Calculator): InvalidArgumentError {
  return new InvalidArgumentError('teachers/no-fingerprint', `${name} has no fingerprint`, {
    expected: 'a hash of everything that decides the answers',
    found: 'none',
    where: 'fingerprint',
    hint: 'Give one, which must change whenever the calculator does: stale answers are wrong ones.',
  });
}
