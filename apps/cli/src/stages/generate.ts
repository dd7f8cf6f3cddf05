import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  formatExtxyzFrame,
  readExtxyz,
  readExtxyzFile,
  readTextFile,
  sha256,
  stableStringify,
  writeFileAtomic,
  type Calculator,
} from '@mlffd/core';
import {
  perturbedSet,
  randomStrain,
  sampleTrajectory,
  type LabelProperty,
  type Parent,
  type Structure,
} from '@mlffd/data';
import type { DistillConfig, RattleConfig, TrajectoryConfig } from '../config/distillConfig.ts';
import { stopped, type Stage, type StageContext } from '../pipeline/stage.ts';
import { requireElements, type System } from '../pipeline/systems.ts';
import type { TeacherHandle } from '../pipeline/teacher.ts';

/** Whether structures may be trained on or are held out. */
type Purpose = 'train' | 'test';

/** A piece of the sampling that is made as a whole and kept as one file. */
interface Unit {
  readonly id: string;
  readonly purpose: Purpose;
  /** Steps of dynamics that it takes; 0 for structures that need no force. */
  readonly steps: number;
  readonly make: (means: {
    readonly calculator: Calculator;
    readonly signal: AbortSignal;
    readonly onStep: (step: number) => void;
  }) => Promise<readonly Structure[]>;
}

export interface GenerateOutput {
  readonly units: readonly {
    readonly id: string;
    readonly file: string;
    readonly purpose: Purpose;
    readonly structures: number;
  }[];
  readonly structures: number;
  readonly hash: string;
}

/** What the teacher is asked for: stress only where every system is periodic in three directions. */
export function labelProperties(systems: readonly System[]): readonly LabelProperty[] {
  const periodic = systems.every(({ starts }) =>
    starts.every(({ atoms }) => atoms.pbc.every(Boolean)),
  );
  return periodic ? ['energy', 'forces', 'stress'] : ['energy', 'forces'];
}

/** Makes all structures: random ones around the start, and frames of dynamics with the teacher. */
export function generateStage(
  config: DistillConfig,
  systems: readonly System[],
  teacher: TeacherHandle,
): Stage<GenerateOutput> {
  return {
    name: 'generate',
    version: 1,
    inputs: {
      systems: systems.map(({ name, starts }) => ({ name, starts })),
      sampling: config.sampling,
      test: config.test,
      seed: config.seed,
      teacher: teacher.fingerprint,
    },
    summarize: ({ structures, units }) =>
      `${String(structures)} structures, ${String(units.filter((unit) => unit.purpose === 'test').length)} held-out trajectories`,
    run: async (context) => {
      requireElements(systems, await teacher.pool());
      const units = planUnits(config, systems);
      await makeUnits(units, teacher, context);
      const contents: string[] = [];
      const listed = units.map(({ id, purpose }) => {
        const file = fileOf(id);
        const text = readTextFile(join(context.folder, file));
        contents.push(sha256(text));
        // Dynamics that ended before the first frame leave an empty file, so that they are not run again.
        const structures = text === '' ? 0 : readExtxyz(text, { where: file }).length;
        return { id, file, purpose, structures };
      });
      return {
        units: listed,
        structures: listed.reduce((sum, { structures }) => sum + structures, 0),
        hash: sha256(stableStringify(contents)),
      };
    },
  };
}

/** The structures of a finished stage, with the labels that came along, in a fixed order. */
export function* readStructures(
  folder: string,
  output: GenerateOutput,
  teacher: string,
): Generator<Structure, void, undefined> {
  for (const { file, structures } of output.units) {
    if (structures === 0) continue;
    for (const { atoms, results } of readExtxyzFile(join(folder, file))) {
      const { mlffd, ...info } = atoms.info ?? {};
      const meta = JSON.parse(String(mlffd)) as Structure['meta'];
      yield {
        atoms: { ...atoms, info },
        meta,
        ...(results.forces === undefined ? {} : { known: { teacher, results } }),
      };
    }
  }
}

const fileOf = (id: string): string => join('units', `${id.replaceAll(/[^\w.+-]/g, '_')}.xyz`);

function planUnits(config: DistillConfig, systems: readonly System[]): Unit[] {
  const { seed } = config;
  const { rattle, dynamics } = config.sampling;
  const parents = (names: readonly string[] | undefined): Parent[] =>
    systems
      .filter(({ name }) => names === undefined || names.includes(name))
      .flatMap(({ starts }) => starts);
  const properties = labelProperties(systems);
  const units: Unit[] = [];
  if (rattle !== undefined) {
    for (const parent of parents(rattle.systems)) units.push(rattleUnit(parent, rattle, seed));
  }
  for (const [block, options] of dynamics.entries()) {
    for (const parent of parents(options.systems)) {
      const purpose = `train-${String(block)}`;
      units.push(...trajectoryUnits(parent, options, { purpose, seed, properties }));
    }
  }
  for (const parent of parents(config.test.systems)) {
    units.push(...trajectoryUnits(parent, config.test, { purpose: 'test', seed, properties }));
  }
  return units;
}

function rattleUnit(parent: Parent, rattle: RattleConfig, seed: number): Unit {
  return {
    id: `rattle/${parent.id}`,
    purpose: 'train',
    steps: 0,
    make: () =>
      Promise.resolve([
        ...perturbedSet({
          parents: [parent],
          count: rattle.count,
          stdev: rattle.displacement,
          strain: rattle.strain,
          seed,
        }),
      ]),
  };
}

function trajectoryUnits(
  parent: Parent,
  options: TrajectoryConfig,
  context: {
    readonly purpose: string;
    readonly seed: number;
    readonly properties: readonly LabelProperty[];
  },
): Unit[] {
  const { frames, stride, equilibration, timestep, friction, strain } = options;
  const { purpose, seed, properties } = context;
  return options.temperatures.flatMap((temperature) =>
    Array.from({ length: options.trajectories }, (_, k): Unit => {
      const id = `${purpose}/${parent.id}/${String(temperature)}K-${String(k)}`;
      const atoms =
        strain > 0 && parent.atoms.pbc.includes(true)
          ? randomStrain(parent.atoms, { amplitude: strain, seed, stream: id })
          : parent.atoms;
      return {
        id,
        purpose: purpose === 'test' ? 'test' : 'train',
        steps: equilibration + frames * stride,
        make: async ({ calculator, signal, onStep }) => {
          const { structures } = await sampleTrajectory({
            calculator,
            id,
            atoms,
            temperature,
            frames,
            stride,
            equilibration,
            timestep,
            friction,
            seed,
            properties,
            signal,
            onEvent: (event) => {
              if (event.type === 'progress') onStep(event.step);
            },
          });
          return structures;
        },
      };
    }),
  );
}

/** Makes what is not there yet, as many units at once as there are copies of the teacher. */
async function makeUnits(
  units: readonly Unit[],
  teacher: TeacherHandle,
  { folder, progress, signal, note }: StageContext,
): Promise<void> {
  mkdirSync(join(folder, 'units'), { recursive: true });
  const total = units.reduce((sum, { steps }) => sum + steps, 0);
  const steps = new Map<string, number>();
  const report = (): void => {
    const done = [...steps.values()].reduce((sum, value) => sum + value, 0);
    progress({ done, total, unit: 'steps of teacher dynamics' });
  };
  const missing: Unit[] = [];
  for (const unit of units) {
    if (existsSync(join(folder, fileOf(unit.id)))) steps.set(unit.id, unit.steps);
    else missing.push(unit);
  }
  if (missing.length === 0) return;
  report();
  const calculator = await teacher.pool();
  // Long trajectories first, so that the copies finish together.
  const queue = [...missing].sort((a, b) => b.steps - a.steps);
  const work = async (): Promise<void> => {
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      if (signal.aborted) throw stopped();
      const { id } = unit;
      const structures = await unit.make({
        calculator,
        signal,
        onStep: (step) => {
          steps.set(id, step);
          report();
        },
      });
      if (structures.length === 0) {
        note(`${id} gave no frame: the dynamics ended before the first one`, 'warning');
      }
      writeFileAtomic(join(folder, fileOf(id)), structures.map(frameText).join(''));
      steps.set(id, unit.steps);
      report();
    }
  };
  // Every lane has to end before the teacher may be released, also when one of them failed.
  const lanes = await Promise.allSettled(Array.from({ length: calculator.size }, work));
  const failed = lanes.find((lane) => lane.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

function frameText(structure: Structure): string {
  const { atoms, meta, known } = structure;
  return formatExtxyzFrame({
    atoms: { ...atoms, info: { ...atoms.info, mlffd: JSON.stringify(meta) } },
    results: known?.results ?? {},
    arrays: {},
  });
}
