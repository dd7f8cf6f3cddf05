import { formatNumber, markdownTable } from '@mlffd/report';
import type { CalibrationFigures } from './figures.ts';

/** What the terminal shows of a calibration. */
export function calibrationText({ heads, test }: CalibrationFigures): string {
  const kinds = [
    { name: 'energy', unit: 'meV', figures: test.energy },
    { name: 'force component', unit: 'meV/Angstrom', figures: test.forces },
  ];
  const table = markdownTable({
    columns: [
      { label: 'uncertainty of' },
      { label: 'unit' },
      { label: 'expected' },
      { label: 'error' },
      { label: 'within 1 sigma (68 %)' },
      { label: 'within 2 sigma (95 %)' },
      { label: 'rank correlation' },
    ],
    rows: kinds.flatMap(({ name, unit, figures }) =>
      figures === null
        ? []
        : [
            [
              name,
              unit,
              1000 * figures.rmsSigma,
              1000 * figures.rmse,
              `${formatNumber(100 * (figures.points[10]?.observed ?? NaN))} %`,
              `${formatNumber(100 * (figures.points[20]?.observed ?? NaN))} %`,
              figures.spearman,
            ],
          ],
    ),
  });
  return [
    `${String(heads)} heads, compared with the errors on ${String(test.structures)} test structures (root mean squares):`,
    '',
    ...(test.structures === 0 ? [] : [table, '']),
    ...test.warnings.map(({ message }) => `warning: ${message}`),
  ].join('\n');
}
