import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Atoms, InvalidArgumentError, isMlffdError } from '@mlffd/core';
import { Dataset, loadSplit } from '@mlffd/data';
import { readRunFile } from '../../training/runFile.ts';

const MOST = 500;

/**
 * Structures of the test set of the run that made one of the students, evenly spread: what it has not
 * been trained on.
 *
 * @throws InvalidArgumentError `usage/no-structures` where no run is around
 */
export async function testStructures(students: readonly string[]): Promise<Atoms[]> {
  for (const student of students) {
    for (const run of runsAround(student)) {
      const found = await testSet(run);
      if (found.length > 0) return found;
    }
  }
  throw new InvalidArgumentError('usage/no-structures', 'There is nothing said to validate on.', {
    where: '--structures',
    expected: 'structures, or a student in the folder of its run',
    found: `no test set beside ${students.join(', ')}`,
    hint: 'Give --structures FILE with structures of the kind that the student is for, or --systems.',
  });
}

/** Folders above a student that hold stages: of its own size, of the whole run. */
function runsAround(student: string): string[] {
  const parent = dirname(resolve(student));
  return [parent, dirname(parent), dirname(dirname(parent))].filter((folder) =>
    existsSync(join(folder, 'stages')),
  );
}

/** Of the split that was made last and of the dataset that it fits. */
async function testSet(run: string): Promise<Atoms[]> {
  const splits = stageFiles(run, 'split.json');
  const stores = [...stageFiles(run, 'dataset.h5'), ...sourceOf(run)];
  for (const split of splits) {
    for (const store of stores) {
      const found = await structuresOf(store, split);
      if (found.length > 0) return found;
    }
  }
  return [];
}

async function structuresOf(store: string, split: string): Promise<Atoms[]> {
  let dataset: Dataset | undefined;
  try {
    dataset = await Dataset.open(store);
    const { test, validation } = loadSplit(split, dataset);
    const held = test.length > 0 ? test : validation;
    const stride = Math.max(1, Math.ceil(held.length / MOST));
    const open = dataset;
    return Array.from(
      held.filter((_, k) => k % stride === 0),
      (index) => open.get(index).atoms,
    );
  } catch (error) {
    // Of another run: the split does not fit, or is not there any more.
    if (isMlffdError(error)) return [];
    throw error;
  } finally {
    dataset?.close();
  }
}

/** Files of this name in the folders of stages, the latest first. */
function stageFiles(run: string, name: string): string[] {
  const stages = join(run, 'stages');
  return readdirSync(stages)
    .map((stage) => join(stages, stage, name))
    .filter((file) => existsSync(file))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
}

/** The dataset that the configuration of a training run names. */
function sourceOf(run: string): string[] {
  try {
    const { config, base } = readRunFile(run);
    return typeof config.dataset === 'string' ? [resolve(base, config.dataset)] : [];
  } catch (error) {
    if (isMlffdError(error)) return [];
    throw error;
  }
}
