import { barChart } from '@mlffd/report';
import type { ReportFigure, Section, Table } from '@mlffd/report';
import type { Distribution } from '../distribution.ts';
import type { DiversityReport } from '../diversityReport.ts';
import { binnedHistogram } from './binnedHistogram.ts';
import { periodicTable } from './periodicTable.ts';

const COUNT = { significant: 9 } as const;
/** Sums of float64 numbers are right to this part. */
const ROUNDING = 1e-9;
/** Formulas in the table. */
const MOST_FORMULAS = 10;
/** Pairs of elements in the table. */
const MOST_PAIRS = 30;

/** Elements, each with what is known of it. */
export async function elementsSection({ elements, forces }: DiversityReport): Promise<Section> {
  return {
    title: 'Elements',
    figures: [
      {
        wide: true,
        svg: await periodicTable(elements),
        caption:
          'Number of structures with each element, on a logarithmic scale; grey ones do not occur.',
      },
    ],
    tables: [
      {
        caption: 'Elements, and the forces on their atoms.',
        columns: [
          { label: 'Element' },
          { label: 'Structures', format: COUNT },
          { label: 'Atoms', format: COUNT },
          { label: 'Mean |F|', unit: 'eV/Å' },
          { label: 'Largest |F|', unit: 'eV/Å' },
          { label: '|F| < 0.1', unit: '%' },
          { label: '0.1 to 1', unit: '%' },
          { label: '> 1', unit: '%' },
          { label: 'Reference', unit: 'eV' },
        ],
        rows: elements.map((entry) => {
          const total = entry.forceBuckets.reduce((sum, count) => sum + count, 0);
          return [
            entry.symbol,
            entry.structures,
            entry.atoms,
            entry.forces?.mean ?? null,
            entry.forces?.max ?? null,
            ...entry.forceBuckets.map((count) => (total === 0 ? null : (100 * count) / total)),
            entry.reference,
          ];
        }),
        ...(forces === null ? { note: 'No forces are labelled.' } : {}),
      },
    ],
  };
}

/** Sizes, kinds, formulas and origins. */
export async function compositionSection(report: DiversityReport): Promise<Section> {
  const { sizes, kinds, compositions, sources, cells } = report;
  const { edges, counts } = sizes.bins;
  const ranges = counts.map((value, k) => ({ label: rangeName(edges[k], edges[k + 1]), value }));
  const used = ranges.map(({ value }) => value > 0);
  return {
    title: 'Sizes, kinds, formulas',
    text:
      cells.formulas === 0
        ? []
        : `Of ${cells.formulas} formulas of bulk crystals, ${cells.strained} come at volumes that differ by 1 % or more; the largest difference is ${(100 * cells.largestSpread).toPrecision(2)} %.`,
    figures: [
      {
        svg: await barChart({
          title: 'Atoms per structure',
          direction: 'horizontal',
          value: { label: 'Structures' },
          bars: ranges.slice(used.indexOf(true), used.lastIndexOf(true) + 1),
        }),
        caption: `From ${sizes.distribution.min} to ${sizes.distribution.max} atoms, ${sizes.distribution.median} in the middle.`,
      },
      {
        svg: await barChart({
          title: 'Kinds',
          value: { label: 'Structures' },
          bars: Object.entries(kinds).map(([label, value]) => ({ label, value })),
        }),
        caption: 'Bulk, slabs and wires are periodic; a gap of 7 Å or more counts as vacuum.',
      },
    ],
    tables: [
      {
        caption: `The most frequent of ${compositions.formulas} formulas and of ${compositions.systems} combinations of elements.`,
        columns: [
          { label: 'Formula' },
          { label: 'Structures', format: COUNT },
          { label: 'Elements' },
          { label: 'Structures', format: COUNT },
        ],
        rows: frequentRows(compositions),
      },
      {
        caption: 'How the structures were made.',
        columns: [{ label: 'Source' }, { label: 'Structures', format: COUNT }],
        rows: sources.map(({ name, structures }) => [name, structures]),
      },
    ],
  };
}

/** The most frequent formulas beside the most frequent combinations of elements. */
function frequentRows({
  frequentFormulas: formulas,
  frequentSystems: systems,
}: DiversityReport['compositions']): Table['rows'] {
  // There are at least as many formulas as combinations of elements.
  return formulas.slice(0, MOST_FORMULAS).map(({ name, structures }, k) => {
    const system = systems.at(k);
    return [name, structures, system?.name ?? null, system?.structures ?? null];
  });
}

function rangeName(from: number, to: number): string {
  const last = to - 1;
  if (to >= 1e9) return `${from} or more`;
  return last === from ? String(from) : `${from} to ${last}`;
}

/** Energies, forces, pressures, temperatures. */
export async function labelsSection(report: DiversityReport): Promise<Section> {
  const { energies, forces, pressures, temperatures } = report;
  const figures: ReportFigure[] = [];
  const rows: Table['rows'][number][] = [];
  if (energies !== null) {
    rows.push(distributionRow('Energy', 'eV/atom', energies.distribution));
    figures.push({
      svg: await binnedHistogram({
        title: 'Energies',
        x: { label: 'Energy less references', unit: 'eV/atom' },
        bins: energies.bins,
      }),
      caption:
        'Energies per atom, less one reference energy per element by least squares. Outliers count in the outermost bins.',
    });
  }
  if (forces !== null) {
    rows.push(distributionRow('|F|', 'eV/Å', forces.distribution));
    figures.push({
      svg: await binnedHistogram({
        title: 'Forces',
        x: { label: 'Force on an atom', unit: 'eV/Å', scale: 'log' },
        bins: forces.bins,
        markers: [
          { value: 0.1, label: '0.1' },
          { value: 1, label: '1' },
        ].filter(({ value }) => value > forces.distribution.min && value < forces.distribution.max),
      }),
      caption:
        'Sizes of the forces. Below 0.1 eV/Å atoms rest, between 0.1 and 1 they move as in warm matter, above 1 they are pushed. Forces of zero are in the lowest bin.',
    });
  }
  if (pressures !== null) {
    rows.push(distributionRow('Pressure', 'GPa', pressures.distribution));
    figures.push({
      svg: await binnedHistogram({
        title: 'Pressures',
        x: { label: 'Pressure', unit: 'GPa' },
        bins: pressures.bins,
      }),
      caption: 'Compression is positive.',
    });
  }
  if (temperatures.distribution !== null && temperatures.bins !== null) {
    rows.push(distributionRow('Temperature', 'K', temperatures.distribution));
    figures.push({
      svg: await binnedHistogram({
        title: 'Temperatures',
        x: { label: 'Temperature', unit: 'K' },
        bins: temperatures.bins,
      }),
      caption: `Of the thermostats, for ${temperatures.distribution.count} structures from dynamics.`,
    });
  }
  if (rows.length === 0) return { title: 'Labels', text: 'Nothing is labelled yet.' };
  return {
    title: 'Energies and forces',
    figures,
    tables: [
      {
        caption: 'Distributions. Quantiles of forces are from bins of 12 % width.',
        columns: [
          { label: 'Quantity' },
          { label: 'Unit' },
          { label: 'Values', format: COUNT },
          ...['Smallest', '5 %', 'Median', 'Mean', '95 %', 'Largest'].map((label) => ({ label })),
        ],
        rows,
      },
    ],
  };
}

function distributionRow(name: string, unit: string, d: Distribution): Table['rows'][number] {
  // The mean of what a fit leaves is zero but for rounding.
  const mean = Math.abs(d.mean) < ROUNDING * d.stdev ? 0 : d.mean;
  return [name, unit, d.count, d.min, d.p05, d.median, mean, d.p95, d.max];
}

/** Distances of nearest neighbours. */
export function distancesSection({ pairs }: DiversityReport): Section {
  const shown = [...pairs].sort((a, b) => b.count - a.count).slice(0, MOST_PAIRS);
  return {
    title: 'Distances of neighbours',
    tables: [
      {
        caption:
          shown.length < pairs.length
            ? `The ${shown.length} most frequent of ${pairs.length} pairs of elements.`
            : 'Nearest neighbours by pair of elements.',
        columns: [
          { label: 'Pair' },
          { label: 'Atoms', format: COUNT },
          { label: 'Smallest', unit: 'Å' },
          { label: 'Mean', unit: 'Å' },
          { label: 'Sum of radii', unit: 'Å' },
          { label: 'Smallest / sum' },
        ],
        rows: shown.map(({ pair, count, min, mean, covalent }) => [
          pair,
          count,
          min,
          mean,
          covalent,
          min < 0.6 * covalent
            ? { value: min / covalent, status: 'warn' as const }
            : min / covalent,
        ]),
        note: 'The distance of the nearest neighbour of that element within 5 Å, against the sum of the covalent radii.',
      },
    ],
  };
}
