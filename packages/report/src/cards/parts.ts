import { formatNumber } from '../format.ts';
import { markdownCode, markdownLine, markdownSection, markdownTable } from './markdown.ts';

/** The potential that labelled the data. */
export interface CardTeacher {
  readonly name: string;
  readonly version?: string;
  /** Licence of its weights, as an SPDX identifier or in words. */
  readonly license: string;
  /** How it wants to be cited, one line. */
  readonly citation: string;
  readonly bibtex?: string;
  readonly url?: string;
}

/** One measured number. */
export interface CardMetric {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  /** What it was measured on: `'test'`, `'NVE 100 ps, 300 K'`. */
  readonly on?: string;
}

/** A value of a settings table. */
export type Setting = string | number | boolean;

/** Name, version and address of a teacher on one line. */
export function teacherLine(teacher: CardTeacher): string {
  const name = markdownLine(
    teacher.version === undefined ? teacher.name : `${teacher.name} ${teacher.version}`,
  );
  return teacher.url === undefined ? name : `[${name}](${encodeURI(teacher.url)})`;
}

/** Licence and citation of the teacher, and of the card's own subject. */
export function licenceSection(
  subject: { readonly kind: string; readonly license: string },
  teacher: CardTeacher,
): string {
  return markdownSection(
    'Licence and citation',
    `This ${subject.kind} is under **${markdownLine(subject.license)}**. Its labels come from ` +
      `${teacherLine(teacher)}, which is under **${markdownLine(teacher.license)}**: its terms may ` +
      'also bind what is derived from it. Please cite the teacher:',
    `> ${markdownLine(teacher.citation)}`,
    teacher.bibtex === undefined ? undefined : markdownCode('bibtex', teacher.bibtex),
  );
}

/** A table of metrics with units. */
export function metricsTable(metrics: readonly CardMetric[]): string {
  if (metrics.length === 0) return '';
  const columns = [
    { label: 'Metric' },
    { label: 'Value' },
    { label: 'Unit' },
    { label: 'Measured on' },
  ];
  const rows = metrics.map((metric) => [
    metric.name,
    metric.value,
    metric.unit ?? '-',
    metric.on ?? '-',
  ]);
  return markdownTable({ columns, rows });
}

/** A two-column table of settings. */
export function settingsTable(
  settings: Readonly<Record<string, Setting | undefined>> | undefined,
  labels: readonly [string, string] = ['Setting', 'Value'],
): string {
  const rows = Object.entries(settings ?? {}).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [
          [
            name,
            typeof value === 'number'
              ? formatNumber(value, { ascii: true, significant: 6 })
              : value,
          ],
        ],
  );
  if (rows.length === 0) return '';
  return markdownTable({ columns: [{ label: labels[0] }, { label: labels[1] }], rows });
}

/** Non-empty blocks of a card, separated by empty lines, with a final line break. */
export function joinBlocks(blocks: readonly string[]): string {
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
