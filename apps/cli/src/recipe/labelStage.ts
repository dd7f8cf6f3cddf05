import { join } from 'node:path';
import { compactShards, labelStructures, type LabelProperty } from '@mlffd/data';
import type { Stage } from '../pipeline/stage.ts';
import { requireElements } from '../pipeline/systems.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';
import { readParents, type ParentsOutput } from './parentsStage.ts';
import type { Recipe } from './recipe.ts';
import { samplingOf, samplingUnits } from './units.ts';

/** The labelled dataset, a file in the stage's folder. */
export interface LabelOutput {
  readonly file: string;
  readonly hash: string;
  readonly structures: number;
  readonly atoms: number;
  readonly failed: number;
  readonly successRate: number;
  /** Seconds of the labelling itself, this run's part. */
  readonly seconds: number;
}

/** Samples around the parents with the teacher and labels what it has not labelled on the way. */
export function recipeLabelStage(
  recipe: Recipe,
  parents: { readonly folder: string; readonly output: ParentsOutput },
  teacher: TeacherHandle,
): Stage<LabelOutput> {
  const { seed, labelling, sources } = recipe;
  const properties: readonly LabelProperty[] =
    recipe.properties ??
    (parents.output.periodic ? ['energy', 'forces', 'stress'] : ['energy', 'forces']);
  return {
    name: 'label',
    version: 1,
    inputs: {
      parents: parents.output.hash,
      sampling: sources.map(samplingOf),
      teacher: teacher.fingerprint,
      properties,
      seed,
      minSuccess: labelling.minSuccess,
    },
    summarize: ({ structures, atoms, failed, successRate }) =>
      `${structures.toLocaleString('en')} structures, ${atoms.toLocaleString('en')} atoms` +
      (failed > 0
        ? `; ${String(failed)} failed, ${(100 * successRate).toFixed(1)} % succeeded (journal.jsonl)`
        : ''),
    run: async ({ folder, progress, note, signal }) => {
      const calculator = await teacher.pool();
      const starts = await readParents(parents.folder, parents.output);
      requireElements(
        sources.map(({ name }, k) => ({ name, starts: starts[k] })),
        calculator,
      );
      const units = sources.flatMap((source, k) =>
        samplingUnits(source, starts[k], { calculator, properties, seed }),
      );
      const shards = join(folder, 'shards');
      const total = units.reduce((sum, { count = 0 }) => sum + count, 0);
      const summary = await labelStructures({
        structures: units,
        total,
        calculator,
        folder: shards,
        properties,
        order: 'size',
        retries: labelling.retries,
        minSuccess: labelling.minSuccess,
        fingerprint: teacher.fingerprint,
        generator: `mlffd data build ${recipe.name}`,
        seed,
        signal,
        onEvent: (event) => {
          if (event.type === 'progress') {
            const failed = event.failed > 0 ? { detail: `${String(event.failed)} failed` } : {};
            progress({ done: event.done, total, unit: 'structures', ...failed });
          } else if (event.type === 'failure') {
            note(`${event.id} failed: ${event.message}`, 'warning');
          }
        },
      });
      const file = 'dataset.h5';
      const store = await compactShards(shards, join(folder, file), { signal });
      return {
        file,
        hash: store.hash,
        structures: store.structures,
        atoms: store.atoms,
        failed: summary.failed.length,
        successRate: summary.successRate,
        seconds: summary.seconds,
      };
    },
  };
}
