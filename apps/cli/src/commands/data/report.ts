import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '@mlffd/core';
import { analyzeDiversity, renderDiversityReport, type DiversityReport } from '@mlffd/data';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count, wholeNumber } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { withDataset } from './withDataset.ts';

interface ReportFlags {
  readonly out?: string;
  readonly sample: string;
  readonly seed: string;
  readonly elements?: string;
  readonly attempted?: string;
}

const NAMES = { read: 'reading', compare: 'comparing', rmsd: 'aligning' } as const;

/** `mlffd data report`: how diverse a dataset is; returns 3 when its gate is not passed. */
export function dataReportCommand(
  file: string,
  flags: ReportFlags,
  io: CommandIo,
): Promise<number> {
  const folder = resolve(flags.out ?? dirname(file));
  return withDataset(file, 'report', io, async ({ dataset, display }) => {
    const report = await analyzeDiversity(dataset, {
      sample: count(flags.sample, '--sample'),
      seed: wholeNumber(flags.seed, '--seed'),
      ...(flags.attempted === undefined
        ? {}
        : { attempted: count(flags.attempted, '--attempted') }),
      ...(flags.elements === undefined ? {} : { goals: { elements: flags.elements.split(',') } }),
      signal: io.signal,
      onEvent: ({ stage, done, total }) => {
        const progress = { done, total, unit: 'steps' };
        display.onEvent({ type: 'progress', stage: NAMES[stage], progress });
      },
    });
    const { teacher, fingerprint = '' } = dataset.provenance;
    const html = await renderDiversityReport(report, {
      title: `Diversity of ${basename(file)}`,
      footer: [
        `${teacher} ${fingerprint.slice(0, 12)}`.trim(),
        `content hash ${dataset.hash.slice(0, 16)}`,
      ],
    });
    makeOutputFolder(folder);
    writeFileAtomic(join(folder, 'diversity.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileAtomic(join(folder, 'diversity.html'), html);
    display.print(summaryText(report));
    display.print(`report   ${join(folder, 'diversity.html')}`);
    display.print(`figures  ${join(folder, 'diversity.json')}`);
    return report.verdict.go ? EXIT.done : EXIT.gate;
  });
}

function summaryText({ verdict, coverage, alerts, suggestions }: DiversityReport): string {
  const lines = [
    `${verdict.go ? 'GO' : 'NO-GO'} at the gate of ${verdict.name}; coverage ${coverage.score.toFixed(2)} of 1`,
    ...verdict.criteria
      .filter(({ holds }) => !holds)
      .map(
        ({ name, measured, relation, goal, unit }) =>
          `  MISSED ${name}: ${String(Number(measured.toPrecision(3)))}, asked for ${relation} ${String(goal)} ${unit}`,
      ),
    ...coverage.parts.map(
      ({ title, score, explanation }) => `  ${score.toFixed(2)}  ${title}: ${explanation}`,
    ),
    ...alerts.map(({ severity, message }) => `  ${severity}: ${message}`),
    ...suggestions.map(({ text }) => `  next: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}
