import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '@mlffd/core';
import { type Dataset, loadSplit, type Split, splitByGroup } from '@mlffd/data';
import { loadStudent, saveUncertainty, type Student, StudentCalculator } from '@mlffd/student';
import { type Coverage, coverage, fitUncertainty, type UncertaintyEvent } from '@mlffd/train';
import type { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { withDataset } from '../data/withDataset.ts';
import { count, wholeNumber } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { calibrationFigures } from './figures.ts';
import { calibrationReport } from './report.ts';
import { calibrationText } from './text.ts';

/** Options of `mlffd calibrate`. */
export interface CalibrateFlags {
  readonly data: string;
  readonly split?: string;
  readonly heads: string;
  readonly seed: string;
  readonly out?: string;
}

const PHASES: Readonly<Record<UncertaintyEvent['phase'], string>> = {
  train: 'training set',
  validation: 'validation set',
  calibrate: 'calibrate',
  coverage: 'test',
};

/** `mlffd calibrate`: how certain a student may be, kept in its folder, and how right that is. */
export async function calibrateCommand(
  folder: string,
  flags: CalibrateFlags,
  io: CommandIo,
): Promise<void> {
  const heads = count(flags.heads, '--heads');
  const seed = wholeNumber(flags.seed, '--seed');
  const student = loadStudent(folder);
  const page = resolve(flags.out ?? join(folder, 'uncertainty.html'));
  const file = page.replace(/(\.html?)?$/i, '.json');
  await withDataset(flags.data, 'calibrate', io, async ({ dataset, display }) => {
    const split = splitOf(dataset, flags.split, display);
    const shared = { onEvent: showOn(display), signal: io.signal };
    const uncertainty = await fitUncertainty(student, dataset, {
      ...shared,
      train: split.train,
      validation: split.validation,
      heads,
      seed,
    });
    saveUncertainty(folder, student, uncertainty);
    const calibrated: Student = { ...student, uncertainty };
    const found = await measure(calibrated, dataset, { ...shared, indices: split.test });
    const figures = calibrationFigures(calibrated, found, {
      data: flags.data,
      split: flags.split ?? null,
    });
    makeOutputFolder(dirname(page));
    writeFileAtomic(file, `${JSON.stringify(figures, null, 2)}\n`);
    writeFileAtomic(page, await calibrationReport(figures, found));
    display.print(calibrationText(figures));
    display.print(`saved    ${resolve(folder)}`);
    display.print(`report   ${page}`);
    display.print(`figures  ${file}`);
  });
}

/** A split from a file, or the one that `mlffd data split` makes by default. */
function splitOf(dataset: Dataset, file: string | undefined, display: Display): Split {
  if (file !== undefined) return loadSplit(file, dataset);
  display.print(
    'warning: without --split the student may have been trained on what it is calibrated with, and\n' +
      '         its uncertainties come out too small. Give the split that it was trained with.',
  );
  return splitByGroup(dataset, { seed: 0 });
}

function showOn(display: Display): (event: UncertaintyEvent) => void {
  return ({ phase, done, total }) => {
    const progress = { done, total, unit: 'structures' };
    display.onEvent({ type: 'progress', stage: PHASES[phase], progress });
  };
}

async function measure(
  student: Student,
  dataset: Dataset,
  options: Parameters<typeof coverage>[2],
): Promise<Coverage> {
  const calculator = await StudentCalculator.fromStudent(student);
  try {
    return await coverage(calculator, dataset, options);
  } finally {
    await calculator.dispose();
  }
}
