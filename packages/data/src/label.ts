import {
  AbortedError,
  FileSystemError,
  InvalidArgumentError,
  PropertyNotAvailableError,
} from '@mlffd/core';
import type { Calculator } from '@mlffd/core';
import { geometryHash } from './contentHash.ts';
import { FolderMismatchError, InvalidStructureError, LabelNoGoError } from './errors.ts';
import { messageOf } from './hdf5Header.ts';
import { describeSet, LabelFolder } from './labelFolder.ts';
import { codeOf, hasKnownLabels, labelOne } from './labelOne.ts';
import type { Outcome } from './labelOne.ts';
import { LabelProgress } from './labelProgress.ts';
import type { LabelEvent } from './labelProgress.ts';
import type { LabelSummary } from './labelTypes.ts';
import { LABEL_PROPERTIES } from './structure.ts';
import type { LabelProperty, Structure } from './structure.ts';

/**
 * Structures that are made only when they are needed, all together, for instance by an MD run. A
 * unit that is finished is not made again when the labelling goes on after a stop.
 */
export interface StructureUnit {
  /** Stable id of the unit. */
  readonly unit: string;
  /** How many structures are expected, for the time left. */
  readonly count?: number;
  make(signal: AbortSignal | undefined): readonly Structure[] | Promise<readonly Structure[]>;
}

/** Options of `labelStructures`. */
export interface LabelOptions {
  /** What to label, in a stable order and with stable ids. */
  readonly structures:
    Iterable<Structure | StructureUnit> | AsyncIterable<Structure | StructureUnit>;
  readonly calculator: Calculator;
  /** Folder for shards and journal; made when it does not exist. */
  readonly folder: string;
  /** Default energy and forces. */
  readonly properties?: readonly LabelProperty[];
  /** Structures per shard: the most that a crash can lose; default 100. */
  readonly shardSize?: number;
  /** Seconds after which a shard is written though it is not full; default 300. */
  readonly shardSeconds?: number;
  /** Structures given to an asynchronous calculator at the same time; default 1. */
  readonly concurrency?: number;
  /** Smallest fraction that must succeed; default 0.95. */
  readonly minSuccess?: number;
  /** What tells teachers of the same name apart: version, hash of the weights. */
  readonly fingerprint?: string;
  /** What made the structures, kept with the labels. */
  readonly generator?: string;
  readonly seed?: number;
  /** Number of structures, for the time left; default the length of an array. */
  readonly total?: number;
  readonly onEvent?: (event: LabelEvent) => void;
  /** Finishes what is being computed, writes it, and throws AbortedError. */
  readonly signal?: AbortSignal;
}

/**
 * Labels structures with any calculator into a folder of HDF5 shards with a journal. A run that was
 * stopped in whatever way goes on where it was: nothing is labelled twice, and at most the shard in
 * flight is lost.
 *
 * A structure that fails is recorded with its reason and does not stop the run.
 *
 * @throws LabelNoGoError at the end, when fewer than `minSuccess` could be labelled
 * @throws FolderMismatchError when the folder holds labels of another teacher, set or property
 * @throws FolderBusyError when another process is labelling into the folder
 * @throws PropertyNotAvailableError when the calculator does not give a property asked for
 * @throws InvalidStructureError when an id appears twice
 * @throws FileSystemError when the disk refuses; finished shards are kept
 * @throws AbortedError when `signal` fires
 */
export async function labelStructures(options: LabelOptions): Promise<LabelSummary> {
  const { calculator, properties = ['energy', 'forces'], fingerprint, generator, seed } = options;
  const sorted = LABEL_PROPERTIES.filter((property) => properties.includes(property));
  checkOptions(options, sorted);
  const list = Array.isArray(options.structures)
    ? (options.structures as readonly (Structure | StructureUnit)[])
    : undefined;
  const folder = LabelFolder.open(options.folder, {
    format: 'mlffd-labels',
    version: 1,
    properties: sorted,
    provenance: {
      teacher: calculator.name,
      ...(fingerprint === undefined ? {} : { fingerprint }),
      ...(generator === undefined ? {} : { generator }),
      ...(seed === undefined ? {} : { seed }),
    },
    ...(list === undefined ? {} : { structures: describeSet(list.map(identityOf)) }),
  });
  try {
    return await new LabelRun(options, sorted, folder).go();
  } finally {
    folder.close();
  }
}

const isUnit = (item: Structure | StructureUnit): item is StructureUnit => 'make' in item;

const identityOf = (item: Structure | StructureUnit): readonly [string, string] =>
  isUnit(item) ? [item.unit, 'unit'] : [item.meta.id, geometryHash(item.atoms)];

function checkOptions(options: LabelOptions, properties: readonly LabelProperty[]): void {
  const { calculator, shardSize = 1, concurrency = 1, minSuccess = 0 } = options;
  for (const [name, value] of Object.entries({ shardSize, concurrency })) {
    if (!Number.isInteger(value) || value < 1) throw badOption(name, value, 'a positive integer');
  }
  if (!(minSuccess >= 0 && minSuccess <= 1)) {
    throw badOption('minSuccess', minSuccess, 'a fraction from 0 to 1');
  }
  if (properties.length === 0) throw badOption('properties', 0, 'at least one property');
  for (const property of properties) {
    if (calculator.properties.includes(property)) continue;
    throw new PropertyNotAvailableError(
      'data/property-not-available',
      `${calculator.name} does not give ${property}`,
      {
        expected: property,
        found: calculator.properties.join(', '),
        where: `calculator ${calculator.name}`,
        hint: `Label with a calculator that gives ${property}, or without it.`,
      },
    );
  }
}

function badOption(name: string, value: number, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('data/invalid-option', `${name} must be ${expected}`, {
    expected,
    found: String(value),
    where: name,
  });
}

/** Number of structures, where every item says how many it is. */
function totalOf(structures: LabelOptions['structures']): number | undefined {
  if (!Array.isArray(structures)) return undefined;
  const items: readonly (Structure | StructureUnit)[] = structures;
  return (
    items.reduce((sum, item) => sum + (isUnit(item) ? (item.count ?? NaN) : 1), 0) || undefined
  );
}

/** Time that a run of synchronous calculations may hold up the rest of the program, ms. */
const TURN = 20;

class LabelRun {
  readonly #options: LabelOptions;
  readonly #properties: readonly LabelProperty[];
  readonly #folder: LabelFolder;
  readonly #progress: LabelProgress;
  readonly #seen = new Set<string>();
  readonly #loose: number;
  readonly #formerUnits: ReadonlySet<string>;
  #batch: Outcome[] = [];
  #batchStart = performance.now();
  #lastTurn = performance.now();
  #skipped = 0;
  #looseSeen = 0;
  #reused = 0;
  #computed = 0;

  constructor(options: LabelOptions, properties: readonly LabelProperty[], folder: LabelFolder) {
    this.#options = options;
    this.#properties = properties;
    this.#folder = folder;
    this.#loose = folder.loose;
    this.#formerUnits = new Set(folder.units);
    const total = options.total ?? totalOf(options.structures);
    this.#progress = new LabelProgress(options.onEvent, {
      done: folder.done.size,
      failed: folder.failed.length,
      total,
    });
  }

  async go(): Promise<LabelSummary> {
    const { structures, concurrency = 1 } = this.#options;
    const running: (Outcome | Promise<Outcome>)[] = [];
    const drain = async (left: number): Promise<void> => {
      while (running.length > left) {
        await this.#take(await running[0]);
        void running.shift();
      }
    };
    try {
      for await (const item of structures) {
        if (this.#options.signal?.aborted === true) throw this.#aborted();
        if (isUnit(item)) {
          await drain(0);
          await this.#unit(item);
        } else if (this.#isNew(item)) {
          running.push(this.#start(item));
          await drain(concurrency - 1);
        }
      }
      await drain(0);
    } catch (error) {
      if (error instanceof FileSystemError) {
        for (const outcome of running) await outcome;
      } else {
        await drain(0);
        await this.#commit();
      }
      throw error;
    }
    await this.#commit();
    this.#checkComplete();
    return this.#finish();
  }

  /** False for a structure that is done already. */
  #isNew({ atoms, meta }: Structure): boolean {
    if (this.#seen.has(meta.id)) {
      throw new InvalidStructureError('data/duplicate-id', `the id ${meta.id} appears twice`, {
        expected: 'ids that are unique in the set',
        found: meta.id,
        where: `structure ${this.#seen.size}`,
        hint: 'Give every structure an id of its own.',
      });
    }
    this.#seen.add(meta.id);
    const former = this.#folder.done.get(meta.id);
    if (former === undefined) return true;
    const hash = geometryHash(atoms);
    if (former !== hash) throw this.#mismatch(`${meta.id} with geometry ${former}`, hash);
    this.#skipped++;
    this.#looseSeen++;
    return false;
  }

  #start(structure: Structure): Outcome | Promise<Outcome> {
    const { calculator } = this.#options;
    if (hasKnownLabels(structure, calculator.name, this.#properties)) this.#reused++;
    else this.#computed++;
    return labelOne(structure, calculator, this.#properties);
  }

  async #take(outcome: Outcome): Promise<void> {
    const { shardSize = 100, shardSeconds = 300 } = this.#options;
    if (this.#batch.length === 0) this.#batchStart = performance.now();
    this.#batch.push(outcome);
    this.#progress.count('failure' in outcome ? outcome.failure : undefined);
    const now = performance.now();
    if (this.#batch.length >= shardSize || now - this.#batchStart > 1000 * shardSeconds) {
      await this.#commit();
    }
    if (now - this.#lastTurn > TURN) {
      await new Promise((resolve) => setImmediate(resolve));
      this.#lastTurn = performance.now();
    }
  }

  async #unit(item: StructureUnit): Promise<void> {
    this.#seen.add(item.unit);
    if (this.#formerUnits.has(item.unit)) return;
    await this.#commit();
    const { signal } = this.#options;
    // A unit counts as a whole: stopped half way, it is made again.
    const outcomes: Outcome[] = [];
    let made: readonly Structure[] = [];
    try {
      made = await item.make(signal);
    } catch (error) {
      if (error instanceof AbortedError) throw error;
      const failure = { id: item.unit, hash: '', code: codeOf(error), message: messageOf(error) };
      outcomes.push({ failure });
      this.#progress.count(failure);
    }
    for (const structure of made) {
      if (signal?.aborted === true) throw this.#aborted();
      if (!this.#isNew(structure)) {
        throw this.#mismatch(`${structure.meta.id} in one unit only`, `it also in ${item.unit}`);
      }
      const outcome = await this.#start(structure);
      outcomes.push(outcome);
      this.#progress.count('failure' in outcome ? outcome.failure : undefined);
    }
    this.#batch = outcomes;
    await this.#commit(item.unit);
  }

  async #commit(unit?: string): Promise<void> {
    const batch = this.#batch;
    if (batch.length === 0 && unit === undefined) return;
    this.#batch = [];
    await this.#folder.commit({
      labelled: batch.flatMap((outcome) => ('labelled' in outcome ? [outcome.labelled] : [])),
      failed: batch.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : [])),
      ...(unit === undefined ? {} : { unit }),
    });
    this.#options.onEvent?.({
      type: 'commit',
      structures: batch.length,
      shards: this.#folder.shards,
    });
  }

  /** A folder that knows more than the set belongs to another set. */
  #checkComplete(): void {
    const units = [...this.#formerUnits].filter((unit) => !this.#seen.has(unit));
    const missing = this.#loose - this.#looseSeen;
    if (missing === 0 && units.length === 0) return;
    throw this.#mismatch(
      'every structure of the folder in the set',
      `${missing} structures and ${units.length} units that are not in it`,
    );
  }

  #finish(): LabelSummary {
    const { minSuccess = 0.95, onEvent, folder } = this.#options;
    const { labelled, failed, shards } = this.#folder;
    const count = labelled + failed.length;
    const summary: LabelSummary = {
      labelled,
      failed,
      successRate: count === 0 ? 1 : labelled / count,
      skipped: this.#skipped,
      reused: this.#reused,
      computed: this.#computed,
      shards,
      seconds: this.#progress.seconds,
    };
    onEvent?.({ type: 'end', summary });
    if (summary.successRate >= minSuccess) return summary;
    const codes = [...new Set(failed.map(({ code }) => code))].join(', ');
    throw new LabelNoGoError(
      `NO-GO: ${labelled} of ${count} structures were labelled (${codes})`,
      summary,
      `At least ${100 * minSuccess} % must succeed; the reasons are in ${folder}/journal.jsonl. Repair the structures or the teacher and label into a new folder, or lower minSuccess.`,
    );
  }

  #aborted(): AbortedError {
    const { folder } = this.#options;
    return new AbortedError('data/aborted', `labelling into ${folder} was stopped`, {
      where: folder,
      hint: 'Start it again with the same options: it goes on where it was.',
    });
  }

  #mismatch(expected: string, found: string): FolderMismatchError {
    const { folder } = this.#options;
    return new FolderMismatchError('data/folder-mismatch', `${folder} holds other structures`, {
      expected,
      found,
      where: folder,
      hint: 'Label into a new folder, or give the structures that the folder was begun with.',
    });
  }
}
