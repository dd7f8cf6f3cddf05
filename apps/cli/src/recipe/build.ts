import { copyFileSync, linkSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileSystemError, sha256, stableStringify } from '@mlffd/core';
import type { TeacherEvent } from '@mlffd/teachers';
import { lockRun } from '../pipeline/runLock.ts';
import { StageRunner } from '../pipeline/stage.ts';
import { TeacherHandle } from '../pipeline/teacher.ts';
import type { OnEvent } from '../pipeline/progress.ts';
import { recipeLabelStage, type LabelOutput } from './labelStage.ts';
import { parentsStage, type ParentsOutput } from './parentsStage.ts';
import type { Recipe } from './recipe.ts';

export interface BuildOptions {
  readonly recipe: Recipe;
  /** Folder that relative paths in the recipe start from. */
  readonly base: string;
  /** Where everything is written; what is finished in it is not done again. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** What a build gave. */
export interface BuildResult {
  /** The dataset. */
  readonly file: string;
  readonly parents: ParentsOutput;
  readonly labels: LabelOutput;
  /** Seconds of the stages, of all attempts. */
  readonly seconds: { readonly parents: number; readonly label: number };
}

/**
 * Makes a labelled dataset from a recipe: parents, samples around them, labels, one file.
 *
 * Killed at any point and called again, it goes on where it was and gives the same dataset.
 */
export async function buildDataset(options: BuildOptions): Promise<BuildResult> {
  const { recipe, base, folder, signal, onEvent } = options;
  const release = lockRun(folder);
  let teacher: TeacherHandle | undefined;
  try {
    teacher = await TeacherHandle.open(recipe.teacher, {
      copies: recipe.labelling.workers,
      timeout: recipe.labelling.timeout,
      onEvent: (event) => {
        const message = noteOf(event);
        if (message !== undefined)
          onEvent({ type: 'note', stage: 'teacher', level: 'warning', message });
      },
    });
    const runner = new StageRunner({ folder, signal, onEvent, total: 2 });
    const parents = await runner.run(parentsStage(recipe, base, filesHash(recipe, base)));
    const labels = await runner.run(recipeLabelStage(recipe, parents, teacher));
    const file = join(folder, 'dataset.h5');
    publish(join(labels.folder, labels.output.file), file);
    return {
      file,
      parents: parents.output,
      labels: labels.output,
      seconds: { parents: parents.seconds, label: labels.seconds },
    };
  } finally {
    await teacher?.dispose();
    release();
  }
}

/** What a user has to know of what a teacher outside this process tells. */
function noteOf(event: TeacherEvent): string | undefined {
  if (event.type === 'unknown-argument') {
    return `the calculator names no argument '${event.argument}': perhaps it is misspelt`;
  }
  if (event.type === 'version-differs') {
    return `${event.package} is version ${event.found}; ${event.expected} was tried`;
  }
  return undefined;
}

/** Hash of the files that a recipe reads, so that a changed file is read again. */
function filesHash(recipe: Recipe, base: string): string {
  const files = recipe.sources.flatMap(({ files: listed = [], molecules }) =>
    molecules?.file === undefined ? listed : [...listed, molecules.file],
  );
  return sha256(stableStringify(files.map((file) => fileHash(resolve(base, file)))));
}

function fileHash(path: string): string {
  try {
    return sha256(readFileSync(path));
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

/** The stage's file under its public name, without a second copy where the disk can do that. */
function publish(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
