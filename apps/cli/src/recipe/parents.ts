import { resolve } from 'node:path';
import { isMlffdError, readTextFile } from '@mlffd/core';
import {
  cluster,
  crystalSet,
  dimerScan,
  elementLists,
  elementPairs,
  packBox,
  readStructures,
  slab,
  substitute,
  supercell,
  vacancies,
  type Parent,
} from '@mlffd/data';
import type {
  BoxConfig,
  CrystalsConfig,
  DimersConfig,
  SourceConfig,
  VariantConfig,
} from './recipe.ts';

/** A structure that could not be made, and why; it stops nothing. */
export interface Skipped {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** Some parents that are made together; what is finished is kept on disk. */
export interface ParentBatch {
  /** Stable name of the batch: `molecules-0003`. */
  readonly name: string;
  /** How many items it works through, for the progress. */
  readonly items: number;
  make(skip: (reason: Skipped) => void): Parent[] | Promise<Parent[]>;
}

/** Molecules whose conformers are made before the result is saved: some seconds of work. */
const MOLECULES_PER_BATCH = 10;

/** What a source's parents are made with. */
export interface ParentMeans {
  readonly seed: number;
  /** Folder that relative paths start from. */
  readonly base: string;
}

/** Plans the making of all parents of a source. */
export async function parentBatches(
  source: SourceConfig,
  means: ParentMeans,
): Promise<ParentBatch[]> {
  const { name, molecules, crystals, boxes, dimers, files } = source;
  if (crystals !== undefined) {
    return [{ name, items: 1, make: (skip) => crystalParents(name, crystals, means.seed, skip) }];
  }
  if (dimers !== undefined) {
    return [{ name, items: 1, make: () => dimerParents(name, dimers) }];
  }
  if (boxes !== undefined) {
    const numbers = Array.from({ length: boxes.count }, (_, k) => k);
    return numbers.map((k) => ({
      name: `${name}-${pad(k)}`,
      items: 1,
      make: () => boxParent(name, boxes, { ...means, k }),
    }));
  }
  if (molecules !== undefined) {
    // Chemistry is loaded by recipes that have molecules only: it takes a while.
    const { bundledSmiles } = await import('@mlffd/data/molecules');
    const { count, skip, smiles, file, conformers } = molecules;
    const list = smiles ?? (file === undefined ? bundledSmiles(skip, count) : lines(file, means));
    return chunks(list, MOLECULES_PER_BATCH).map((part, k) => ({
      name: `${name}-${pad(k)}`,
      items: part.length,
      make: (skipped) => moleculeParents(name, part, { conformers, seed: means.seed, skipped }),
    }));
  }
  return (files ?? []).map((file, k) => ({
    name: `${name}-${pad(k)}`,
    items: 1,
    make: () => fileParents(name, file, { ...means, k }),
  }));
}

const pad = (k: number): string => String(k).padStart(4, '0');

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, k) =>
    list.slice(k * size, (k + 1) * size),
  );
}

function lines(file: string, { base }: ParentMeans): string[] {
  return readTextFile(resolve(base, file))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

async function moleculeParents(
  source: string,
  smiles: readonly string[],
  options: {
    readonly conformers: number;
    readonly seed: number;
    readonly skipped: (reason: Skipped) => void;
  },
): Promise<Parent[]> {
  const { moleculesFromSmiles } = await import('@mlffd/data/molecules');
  const { conformers, seed, skipped } = options;
  return smiles.flatMap((text) =>
    attempt(`${source}/${text}`, skipped, () =>
      moleculesFromSmiles(text, { conformers, seed }).map(({ id, group, atoms }) => ({
        id: `${source}/${id.replaceAll(' ', '-')}`,
        group,
        atoms,
      })),
    ),
  );
}

function crystalParents(
  source: string,
  config: CrystalsConfig,
  seed: number,
  skipped: (reason: Skipped) => void,
): Parent[] {
  const { prototypes, elements, strains, repeat, variants, maxAtoms } = config;
  const plain = crystalSet({
    prototypes,
    elements: elementLists(...elements).filter((list) => new Set(list).size === list.length),
    ...(strains === undefined ? {} : { strains }),
    ...(repeat === undefined ? {} : { repeat }),
  }).map((parent) => ({ ...parent, id: `${source}/${parent.id}` }));
  return plain
    .flatMap((parent) => [
      parent,
      ...variants.flatMap((variant) => {
        const id = `${parent.id}/${variantName(variant)}`;
        return attempt(id, skipped, () => [
          { id, group: parent.group ?? parent.id, atoms: madeOf(parent, variant, seed) },
        ]);
      }),
    ])
    .filter(({ atoms }) => atoms.numbers.length <= maxAtoms);
}

function variantName(variant: VariantConfig): string {
  if ('supercell' in variant) return `supercell-${variant.supercell.join('x')}`;
  if ('vacancies' in variant) return `vacancies-${String(variant.vacancies)}`;
  if ('substitute' in variant) {
    const { from, to, fraction } = variant.substitute;
    return `${from}-to-${to}-${String(fraction)}`;
  }
  if ('slab' in variant) return `slab-${variant.slab.miller.join('_')}`;
  return `cluster-${String(variant.cluster.radius)}`;
}

function madeOf({ id, atoms }: Parent, variant: VariantConfig, seed: number): Parent['atoms'] {
  const random = { seed, stream: id };
  if ('supercell' in variant) {
    const [a, b, c] = variant.supercell;
    return supercell(atoms, [
      [a, 0, 0],
      [0, b, 0],
      [0, 0, c],
    ]);
  }
  if ('vacancies' in variant) return vacancies(atoms, { count: variant.vacancies, ...random });
  if ('substitute' in variant) return substitute(atoms, { ...variant.substitute, ...random });
  if ('slab' in variant) return slab(atoms, variant.slab);
  return cluster(atoms, variant.cluster);
}

function dimerParents(source: string, { elements, to, count }: DimersConfig): Parent[] {
  const scan = dimerScan({ pairs: elementPairs(elements), to, count });
  return Array.from(scan, ({ atoms, meta }) => ({
    id: `${source}/${meta.id}`,
    group: `${source}/${meta.group}`,
    atoms,
  }));
}

async function boxParent(
  source: string,
  { molecules, density }: BoxConfig,
  { seed, k }: ParentMeans & { readonly k: number },
): Promise<Parent[]> {
  const { moleculesFromSmiles } = await import('@mlffd/data/molecules');
  const members = Object.entries(molecules).map(([smiles, count]) => ({
    atoms: moleculesFromSmiles(smiles, { seed })[0].atoms,
    count,
  }));
  const id = `${source}/box-${pad(k)}`;
  return [{ id, atoms: packBox({ molecules: members, density, seed, stream: id }) }];
}

async function fileParents(
  source: string,
  file: string,
  { base, seed, k }: ParentMeans & { readonly k: number },
): Promise<Parent[]> {
  const path = resolve(base, file);
  const name = `${source}/${pad(k)}`;
  if (/\.(sdf|mol)$/i.test(path)) {
    const { readSdf, readMolfile } = await import('@mlffd/data/molecules');
    const text = readTextFile(path);
    const records = /\.sdf$/i.test(path)
      ? readSdf(text, path, { seed })
      : [readMolfile(text, path, { seed })];
    return records.map(({ atoms }, n) => ({ id: `${name}-${pad(n)}`, group: name, atoms }));
  }
  const frames = await readStructures(path);
  return frames.map(({ atoms }, n) => ({ id: `${name}-${pad(n)}`, group: name, atoms }));
}

/** What `make` gives; an error that is ours becomes a reason for leaving it out. */
function attempt(id: string, skipped: (reason: Skipped) => void, make: () => Parent[]): Parent[] {
  try {
    return make();
  } catch (error) {
    if (!isMlffdError(error)) throw error;
    skipped({ id, code: error.code, message: error.message });
    return [];
  }
}
