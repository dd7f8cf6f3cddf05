import { heatMap, lineChart, scatterPlot } from '@mlffd/report';
import type { ScatterSeries, Section } from '@mlffd/report';
import { increment } from '../counts.ts';
import type { DescriptorMap, DiversityReport } from '../diversityReport.ts';

/** Classes with a colour of their own; all others share the last. */
const COLOURED = 6;
const OTHERS = 'others';
/** Formulas named beside the RMSD matrix; more would not fit. */
const NAMED = 14;

/** Where structures lie in the space of descriptors, and how densely they cover it. */
export async function mapSection({
  map,
  distinctness,
  sample,
  structures,
}: DiversityReport): Promise<Section> {
  const { covering } = distinctness;
  const sampled = sample.structures < structures;
  return {
    title: 'Map of the structures',
    text: [
      `Each point is a structure. Points close together teach nearly the same; empty regions between clusters were never shown.${sampled ? ` ${sample.text}` : ''}`,
      `The axes are the first two principal components of 92 descriptors of atomic surroundings. Axis 1 follows ${map.axes[0].join(', ')}; axis 2 follows ${map.axes[1].join(', ')}.`,
    ],
    figures: [
      {
        svg: await mapPlot(map, 'By origin', map.source),
        caption: 'The map, coloured by how the structures were made.',
      },
      {
        svg: await mapPlot(map, 'By elements', map.system),
        caption: 'The map, coloured by the elements of the structures.',
      },
      {
        wide: true,
        svg: await lineChart({
          title: 'Covering radius',
          width: 760,
          height: 280,
          x: { label: 'Structures chosen, farthest first' },
          y: { label: 'Largest distance from a chosen one' },
          series: [
            {
              name: 'covering radius',
              x: covering.map(({ count }) => count),
              y: covering.map(({ radius }) => radius),
            },
          ],
        }),
        caption:
          'How many structures it takes to have one near every other. Displacing the atoms of a molecule by 0.1 Å moves it by about 0.45; where the curve is flat, more of the same teach little.',
      },
    ],
    facts: [
      {
        label: 'Different structures',
        value: distinctness.effective,
        note: 'effective number in the sample',
      },
      {
        label: 'Filled directions',
        value: distinctness.dimension,
        note: 'of 92 descriptors',
      },
      {
        label: 'Copies',
        value: 100 * distinctness.duplicates,
        unit: '%',
        note: 'the same up to 0.001 Å',
      },
      {
        label: 'Near copies',
        value: 100 * distinctness.nearDuplicates,
        unit: '%',
        note: 'in the sample',
      },
    ],
  };
}

function mapPlot(map: DescriptorMap, title: string, names: readonly string[]): Promise<string> {
  const axis = (k: number): string =>
    `Axis ${k + 1}, ${(100 * map.explained[k]).toFixed(0)} % of the variance`;
  return scatterPlot({
    title,
    width: 480,
    height: 400,
    x: { label: axis(0) },
    y: { label: axis(1) },
    series: seriesByName(map, names),
  });
}

function seriesByName(map: DescriptorMap, names: readonly string[]): ScatterSeries[] {
  const counts = new Map<string, number>();
  for (const name of names) increment(counts, name);
  const frequent = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([a]) => a);
  const own = frequent.slice(0, frequent.length === COLOURED + 1 ? COLOURED + 1 : COLOURED);
  const classOf = (name: string): string => (own.includes(name) ? name : OTHERS);
  const classes = frequent.length > own.length ? [OTHERS, ...own] : own;
  return classes.map((one) => {
    const indices = names.flatMap((name, k) => (classOf(name) === one ? [k] : []));
    return {
      name: one === OTHERS ? `${frequent.length - own.length} ${OTHERS}` : one,
      x: indices.map((k) => map.x[k]),
      y: indices.map((k) => map.y[k]),
      // Others lie below the rest, in the quietest colour.
      colour: one === OTHERS ? COLOURED : own.indexOf(one),
    };
  });
}

/** Distances among structures of one formula. */
export async function rmsdSection({ rmsd }: DiversityReport): Promise<Section> {
  const size = rmsd.groups.reduce((sum, { structures }) => sum + structures.length, 0);
  if (size === 0) {
    return { title: 'Distances within formulas', text: 'No formula occurs twice in the sample.' };
  }
  const values = new Float64Array(size * size).fill(NaN);
  const labels = new Array<string>(size).fill('');
  let start = 0;
  for (const [g, { formula, matrix }] of rmsd.groups.entries()) {
    for (const [i, row] of matrix.entries()) {
      for (const [j, value] of row.entries()) values[(start + i) * size + start + j] = value ?? NaN;
    }
    if (g < NAMED) labels[start + Math.floor(matrix.length / 2)] = formula;
    start += matrix.length;
  }
  return {
    title: 'Distances within formulas',
    text: rmsd.text,
    figures: [
      {
        wide: true,
        svg: await heatMap({
          title: 'RMSD between structures of one formula',
          width: 760,
          height: 640,
          rows: size,
          columns: size,
          values,
          rowLabels: labels,
          value: { label: 'RMSD', unit: 'Å', scale: 'log' },
        }),
        caption:
          'Each block is one formula. Pale cells are copies of one arrangement, dark ones different conformers or phases; white pairs cannot be compared.',
      },
    ],
    tables: [
      {
        caption: 'RMSD among structures of one formula, the most frequent formulas first.',
        columns: [
          { label: 'Formula' },
          { label: 'Kind' },
          { label: 'Structures' },
          { label: 'Median', unit: 'Å' },
          { label: 'Largest', unit: 'Å' },
        ],
        rows: rmsd.groups.map(({ formula, periodic, structures, median, max }) => [
          formula,
          periodic ? 'periodic' : 'free',
          structures.length,
          median,
          max,
        ]),
      },
    ],
  };
}
