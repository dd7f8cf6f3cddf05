import type { Section } from '../html/report.ts';
import type { ReportFigure } from '../html/figure.ts';
import { lineChart } from '../plots/lineChart.ts';
import type { RunRecord } from './readRun.ts';
import { type LogRecord, numberAt, valueAt } from './runLog.ts';

/** Curves that a chart can hold. */
const MOST_CURVES = 7;
/** Points of a curve by block. */
const SMOOTH_POINTS = 80;

const TERMS = [
  { name: 'energy', key: 'energy', mean: 'energyLoss' },
  { name: 'forces', key: 'forces', mean: 'forceLoss' },
  { name: 'stress', key: 'stress', mean: 'stressLoss' },
] as const;

const stepsOf = (records: readonly LogRecord[]): number[] => records.map(({ step }) => step);
const valuesOf = (records: readonly LogRecord[], ...path: readonly string[]): number[] =>
  records.map((record) => numberAt(record, ...path));
const hasPositive = (values: readonly number[]): boolean => values.some((value) => value > 0);

/** Loss and its terms. */
export async function lossSection({ log }: RunRecord): Promise<Section> {
  const terms = TERMS.map((term, colour) => ({
    ...term,
    colour,
    y: valuesOf(log.epochs, term.mean),
  })).filter(({ y }) => hasPositive(y));
  return {
    title: 'Loss',
    text:
      'Residuals are in units of the scale of the forces in the training set, so losses are pure numbers. ' +
      'The loss is the sum of its terms, each times its weight.',
    figures: [
      {
        svg: await lineChart({
          title: 'Loss by step',
          x: { label: 'Step' },
          y: { label: 'Weighted loss', scale: 'log' },
          series: [
            { name: 'one step', x: stepsOf(log.steps), y: valuesOf(log.steps, 'loss'), colour: 5 },
            {
              name: 'mean of the epoch',
              x: stepsOf(log.epochs),
              y: valuesOf(log.epochs, 'loss'),
              colour: 1,
            },
          ],
        }),
        caption: 'Loss of the batches that were logged, and its mean over each epoch.',
      },
      {
        svg: await lineChart({
          title: 'Terms of the loss',
          x: { label: 'Epoch' },
          y: { label: 'Term without its weight', scale: 'log' },
          series: terms.map(({ name, colour, y }) => ({
            name,
            colour,
            x: valuesOf(log.epochs, 'epoch'),
            y,
            points: log.epochs.length <= 12,
          })),
        }),
        caption: 'Means over the steps of each epoch.',
      },
    ],
  };
}

/** Learning rate, gradient, and how the blocks of the model fare. */
export async function optimiserSection({ log, config }: RunRecord): Promise<Section> {
  const clip = numberAt(config, 'optimizer', 'clipNorm');
  const largest = valuesOf(log.epochs, 'largestGradientNorm');
  const clipped = valuesOf(log.epochs, 'clipped');
  const figures: ReportFigure[] = [
    {
      svg: await lineChart({
        title: 'Learning rate',
        x: { label: 'Step' },
        y: { label: 'Learning rate', scale: 'log' },
        series: [
          {
            name: 'learning rate',
            x: stepsOf(log.steps),
            y: valuesOf(log.steps, 'learningRate'),
          },
        ],
      }),
      caption: 'After warm-up, schedule, and what rollbacks took from it.',
    },
    {
      svg: await lineChart({
        title: 'Norm of the gradient',
        x: { label: 'Step' },
        y: { label: 'Global norm', scale: 'log' },
        series: [
          {
            name: 'one step',
            x: stepsOf(log.steps),
            y: valuesOf(log.steps, 'gradientNorm'),
            colour: 5,
          },
          ...(hasPositive(largest)
            ? [
                {
                  name: 'largest of the epoch',
                  x: stepsOf(log.epochs),
                  y: largest,
                  colour: 1,
                },
              ]
            : []),
        ],
        ...(Number.isFinite(clip) && reaches(log.steps, largest, clip)
          ? { goal: { value: clip, label: 'clipped above' } }
          : {}),
      }),
      caption:
        `Before clipping${Number.isFinite(clip) ? ` to ${String(clip)}` : ''}.` +
        lastClipped(clipped),
    },
    ...(await blockFigures(log.steps)),
    ...(await activationFigures(log.epochs)),
  ];
  return { title: 'Optimiser', figures };
}

/** The line at which gradients are clipped would flatten the curve if none comes near it. */
function reaches(steps: readonly LogRecord[], largest: readonly number[], clip: number): boolean {
  return [...valuesOf(steps, 'gradientNorm'), ...largest].some((value) => value > clip / 3);
}

function lastClipped(clipped: readonly number[]): string {
  const last = clipped.at(-1);
  if (last === undefined || !Number.isFinite(last)) return '';
  return ` In the last epoch ${(100 * last).toFixed(1)} % of the steps were clipped.`;
}

async function blockFigures(steps: readonly LogRecord[]): Promise<ReportFigure[]> {
  const looked = steps.filter((record) => typeof valueAt(record, 'blocks') === 'object');
  if (looked.length === 0) return [];
  const groups = groupsOf(Object.keys(valueAt(looked[0], 'blocks') as object));
  const series = (field: string): { name: string; x: number[]; y: number[] }[] =>
    groups.map(({ name, blocks }) => {
      const largest = looked.map((record) =>
        Math.max(...blocks.map((block) => numberAt(record, 'blocks', block, field))),
      );
      return { name, ...smoothed(stepsOf(looked), largest) };
    });
  const of =
    (looked.length > SMOOTH_POINTS ? ' Geometric means over some steps at a time.' : '') +
    (groups.some(({ blocks }) => blocks.length > 1)
      ? ' Where a curve stands for several blocks it is the largest of them.'
      : '');
  return [
    {
      svg: await lineChart({
        title: 'Gradient by block',
        x: { label: 'Step' },
        y: { label: 'Norm', scale: 'log' },
        series: series('gradient'),
      }),
      caption: `Norm of the gradient of each part of the model.${of}`,
    },
    {
      svg: await lineChart({
        title: 'Relative change by block',
        x: { label: 'Step' },
        y: { label: 'Change / weights', scale: 'log' },
        series: series('update'),
      }),
      caption: `Norm of the change in one step over the norm of the weights; about 10⁻³ is usual.${of}`,
    },
  ];
}

/** Largest activations, where epochs were validated. */
async function activationFigures(epochs: readonly LogRecord[]): Promise<ReportFigure[]> {
  const looked = epochs.filter((record) => typeof valueAt(record, 'activations') === 'object');
  if (looked.length === 0) return [];
  const groups = groupsOf(Object.keys(valueAt(looked[0], 'activations') as object));
  const largest = (record: LogRecord, blocks: readonly string[]): number =>
    Math.max(
      ...blocks
        .flatMap((block) =>
          ['q', 'mu', 'filter'].map((kind) => numberAt(record, 'activations', block, kind)),
        )
        .filter(Number.isFinite),
    );
  const series = groups.map(({ name, blocks }) => {
    const known = looked.filter((record) => Number.isFinite(largest(record, blocks)));
    const values = known.map((record) => largest(record, blocks));
    return { name, ...smoothed(valuesOf(known, 'epoch'), values), points: looked.length <= 12 };
  });
  return [
    {
      svg: await lineChart({
        title: 'Activations by block',
        x: { label: 'Epoch' },
        y: { label: 'Largest activation', scale: 'log' },
        series,
      }),
      caption:
        'Largest finite value among the scalar and vector features and the filters of each part, on a few ' +
        'structures that stay the same. Steady growth comes before divergence.',
    },
  ];
}

/** Blocks one by one, or by kind (`interaction.0` and `interaction.1` together) if there are many. */
function groupsOf(blocks: readonly string[]): { name: string; blocks: string[] }[] {
  if (blocks.length <= MOST_CURVES) return blocks.map((name) => ({ name, blocks: [name] }));
  const kinds = [...new Set(blocks.map(kindOfBlock))].slice(0, MOST_CURVES);
  return kinds.map((name) => ({
    name,
    blocks: blocks.filter((block) => kindOfBlock(block) === name),
  }));
}

/** Geometric means over neighbouring points, so that curves side by side can be told apart. */
function smoothed(x: readonly number[], y: readonly number[]): { x: number[]; y: number[] } {
  const size = Math.ceil(x.length / SMOOTH_POINTS);
  const out: { x: number[]; y: number[] } = { x: [], y: [] };
  for (let start = 0; start < x.length; start += size) {
    const logs = y
      .slice(start, start + size)
      .filter((value) => value > 0)
      .map((value) => Math.log(value));
    out.x.push(x[Math.min(x.length, start + size) - 1]);
    out.y.push(Math.exp(logs.reduce((sum, value) => sum + value, 0) / logs.length));
  }
  return out;
}

const kindOfBlock = (block: string): string => block.replace(/\.\d+$/, '');
