import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readTextFile, sha256, stableStringify, writeFileAtomic } from '@mlffd/core';
import { exportExtxyz, importExtxyz, type Parent } from '@mlffd/data';
import { stopped, type Stage, type StageContext } from '../pipeline/stage.ts';
import { parentBatches, type ParentBatch, type Skipped } from './parents.ts';
import type { Recipe } from './recipe.ts';

/** What the making of parents gave; the structures are in files of the stage's folder. */
export interface ParentsOutput {
  readonly sources: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly parents: number;
  }[];
  readonly parents: number;
  readonly periodic: boolean;
  readonly skipped: readonly Skipped[];
  readonly hash: string;
}

/** Makes the structures that everything else is made from: molecules, crystals, boxes, files. */
export function parentsStage(recipe: Recipe, base: string, files: string): Stage<ParentsOutput> {
  return {
    name: 'parents',
    version: 1,
    inputs: {
      sources: recipe.sources.map(
        ({ name, molecules, crystals, boxes, dimers, files: listed }) => ({
          name,
          molecules,
          crystals,
          boxes,
          dimers,
          files: listed,
        }),
      ),
      seed: recipe.seed,
      files,
    },
    summarize: ({ parents, skipped }) =>
      `${String(parents)} structures to start from` +
      (skipped.length > 0 ? `, ${String(skipped.length)} left out (see stage.json)` : ''),
    run: async (context) => {
      const plans = await Promise.all(
        recipe.sources.map((source) => parentBatches(source, { seed: recipe.seed, base })),
      );
      await makeBatches(plans.flat(), context);
      return summary(recipe, plans, context);
    },
  };
}

/** The parents of each source, as the stage left them. */
export async function readParents(folder: string, output: ParentsOutput): Promise<Parent[][]> {
  const sources: Parent[][] = [];
  for (const { files } of output.sources) {
    const parents: Parent[] = [];
    for (const file of files) parents.push(...(await readBatch(join(folder, file))));
    sources.push(parents);
  }
  return sources;
}

const fileOf = ({ name }: ParentBatch): string => `${name}.xyz`;
const reasonsOf = ({ name }: ParentBatch): string => `${name}.skipped.json`;

async function makeBatches(batches: readonly ParentBatch[], context: StageContext): Promise<void> {
  const { folder, signal, progress, note } = context;
  const total = batches.reduce((sum, { items }) => sum + items, 0);
  let done = 0;
  for (const batch of batches) {
    if (signal.aborted) throw stopped();
    const file = join(folder, fileOf(batch));
    if (!existsSync(file)) {
      const skipped: Skipped[] = [];
      const parents = await batch.make((reason) => {
        skipped.push(reason);
        note(`${reason.id} is left out: ${reason.message}`, 'warning');
      });
      // The structures come last: where they are, the batch is complete.
      writeFileAtomic(join(folder, reasonsOf(batch)), JSON.stringify(skipped));
      exportExtxyz(
        parents.map(({ id, group = id, atoms }) => ({
          atoms,
          meta: { id, group, source: 'parent' },
        })),
        file,
      );
      // Making is synchronous: let a signal and the display have their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    done += batch.items;
    progress({ done, total, unit: 'molecules and sets' });
  }
}

async function summary(
  recipe: Recipe,
  plans: readonly (readonly ParentBatch[])[],
  { folder }: StageContext,
): Promise<ParentsOutput> {
  const skipped: Skipped[] = [];
  const hashes: string[] = [];
  const sources: ParentsOutput['sources'][number][] = [];
  let periodic = true;
  for (const [k, plan] of plans.entries()) {
    let parents = 0;
    for (const batch of plan) {
      const file = join(folder, fileOf(batch));
      const made = await readBatch(file);
      parents += made.length;
      periodic &&= made.every(({ atoms }) => atoms.pbc.every(Boolean));
      hashes.push(sha256(readTextFile(file)));
      skipped.push(...(JSON.parse(readTextFile(join(folder, reasonsOf(batch)))) as Skipped[]));
    }
    sources.push({ name: recipe.sources[k].name, files: plan.map(fileOf), parents });
  }
  return {
    sources,
    parents: sources.reduce((sum, { parents }) => sum + parents, 0),
    periodic,
    skipped,
    hash: sha256(stableStringify(hashes)),
  };
}

async function readBatch(file: string): Promise<Parent[]> {
  if (statSync(file).size === 0) return [];
  const parents: Parent[] = [];
  for await (const { atoms, meta } of importExtxyz(file)) {
    parents.push({ id: meta.id, group: meta.group, atoms });
  }
  return parents;
}
