import type { ReportFigure } from '../html/figure.ts';
import type { Section } from '../html/report.ts';
import type { Cell, Table } from '../html/table.ts';
import { lineChart } from '../plots/lineChart.ts';
import { counted, metricName } from './metricNames.ts';
import type { RunRecord } from './readRun.ts';
import { bestEpoch } from './runState.ts';
import { type LogRecord, numberAt, valueAt } from './runLog.ts';

/** Curves by element that a chart can hold. */
const MOST_ELEMENTS = 7;
/** Points of a curve that are still marked one by one. */
const MARKED = 12;

/** Pairs of metrics that share a chart. */
const CHARTS = [
  { title: 'Force error', keys: ['force_mae_meV_A', 'force_rmse_meV_A'], scale: 'log' },
  { title: 'Energy error', keys: ['energy_mae_meV_atom', 'energy_rmse_meV_atom'], scale: 'log' },
  { title: 'Stress error', keys: ['stress_mae_GPa', 'stress_rmse_GPa'], scale: 'log' },
  { title: 'Agreement of forces', keys: ['force_r2', 'accuracy'], scale: 'linear' },
] as const;

/** Metrics on structures that are not trained on, by epoch. */
export async function validationSection(run: RunRecord): Promise<Section> {
  const validated = run.log.epochs.filter(
    (record) => typeof valueAt(record, 'validation') === 'object' && record.validation !== null,
  );
  const title = 'Validation';
  if (validated.length === 0) {
    const text =
      run.log.epochs.length === 0
        ? 'No epoch has ended yet.'
        : 'This run has no validation set, or no epoch was validated yet.';
    return { title, callouts: [{ status: 'info', text }] };
  }
  const figures: ReportFigure[] = [];
  for (const { title: name, keys, scale } of CHARTS) {
    const present = keys.filter((key) => has(validated, key));
    if (present.length === 0) continue;
    const { unit } = metricName(present[0]);
    figures.push({
      svg: await lineChart({
        title: name,
        x: { label: 'Epoch' },
        y: {
          label: scale === 'log' ? 'Error' : 'R², accuracy',
          scale,
          ...(unit === undefined ? {} : { unit }),
        },
        series: present.map((key) => curve(validated, metricName(key).label, key)),
      }),
      caption: captionOf(name),
    });
  }
  const elements = elementsOf(validated);
  if (elements.length > 1) figures.push(await elementFigure(validated, elements));
  return {
    title,
    text: 'Averaged weights on structures that are not trained on, at the end of each epoch.',
    figures,
    tables: tablesOf(run, validated),
  };
}

const has = (records: readonly LogRecord[], key: string): boolean =>
  records.some((record) => Number.isFinite(numberAt(record, 'validation', key)));

function curve(
  records: readonly LogRecord[],
  name: string,
  ...path: readonly string[]
): { name: string; x: number[]; y: number[]; points: boolean } {
  return {
    name,
    x: records.map((record) => numberAt(record, 'epoch')),
    y: records.map((record) => numberAt(record, 'validation', ...path)),
    points: records.length <= MARKED,
  };
}

function captionOf(title: string): string {
  if (title !== 'Agreement of forces') return `${title} on the validation set.`;
  return 'R² over force components, and accuracy: 1 − MAE / mean |F|, for which zero forces score 0.';
}

/** Symbols of the last validation, those with most atoms first. */
function elementsOf(validated: readonly LogRecord[]): string[] {
  const table = valueAt(validated.at(-1), 'validation', 'by_element');
  if (typeof table !== 'object' || table === null) return [];
  const atoms = (symbol: string): number => numberAt(table, symbol, 'atoms');
  return Object.keys(table).sort((a, b) => atoms(b) - atoms(a));
}

async function elementFigure(
  validated: readonly LogRecord[],
  elements: readonly string[],
): Promise<ReportFigure> {
  const shown = elements.slice(0, MOST_ELEMENTS);
  const rest = elements.length - shown.length;
  return {
    svg: await lineChart({
      title: 'Force error by element',
      x: { label: 'Epoch' },
      y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
      series: shown.map((symbol) =>
        curve(validated, symbol, 'by_element', symbol, 'force_mae_meV_A'),
      ),
    }),
    caption:
      'Mean absolute error of force components by element.' +
      (rest === 0 ? '' : ` The table below has ${counted(rest, 'rarer element')} more.`),
  };
}

function tablesOf(run: RunRecord, validated: readonly LogRecord[]): Table[] {
  const last = validated[validated.length - 1];
  const best = bestEpoch(run)?.record ?? last;
  const metrics = Object.keys(valueAt(last, 'validation') as object).filter(
    (key) => Number.isFinite(numberAt(last, 'validation', key)) && /_|accuracy/.test(key),
  );
  const tables: Table[] = [
    {
      caption: 'The best epoch and the last one.',
      columns: [
        { label: 'Metric' },
        { label: `Best, epoch ${String(numberAt(best, 'epoch'))}`, format: { significant: 4 } },
        { label: `Last, epoch ${String(numberAt(last, 'epoch'))}`, format: { significant: 4 } },
        { label: 'Unit' },
      ],
      rows: metrics.map((key) => {
        const { label, unit } = metricName(key);
        return [
          label,
          cell(numberAt(best, 'validation', key)),
          cell(numberAt(last, 'validation', key)),
          unit ?? '',
        ];
      }),
    },
  ];
  const elements = elementsOf(validated);
  if (elements.length > 0) tables.push(elementTable(best, elements));
  return tables;
}

function elementTable(best: LogRecord, elements: readonly string[]): Table {
  const value = (symbol: string, key: string): Cell =>
    cell(numberAt(best, 'validation', 'by_element', symbol, key));
  return {
    caption: `Forces by element at epoch ${String(numberAt(best, 'epoch'))}.`,
    columns: [
      { label: 'Element' },
      { label: 'Atoms', format: { significant: 9 } },
      { label: 'MAE', unit: 'meV/Å' },
      { label: 'RMSE', unit: 'meV/Å' },
      { label: 'Largest error', unit: 'meV/Å' },
      { label: 'Cosine', format: { decimals: 4 } },
    ],
    rows: elements.map((symbol) => [
      symbol,
      value(symbol, 'atoms'),
      value(symbol, 'force_mae_meV_A'),
      value(symbol, 'force_rmse_meV_A'),
      value(symbol, 'force_max_meV_A'),
      value(symbol, 'force_cosine'),
    ]),
  };
}

const cell = (value: number): Cell => (Number.isFinite(value) ? value : null);
