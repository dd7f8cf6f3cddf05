import type { Curve, Figure } from '@mlffd/md';
import {
  bandChart,
  barChart,
  lineChart,
  type LineSeries,
  parityPlot,
  type ReportFigure,
} from '@mlffd/report';
import type { PlotGroup } from './lookup.ts';

/** Seven curves can be told apart; one is the teacher's. */
const MOST_STUDENTS = 6;
/** Place of the teacher's colour; students have those before it. */
const TEACHER_COLOUR = 6;

/** Draws plots of several students over each other, or side by side where that is no use. */
export async function drawGroup(group: PlotGroup): Promise<ReportFigure[]> {
  const [{ plot }] = group.plots;
  const where = group.system === null ? '' : ` (${group.system})`;
  const title = `${plot.title}${where}`;
  switch (plot.kind) {
    case 'lines':
      return [{ svg: await drawLines(group, title), caption: plot.caption }];
    case 'bars':
      return [{ svg: await drawBars(group, title), caption: plot.caption }];
    case 'parity':
      return Promise.all(
        group.plots.map(async ({ student, plot: { curves, x, caption } }) => ({
          svg: await parityPlot({
            title: `${title}: ${student}`,
            quantity: plot.title,
            unit: x.unit ?? '',
            teacher: curves[0].x,
            student: curves[0].y.map((value) => value ?? NaN),
          }),
          caption,
        })),
      );
  }
}

function drawLines({ plots }: PlotGroup, title: string): Promise<string> {
  const [{ plot }] = plots;
  const teacher = plots
    .flatMap(({ plot: { curves } }) => curves)
    .find((curve) => curve.of === 'teacher');
  const students = plots.slice(0, MOST_STUDENTS).flatMap(({ student, plot: { curves } }, k) =>
    curves
      .filter((curve) => curve.of === 'student')
      .map((curve): LineSeries => ({
        name: student,
        colour: k,
        ...points(curve, plot.y.domain),
      })),
  );
  const series = [
    ...students,
    ...(teacher === undefined
      ? []
      : [
          {
            name: 'teacher',
            colour: TEACHER_COLOUR,
            dashed: true,
            ...points(teacher, plot.y.domain),
          },
        ]),
  ];
  return lineChart({
    title,
    x: plot.x,
    y: plot.y,
    series,
    ...(plot.goal === undefined ? {} : { goal: plot.goal }),
  });
}

/** Values outside the range that is shown leave a gap. */
function points(
  { x, y }: Curve,
  domain: readonly [number, number] = [-Infinity, Infinity],
): { readonly x: readonly number[]; readonly y: readonly number[] } {
  const [low, high] = domain;
  return {
    x,
    y: y.map((value) => (value !== null && value >= low && value <= high ? value : NaN)),
  };
}

function drawBars({ plots }: PlotGroup, title: string): Promise<string> {
  const [{ plot }] = plots;
  const several = plots.length > 1;
  return barChart({
    title,
    value: plot.x,
    bars: plots
      .slice(0, MOST_STUDENTS)
      .flatMap(({ student, plot: { bars = [] } }) =>
        bars.map((bar) => ({ ...bar, ...(several ? { series: student } : {}) })),
      ),
  });
}

/** The energy of one student's run with the band of its slope. */
export async function driftFigure(
  {
    student,
    plot,
    system,
  }: { student: string; plot: PlotGroup['plots'][number]['plot']; system: string | null },
  slope: Figure | undefined,
): Promise<ReportFigure[]> {
  const own = plot.curves.find((curve) => curve.of === 'student');
  if (own === undefined || slope?.value == null) return [];
  const { value, low = value, high = value } = slope;
  return [
    {
      svg: await bandChart({
        title: `${student}${system === null ? '' : ` (${system})`}`,
        x: plot.x,
        y: plot.y,
        values: points(own),
        fit: { slope: value, low, high },
        slopeUnit: slope.unit,
      }),
      caption:
        'Total energy of the run at constant energy with the fitted slope and its 95 % band.',
    },
  ];
}
