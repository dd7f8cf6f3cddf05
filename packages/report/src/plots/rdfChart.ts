import { quantitativeAxis, extentOf } from './axis.ts';
import { frameOf, type Layer, type PlotOptions } from './figure.ts';
import { emptyNote, renderFigure } from './render.ts';
import { requireSameLength, thinCurve } from './series.ts';
import { COLOURS, seriesColour } from './theme.ts';

/** What `rdfChart` draws. */
export interface RdfChartOptions extends PlotOptions {
  /** Distances, Å. */
  readonly r: ArrayLike<number>;
  /** Radial distribution function of the teacher's trajectory, no unit. */
  readonly teacher: ArrayLike<number>;
  /** Radial distribution function of the student's trajectory, no unit. */
  readonly student: ArrayLike<number>;
  /** The kinds of atoms: `'O-O'`; shown on the axis. */
  readonly pair?: string;
}

/**
 * Radial distribution functions of teacher and student over each other as SVG: a broad pale line
 * for the teacher, a thin one for the student on top, so that agreement is seen as overlap.
 *
 * @throws ReportDataError for lists of other lengths
 */
export async function rdfChart(options: RdfChartOptions): Promise<string> {
  const { r, teacher, student } = options;
  requireSameLength(`${options.title}, teacher`, r, teacher);
  requireSameLength(`${options.title}, student`, r, student);
  const extentX = extentOf([r]);
  const extentY = extentOf([teacher, student]);
  const pair = options.pair === undefined ? '' : ` ${options.pair}`;
  return renderFigure({
    ...frameOf(options, {
      description: `Radial distribution function${pair} of teacher and student; largest difference ${largestGap(teacher, student)}.`,
    }),
    x: quantitativeAxis({ label: 'Distance r', unit: 'Å' }, extentX, { nice: false, ticks: 7 }),
    y: quantitativeAxis({ label: `g(r)${pair}` }, extentY, { zero: true }),
    layers: [
      curve(r, teacher, { stroke: COLOURS.pale, strokeWidth: 5.5 }),
      curve(r, student, { stroke: seriesColour(0), strokeWidth: 1.8 }),
    ],
    legend: [
      { label: 'Teacher', colour: COLOURS.pale, mark: 'thick' },
      { label: 'Student', colour: seriesColour(0), mark: 'line' },
    ],
    annotations: emptyNote(extentX === undefined || extentY === undefined),
  });
}

function curve(x: ArrayLike<number>, y: ArrayLike<number>, look: object): Layer {
  return {
    data: { values: thinCurve(x, y) },
    mark: { type: 'line', strokeJoin: 'round', invalid: 'break-paths-show-domains', ...look },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
      order: { value: 0 },
    },
  };
}

function largestGap(teacher: ArrayLike<number>, student: ArrayLike<number>): string {
  let largest = 0;
  for (let k = 0; k < teacher.length; k += 1) {
    const gap = Math.abs(teacher[k] - student[k]);
    if (gap > largest) largest = gap;
  }
  return largest.toFixed(3);
}
