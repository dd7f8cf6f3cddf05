import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileSystemError, sha256, stableStringify, writeFileAtomic } from '@mlffd/core';
import { paretoFront, smallestPassing, type TrainConfigInput } from '@mlffd/train';
import { versions } from '../output/versions.ts';
import { machine } from '../pipeline/machine.ts';
import type { OnEvent } from '../pipeline/progress.ts';
import { lockRun } from '../pipeline/runLock.ts';
import { StageRunner } from '../pipeline/stage.ts';
import type { Reference } from './budgetStage.ts';
import { identifySource } from './dataSource.ts';
import { dataStage } from './dataStage.ts';
import { modelOf } from './definition.ts';
import { paretoReport } from './paretoReport.ts';
import { publishStudent, studentCard } from './publish.ts';
import type { ParetoResults, RunFacts, StudentResults } from './results.ts';
import { claimFolder, type TrainRun } from './runFile.ts';
import {
  measureOf,
  runSize,
  stagesOf,
  type Measure,
  type RunMeans,
  type SizeResult,
  type SizeTask,
} from './sizeRun.ts';
import { loadStart, requireKnownElements } from './startFrom.ts';
import { studentReport } from './studentReport.ts';
import type { ReferenceConfig, TrainRunConfig } from './trainConfig.ts';

/** How a run is carried out. */
export interface RunOptions {
  readonly run: TrainRun;
  readonly folder: string;
  readonly workers?: number | undefined;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
}

/** Trains, measures and packs one student, or one of every preset. */
export async function trainRun(options: RunOptions): Promise<StudentResults | ParetoResults> {
  const { presets } = options.run;
  const stages = (measure: Measure): number => 1 + (presets?.length ?? 1) * stagesOf(measure);
  return inFolder(options, stages, async (means, runner) =>
    presets === undefined
      ? oneStudent(options, means, runner)
      : severalStudents(options, means, presets),
  );
}

/**
 * Claims and locks the folder, opens the data, and hands both to the work.
 *
 * @throws ConfigError when the folder holds another run, or student and data do not fit
 */
export async function inFolder<T>(
  options: RunOptions,
  stages: (measure: Measure) => number,
  work: (means: RunMeans, runner: StageRunner) => Promise<T>,
): Promise<T> {
  const { run, folder, signal, onEvent, workers } = options;
  const { config, base, verb } = run;
  // Everything that can be wrong with the input is found before the folder is touched.
  const source = await identifySource(resolve(base, config.dataset));
  const student = run.student === undefined ? undefined : loadStart(run.student, config);
  const reference = await referenceOf(config.reference, base);
  const release = lockRun(folder);
  try {
    claimFolder(folder, run);
    const total = stages(measureOf({ config, reference }));
    const runner = new StageRunner({ folder, signal, onEvent, total });
    const data = await runner.run(dataStage(config, source, base));
    if (verb === 'finetune' && student !== undefined) {
      requireKnownElements(student, data.output.facts.elements);
    }
    const start =
      student === undefined || run.student === undefined
        ? undefined
        : { student, hash: weightsHash(run.student) };
    return await work({ config, verb, start, source, data, reference, workers }, runner);
  } finally {
    release();
  }
}

/** What all students of a run have in common. */
export function factsOfRun(run: TrainRun, { config, verb, data }: RunMeans): RunFacts {
  const { output } = data;
  return {
    name: config.name,
    verb,
    from: run.student ?? null,
    teacher: config.teacher.name ?? output.teacher,
    data: {
      dataset: config.dataset,
      training: output.train.length,
      validation: output.validation.length,
      test: output.test.length,
      facts: output.facts,
    },
    seed: config.seed,
    hashes: { dataset: output.hash, split: output.splitHash },
    versions: versions(),
    machine: machine(),
  };
}

/** Packs a student with its card and report into a folder. */
async function packStudent(
  folder: string,
  { config, facts, size }: { config: TrainRunConfig; facts: RunFacts; size: SizeResult },
): Promise<StudentResults> {
  const results = { ...facts, ...size.figures };
  const card = studentCard({
    config,
    facts,
    figures: size.figures,
    settings: settingsOf(size.trainer),
    from: size.folder,
  });
  publishStudent({ from: size.folder, to: join(folder, 'student'), card });
  writeFileAtomic(join(folder, 'report.html'), await studentReport({ facts, size }));
  writeResults(folder, results);
  return results;
}

export function writeResults(folder: string, results: unknown): void {
  writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
}

/** A runner for a student in a folder of its own, counting on where the others ended. */
export function sizeRunner(
  options: Pick<RunOptions, 'folder' | 'signal' | 'onEvent'>,
  {
    name,
    before,
    total,
  }: { readonly name: string; readonly before: number; readonly total: number },
): StageRunner {
  const { folder, signal, onEvent } = options;
  return new StageRunner({
    folder: join(folder, name),
    signal,
    total,
    onEvent: (event) => {
      const stage = `${name}: ${event.stage}`;
      onEvent(
        'index' in event ? { ...event, stage, index: event.index + before } : { ...event, stage },
      );
    },
  });
}

async function oneStudent(
  { run, folder }: RunOptions,
  means: RunMeans,
  runner: StageRunner,
): Promise<StudentResults> {
  const { config, start } = means;
  const model = start?.student.config ?? modelOf(config);
  const task: SizeTask = { name: config.name, runner, model, measure: measureOf(means) };
  const size = await runSize(means, task);
  return packStudent(folder, { config, facts: factsOfRun(run, means), size });
}

async function severalStudents(
  options: RunOptions,
  means: RunMeans,
  presets: readonly string[],
): Promise<ParetoResults> {
  const { run, folder } = options;
  const { config } = means;
  const facts = factsOfRun(run, means);
  const measure = measureOf(means);
  const each = stagesOf(measure);
  const total = 1 + presets.length * each;
  const sizes: SizeResult[] = [];
  for (const [k, preset] of presets.entries()) {
    const runner = sizeRunner(options, { name: preset, before: 1 + k * each, total });
    const model = modelOf(config, preset);
    const size = await runSize(means, { name: preset, runner, model, measure });
    const named = { ...config, name: `${config.name}-${preset}` };
    await packStudent(join(folder, preset), { config: named, facts, size });
    sizes.push(size);
  }
  const candidates = sizes.map(({ figures }, k) => ({
    name: figures.student,
    parameters: figures.parameters,
    cost: figures.microseconds_per_call ?? NaN,
    error: figures.force_mae_meV_A ?? figures.energy_mae_meV_atom ?? NaN,
    passed: figures.verdict === 'pass',
    k,
  }));
  const chosen = smallestPassing(candidates);
  const results: ParetoResults = {
    ...facts,
    verdict: chosen === undefined ? 'fail' : 'pass',
    chosen: chosen?.name ?? null,
    front: paretoFront(candidates),
    students: sizes.map(({ figures }) => figures),
  };
  const target = join(folder, 'student');
  if (chosen === undefined) {
    // One that met goals of an earlier configuration must not be taken for the result.
    rmSync(target, { recursive: true, force: true });
  } else {
    const size = sizes[chosen.k];
    const settings = settingsOf(size.trainer);
    const card = studentCard({ config, facts, figures: size.figures, settings, from: size.folder });
    publishStudent({ from: size.folder, to: target, card });
  }
  writeFileAtomic(join(folder, 'report.html'), await paretoReport({ results, sizes }));
  writeResults(folder, results);
  return results;
}

/** Settings of a training that a card tells. */
export function settingsOf(trainer: TrainConfigInput): Record<string, string | number | undefined> {
  const { batchSize = 16, optimizer, loss, stages = [] } = trainer;
  const text = (weights: typeof loss): string =>
    (['energy', 'forces', 'stress', 'nodeEnergies'] as const)
      .filter((term) => term !== 'nodeEnergies' || loss?.nodeEnergies !== undefined)
      .map((term) => `${term} ${String(weights?.[term] ?? loss?.[term] ?? 0)}`)
      .join(', ');
  return {
    'batch size': batchSize,
    'learning rate': optimizer?.learningRate,
    ...(stages.length === 0 ? { loss: text(loss) } : {}),
    ...Object.fromEntries(
      stages.map((stage, k) => [`loss of stage ${String(k + 1)}`, text(stage.loss)]),
    ),
  };
}

async function referenceOf(
  reference: ReferenceConfig | undefined,
  base: string,
): Promise<Reference | undefined> {
  if (reference === undefined || !('dataset' in reference)) return reference;
  return { source: await identifySource(resolve(base, reference.dataset)) };
}

function weightsHash(folder: string): string {
  const files = ['config.json', 'model.safetensors'].map((name) => join(folder, name));
  return sha256(
    stableStringify(
      files.map((file) => {
        try {
          return sha256(readFileSync(file));
        } catch (cause) {
          throw fileSystemError('read', file, cause);
        }
      }),
    ),
  );
}
