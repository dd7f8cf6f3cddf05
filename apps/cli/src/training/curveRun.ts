import { join } from 'node:path';
import { writeFileAtomic } from '@mlffd/core';
import { ConfigError } from '../config/load.ts';
import { curveReport } from './curveReport.ts';
import { openData } from './dataStage.ts';
import { modelOf } from './definition.ts';
import { publishStudent, studentCard } from './publish.ts';
import type { CurvePointFigures, CurveResults } from './results.ts';
import {
  measureOf,
  runSize,
  stagesOf,
  type Measure,
  type RunMeans,
  type SizeResult,
} from './sizeRun.ts';
import { advise, fitPowerLaw, nestedSubsets, predictError } from '@mlffd/train';
import {
  factsOfRun,
  inFolder,
  settingsOf,
  sizeRunner,
  writeResults,
  type RunOptions,
} from './trainRun.ts';

const NOTHING_ELSE: Measure = { dynamics: false, speed: false, budget: false };

/** Trains the same student on growing parts of the data, and says what would help it. */
export async function curveRun(options: RunOptions): Promise<CurveResults> {
  const { fractions = [], presets = [] } = options.run;
  const short = stagesOf(NOTHING_ELSE);
  const wholeOf = ({ budget }: Measure): Measure => ({ dynamics: false, speed: true, budget });
  const stages = (measure: Measure): number =>
    1 + (fractions.length - 1 + presets.length) * short + stagesOf(wholeOf(measure));
  return inFolder(options, stages, async (means) => {
    const { run, folder } = options;
    const { config } = means;
    const subsets = await subsetsOf(means, fractions);
    const whole = wholeOf(measureOf(means));
    const total = stages(measureOf(means));
    const model = modelOf(config);
    let before = 1;
    const one = async (
      name: string,
      size: Partial<Parameters<typeof runSize>[1]>,
      measure = NOTHING_ELSE,
    ): Promise<SizeResult> => {
      const runner = sizeRunner(options, { name, before, total });
      before += stagesOf(measure);
      return runSize(means, { name, runner, model, measure, ...size });
    };

    const trained: { readonly size: SizeResult; readonly point: CurvePointFigures }[] = [];
    for (const { fraction, indices } of subsets) {
      const last = trained.length === subsets.length - 1;
      const name = `fraction-${String(fraction)}`;
      const size = await one(name, { train: indices }, last ? whole : NOTHING_ELSE);
      trained.push({ size, point: pointOf(fraction, size) });
    }
    const others: SizeResult[] = [];
    const { indices: train } = subsets[subsets.length - 1];
    for (const preset of presets) {
      const sized = { ...config, student: withoutSize(config.student) };
      others.push(await one(preset, { model: modelOf(sized, preset), train }));
    }

    const points = trained.map(({ point }) => point);
    const { size: largest, point: end } = trained[trained.length - 1];
    const law = fitPowerLaw(
      points.map(({ structures, force_mae_meV_A: error }) => ({ structures, error })),
    );
    const sizes = [largest, ...others]
      .filter(
        ({ figures }, k, all) =>
          all.findIndex(({ figures: other }) => other.parameters === figures.parameters) === k,
      )
      .map(({ figures }) => ({
        name: figures === largest.figures ? config.name : figures.student,
        parameters: figures.parameters,
        force_mae_meV_A: requireForces(figures.force_mae_meV_A, config.dataset),
      }));
    const facts = factsOfRun(run, means);
    const results: CurveResults = {
      ...facts,
      judged_on: largest.figures.judged_on,
      parameters: largest.figures.parameters,
      points,
      law,
      doubled_force_mae_meV_A: predictError(law, 2 * end.structures),
      advice: advise({
        law,
        trainError: end.seen_force_mae_meV_A,
        heldOutError: end.force_mae_meV_A,
        sizes: sizes.map(({ parameters, force_mae_meV_A: error }) => ({ parameters, error })),
      }),
      sizes,
      error_budget: largest.figures.error_budget,
    };
    const card = studentCard({
      config,
      facts,
      figures: largest.figures,
      settings: settingsOf(largest.trainer),
      from: largest.folder,
    });
    publishStudent({ from: largest.folder, to: join(folder, 'student'), card });
    writeFileAtomic(join(folder, 'report.html'), await curveReport(results));
    writeResults(folder, results);
    return results;
  });
}

/** The sizes of `--presets` beside that of the configuration: what else it says holds for all. */
function withoutSize(
  student: RunMeans['config']['student'],
): NonNullable<RunMeans['config']['student']> {
  const rest = Object.entries(student ?? {}).filter(
    ([key]) => !['preset', 'features', 'interactions'].includes(key),
  );
  return Object.fromEntries(rest);
}

async function subsetsOf({ source, data, config }: RunMeans, fractions: readonly number[]) {
  const { train, facts } = data.output;
  if (facts.labels.forces === 0) throw noForces(config.dataset);
  const dataset = await openData(source, data);
  try {
    return nestedSubsets({
      indices: train,
      groupOf: (index) => dataset.meta(index).group,
      featuresOf: (index) => dataset.numbers(index),
      fractions,
      seed: config.seed,
    });
  } finally {
    dataset.close();
  }
}

function pointOf(fraction: number, { figures }: SizeResult): CurvePointFigures {
  const { training, seen, energy_mae_meV_atom: energy } = figures;
  return {
    fraction,
    structures: training.structures,
    epochs: training.epochs,
    steps: training.steps,
    skipped: figures.skipped,
    force_mae_meV_A: requireForces(figures.force_mae_meV_A, 'the held-out structures'),
    energy_mae_meV_atom: energy,
    seen_force_mae_meV_A: requireForces(seen.force_mae_meV_A, 'the training structures'),
  };
}

function requireForces(value: number | null, where: string): number {
  if (value !== null) return value;
  throw noForces(where);
}

function noForces(where: string): ConfigError {
  return new ConfigError('config/no-forces', 'A learning curve is one of force errors.', {
    where,
    expected: 'labels of forces on training and held-out structures',
    found: 'none',
    hint: 'Label the forces of these structures.',
  });
}
