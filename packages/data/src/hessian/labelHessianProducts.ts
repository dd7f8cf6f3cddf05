import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, stableStringify } from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { requireCount, requirePositive } from '../build/invalidOption.ts';
import { FolderMismatchError } from '../errors.ts';
import { readLabelFolder } from '../label/labelFolder.ts';
import type { LabelOptions } from '../label/labelOptions.ts';
import { structuresInOrder } from '../label/labelOrder.ts';
import { labelStructures } from '../label/labelStructures.ts';
import type { LabelSummary } from '../label/labelTypes.ts';
import { MANIFEST } from '../label/manifest.ts';
import type { Dataset } from '../store/dataset.ts';
import type { Structure } from '../structure.ts';
import { randomDirection } from './directions.ts';
import type { DirectionKind } from './directions.ts';
import { DISPLACEMENT, requireForcesOnly } from './hessianProduct.ts';
import { ProductCalculator } from './productCalculator.ts';
import { ProductFile } from './productFile.ts';
import type { ProductDescription } from './productFormat.ts';
import { writeProducts } from './productWriter.ts';
import type { HessianProduct, ProductFileSummary } from './productWriter.ts';

type SharedOptions = Pick<
  LabelOptions,
  | 'concurrency'
  | 'fingerprint'
  | 'minSuccess'
  | 'onEvent'
  | 'order'
  | 'repair'
  | 'retries'
  | 'retryFailed'
  | 'shardSeconds'
  | 'shardSize'
  | 'signal'
  | 'timeout'
>;

/** Options of `labelHessianProducts`; those not told of here are as in `LabelOptions`. */
export interface HessianLabelOptions extends SharedOptions {
  readonly dataset: Dataset;
  /** Teacher: gives forces. */
  readonly calculator: Calculator;
  /** The file of products; beside it, in `PATH.parts`, is what a run that was stopped goes on from. */
  readonly path: string;
  /** Numbers of the structures to take; default all. */
  readonly indices?: ArrayLike<number>;
  /** Directions of each structure, two force calls each; default 1. */
  readonly directions?: number;
  /** Default `signs`. */
  readonly kind?: DirectionKind;
  /** Angstrom, for entries of 1; default 0.005, see `HessianProductOptions`. */
  readonly displacement?: number;
  /** Default 0. */
  readonly seed?: number;
  /** Smallest fraction that must succeed; default: any at all. */
  readonly minSuccess?: number;
  /** Seconds for each product, which is two calls; default no limit. */
  readonly timeout?: number;
}

/** What `labelHessianProducts` has done: products are counted, not structures. */
export interface HessianLabelSummary extends ProductFileSummary {
  /** Absent when the file was there already and its parts are gone. */
  readonly labels?: LabelSummary;
}

/** Some product must be there. */
const ANY = Number.MIN_VALUE;

/**
 * Multiplies the Hessian of a teacher with random directions, for the structures of a dataset, by
 * central differences of its forces, into a file of its own.
 *
 * A run that was stopped in whatever way goes on where it was (see `labelStructures`, which does the
 * work). A product that fails is recorded in the journal of the parts with its reason, told as an
 * event, and left out. Names there are `ID#K`: direction K of the structure ID.
 *
 * @throws FolderMismatchError when file or parts are of another dataset, teacher, displacement,
 * number or kind of directions, or seed
 * @throws LabelNoGoError when fewer than `minSuccess` succeed
 * @throws InvalidArgumentError, PropertyNotAvailableError, FolderBusyError, FileFormatError,
 * FileSystemError, AbortedError as `labelStructures`
 */
export async function labelHessianProducts(
  options: HessianLabelOptions,
): Promise<HessianLabelSummary> {
  const description = describe(options);
  const { path, dataset, calculator, ...rest } = options;
  const folder = `${path}.parts`;
  const former = await formerSummary(path, description);
  if (former !== undefined && !existsSync(join(folder, MANIFEST))) return former;
  const products = new ProductCalculator(calculator, description.displacement);
  const { seed, kind, directions, displacement } = description;
  const indices = options.indices ?? Int32Array.from({ length: dataset.length }, (_, k) => k);
  const labels = await labelStructures({
    ...shared(rest),
    structures: productItems(
      dataset,
      indices,
      (atoms, id, direction) => {
        const key = { seed, id, direction, kind };
        products.setDirection(atoms, randomDirection(atoms.positions.length, key));
      },
      directions,
    ),
    total: indices.length * directions,
    calculator: products,
    folder,
    properties: ['forces'],
    minSuccess: options.minSuccess ?? ANY,
    generator: stableStringify({ dataset: dataset.hash, directions, displacement, kind }),
    seed,
  });
  const summary = await writeProducts(path, description, readParts(folder, description));
  return { ...summary, labels };
}

function describe(options: HessianLabelOptions): ProductDescription {
  const { dataset, calculator, fingerprint, directions = 1, kind = 'signs', seed = 0 } = options;
  const { displacement = DISPLACEMENT, indices } = options;
  requirePositive('displacement', displacement);
  requireCount('directions', directions, 1);
  requireCount('seed', seed, 0);
  requireForcesOnly(calculator);
  for (let k = 0; indices !== undefined && k < indices.length; k++) {
    if (Number.isInteger(indices[k]) && indices[k] >= 0 && indices[k] < dataset.length) continue;
    throw new InvalidArgumentError('data/no-such-structure', `no structure ${indices[k]}`, {
      expected: `numbers from 0 to ${dataset.length - 1}`,
      found: String(indices[k]),
      where: 'indices',
    });
  }
  return {
    dataset: dataset.hash,
    teacher: calculator.name,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    displacement,
    directions,
    kind,
    seed,
  };
}

function shared(options: SharedOptions): SharedOptions {
  const { concurrency, fingerprint, onEvent, order, repair, retries, retryFailed } = options;
  const { shardSeconds, shardSize, signal, timeout } = options;
  const all = { concurrency, fingerprint, onEvent, order, repair, retries, retryFailed };
  const given = Object.entries({ ...all, shardSeconds, shardSize, signal, timeout });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** A structure for each product, read when its turn comes, in the order of the dataset. */
function* productItems(
  dataset: Dataset,
  indices: ArrayLike<number>,
  onItem: (atoms: Atoms, id: string, direction: number) => void,
  directions: number,
): Generator<Structure, void, undefined> {
  for (const index of Array.from(indices).sort((a, b) => a - b)) {
    const { atoms, meta } = dataset.get(index);
    for (let direction = 0; direction < directions; direction++) {
      const own = { ...atoms };
      onItem(own, meta.id, direction);
      yield {
        atoms: own,
        meta: {
          id: `${meta.id}#${direction}`,
          group: meta.group,
          source: meta.source,
          parent: meta.id,
          details: { structure: index, direction },
        },
      };
    }
  }
}

async function* readParts(
  folder: string,
  { seed, kind }: ProductDescription,
): AsyncGenerator<HessianProduct, void, undefined> {
  for await (const { atoms, meta, forces } of structuresInOrder(readLabelFolder(folder))) {
    const { parent, details } = meta;
    if (forces === undefined || parent === undefined || details === undefined) continue;
    const number = Number(details.direction);
    const key = { seed, id: parent, direction: number, kind };
    yield {
      structure: Number(details.structure),
      number,
      direction: randomDirection(atoms.positions.length, key),
      product: forces,
    };
  }
}

/** What is under `path` already. */
async function formerSummary(
  path: string,
  wanted: ProductDescription,
): Promise<HessianLabelSummary | undefined> {
  if (!existsSync(path)) return undefined;
  const file = await ProductFile.open(path);
  const { description, hash, length } = file;
  file.close();
  const [found, expected] = [description, wanted].map((value) => stableStringify(value));
  if (found === expected) return { path, products: length, hash };
  throw new FolderMismatchError('data/folder-mismatch', `${path} holds other products`, {
    expected,
    found,
    where: path,
    hint: 'Label into a new file, or give what this one was begun with.',
  });
}
