import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { numberOf, readTextFile, writeFileAtomic, type Atoms, type Property } from '@mlffd/core';
import type { Dataset } from '@mlffd/data';
import { StudentCalculator } from '@mlffd/student';
import { MetricsAccumulator, type Metrics } from '@mlffd/train';
import { stopped, type Stage, type StageContext } from '../pipeline/stage.ts';
import type { DataOutput } from './dataStage.ts';

/** A student that a stage works with. */
export interface StudentPlace {
  readonly folder: string;
  readonly hash: string;
}

/** How good a student is on structures that it has not seen, and on some that it has. */
export interface TestOutput {
  /** Which side it was judged on; validation structures where none are held out. */
  readonly side: 'test' | 'validation';
  readonly metrics: Metrics;
  /** On structures of the training set, evenly spread. */
  readonly seen: Metrics;
  /** Structures that were left out, as they have elements that were not trained on. */
  readonly skipped: number;
  /** JSON file with the series behind the plots. */
  readonly series: string;
}

/** What the plots are drawn from; labels and predictions. */
export interface TestSeries {
  /** Force components, eV/Angstrom. */
  readonly forces: { readonly teacher: readonly number[]; readonly student: readonly number[] };
  /** Energies, eV/atom, less the mean of the labels. */
  readonly energies: { readonly teacher: readonly number[]; readonly student: readonly number[] };
}

/** Training structures that are looked at again. */
const SEEN = 200;
/** Most force components that are kept for a plot. */
const PLOT_COMPONENTS = 20_000;
/** Structures between two looks at the signal. */
const STRIDE = 16;
const SERIES = 'series.json';

/** Compares a student with the labels of the structures that are held out. */
export function testStage(task: {
  readonly student: StudentPlace;
  readonly data: DataOutput;
  readonly train: readonly number[];
  readonly open: () => Promise<Dataset>;
}): Stage<TestOutput> {
  const { student, data, train, open } = task;
  return {
    name: 'test',
    version: 1,
    inputs: { student: student.hash, dataset: data.hash, split: data.splitHash },
    summarize: ({
      metrics: { force_mae_meV_A: force, energy_mae_meV_atom: energy, force_r2: r2 },
    }) =>
      [
        force === null ? '' : `force MAE ${force.toFixed(1)} meV/A`,
        r2 === null ? '' : `R2 ${r2.toFixed(4)}`,
        energy === null ? '' : `energy MAE ${energy.toPrecision(3)} meV/atom`,
      ]
        .filter((text) => text !== '')
        .join(', '),
    run: async (context) => {
      const dataset = await open();
      const calculator = await StudentCalculator.load(student.folder);
      try {
        const side = data.test.length > 0 ? 'test' : 'validation';
        const total = data[side].length + Math.min(SEEN, train.length);
        const look = { calculator, dataset, context, total };
        const unseen = await compare(data[side], { ...look, done: 0 });
        const seen = await compare(spread(train, SEEN), { ...look, done: data[side].length });
        if (unseen.skipped > 0) {
          context.note(
            `${unseen.skipped} structures of the ${side} set have elements that were not trained on`,
            'warning',
          );
        }
        writeFileAtomic(join(context.folder, SERIES), JSON.stringify(unseen.series));
        const { metrics, skipped } = unseen;
        return { side, metrics, seen: seen.metrics, skipped, series: SERIES };
      } finally {
        dataset.close();
        await calculator.dispose();
      }
    },
  };
}

/** The series that a finished stage left. */
export function readTestSeries(folder: string, { series }: TestOutput): TestSeries {
  return JSON.parse(readTextFile(join(folder, series))) as TestSeries;
}

/** Structure that dynamics and times are measured with: of middle size among those held out. */
export function typicalStructure(dataset: Dataset, data: DataOutput): number {
  const known = data.facts.elements.map(numberOf);
  const fits = (index: number): boolean =>
    dataset.atomCount(index) > 1 && dataset.numbers(index).every((z) => known.includes(z));
  const sides = [data.test, data.validation, data.train].map((side) => side.filter(fits));
  const sorted = [...(sides.find(({ length }) => length > 0) ?? data.train)].sort(
    (a, b) => dataset.atomCount(a) - dataset.atomCount(b) || a - b,
  );
  return sorted[Math.floor(sorted.length / 2)];
}

/** At most so many of a list, evenly spread. */
function spread(indices: readonly number[], most: number): number[] {
  if (indices.length <= most) return [...indices];
  return Array.from({ length: most }, (_, k) => indices[Math.floor((k * indices.length) / most)]);
}

/** Whether a student was trained on all elements of a structure. */
export function knows({ elements }: StudentCalculator, { numbers }: Atoms): boolean {
  return numbers.every((z) => elements.includes(z));
}

interface Look {
  readonly calculator: StudentCalculator;
  readonly dataset: Dataset;
  readonly context: StageContext;
  /** Structures before these, and of all. */
  readonly done: number;
  readonly total: number;
}

async function compare(
  indices: readonly number[],
  { calculator, dataset, context, done, total }: Look,
): Promise<{ metrics: Metrics; series: TestSeries; skipped: number }> {
  const accumulator = new MetricsAccumulator();
  const forces = { teacher: [] as number[], student: [] as number[] };
  const energies = { teacher: [] as number[], student: [] as number[] };
  let components = 0;
  for (const index of indices) components += 3 * dataset.atomCount(index);
  const stride = Math.max(1, Math.ceil(components / PLOT_COMPONENTS));
  let skipped = 0;
  let next = 0;
  for (const [k, index] of indices.entries()) {
    if (k % STRIDE === 0) {
      await setImmediate();
      if (context.signal.aborted) throw stopped();
      context.progress({ done: done + k, total, unit: 'structures' });
    }
    const { atoms, energy, forces: labels, stress } = dataset.get(index);
    if (!knows(calculator, atoms)) {
      skipped++;
      continue;
    }
    const wanted: Property[] = [];
    if (energy !== undefined) wanted.push('energy');
    if (labels !== undefined) wanted.push('forces');
    if (stress !== undefined) wanted.push('stress');
    const found = await calculator.calculate(atoms, wanted);
    accumulator.add({ numbers: atoms.numbers, energy, forces: labels, stress }, found);
    if (energy !== undefined && found.energy !== undefined) {
      energies.teacher.push(energy / atoms.numbers.length);
      energies.student.push(found.energy / atoms.numbers.length);
    }
    if (labels === undefined || found.forces === undefined) continue;
    for (; next < labels.length; next += stride) {
      forces.teacher.push(labels[next]);
      forces.student.push(found.forces[next]);
    }
    next -= labels.length;
  }
  const mean = energies.teacher.reduce((sum, e) => sum + e / energies.teacher.length, 0);
  const centred = (list: readonly number[]): number[] => list.map((value) => value - mean);
  return {
    metrics: accumulator.result(),
    series: {
      forces,
      energies: { teacher: centred(energies.teacher), student: centred(energies.student) },
    },
    skipped,
  };
}
