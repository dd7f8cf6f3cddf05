import { formatNumber, lineChart, renderReport, type Section } from '@mlffd/report';
import type { CurveResults } from './results.ts';
import { budgetSection, dataSection, footer } from './studentReport.ts';
import { predictError, WORTHWHILE_GAIN } from '@mlffd/train';

/** The advice and the numbers that led to it, a sentence each; plain text. */
export function adviceText(results: CurveResults): string[] {
  const { advice, law, points, doubled_force_mae_meV_A: doubled, sizes } = results;
  const end = points[points.length - 1];
  const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
  const band = law.exponentError === null ? '' : ` +/- ${law.exponentError.toFixed(2)}`;
  return [
    `Force MAE falls as structures^-${law.exponent.toFixed(2)}${band}: twice the data would take ${percent(advice.gainByLaw)} away (${end.force_mae_meV_A.toFixed(1)} -> ${doubled.toFixed(1)} meV/A).`,
    `On structures of the training set it is ${end.seen_force_mae_meV_A.toFixed(1)} meV/A, a gap of ${percent(advice.gap)}: more data take away no more than that.`,
    `So twice the data are worth ${percent(advice.gainOfData)}.`,
    ...(law.exponentError !== null && law.exponentError > Math.abs(law.exponent) / 2
      ? [
          'The points scatter so much that the exponent is a guess: give more --fractions, or another seed.',
        ]
      : []),
    ...points
      .filter(({ skipped }) => skipped > 0)
      .map(
        ({ fraction, skipped }) =>
          `The part ${String(fraction)} lacks elements of ${String(skipped)} structures: it was judged without them.`,
      ),
    advice.gainOfSize === null
      ? `Students of other sizes were not trained (--presets); the advice is 'more data' where that is ${percent(WORTHWHILE_GAIN)} or more.`
      : `Twice the parameters are worth ${percent(advice.gainOfSize)}, from ${sizes.map(({ name, force_mae_meV_A: mae }) => `${name} ${mae.toFixed(1)}`).join(', ')} meV/A.`,
  ];
}

const HEADLINES = {
  'more data': 'More data would help most',
  'bigger student': 'A bigger student would help more than data',
  neither: 'Neither data nor size would help much: look at labels and length of training',
};

/** `report.html` of a learning curve. */
export async function curveReport(results: CurveResults): Promise<string> {
  const { points, advice, teacher, data } = results;
  const end = points[points.length - 1];
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${results.name}: learning curve`,
    subtitle:
      `A student of ${teacher} with ${results.parameters.toLocaleString('en')} parameters, trained on ` +
      `${String(points.length)} nested parts of ${data.training.toLocaleString('en')} structures.`,
    facts: [
      { label: 'Advice', value: advice.verdict },
      { label: 'Force MAE', value: end.force_mae_meV_A, unit: 'meV/Å' },
      { label: 'With twice the data', value: results.doubled_force_mae_meV_A, unit: 'meV/Å' },
      { label: 'Exponent', value: results.law.exponent, format: { decimals: 2 } },
    ],
    sections: [
      {
        title: HEADLINES[advice.verdict],
        text: adviceText(results).map((line) => line.replaceAll('meV/A', 'meV/Å')),
      },
      await curve(results),
      ...(results.sizes.length < 2 ? [] : [sizeSection(results)]),
      ...(results.error_budget === null
        ? []
        : [budgetSection([{ name: results.name, budget: results.error_budget }])]),
      dataSection(results),
    ],
    data: results,
    footer: [footer(results)],
  });
}

async function curve({ points, law, judged_on: side }: CurveResults): Promise<Section> {
  const structures = points.map((point) => point.structures);
  const far = [...structures, 2 * structures[structures.length - 1]];
  const held = side === 'test' ? 'held out' : 'validation';
  return {
    title: 'The curve',
    text: `Every subset is part of the next one, groups are taken whole, and every training has as many steps. Largest distance from the power law: ${formatNumber(100 * law.misfit)} %.`,
    figures: [
      {
        wide: true,
        svg: await lineChart({
          title: 'Force error against amount of data',
          width: 960,
          x: { label: 'Training structures', scale: 'log' },
          y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
          series: [
            {
              name: held,
              x: structures,
              y: points.map((point) => point.force_mae_meV_A),
              points: true,
            },
            {
              name: 'own training structures',
              x: structures,
              y: points.map((point) => point.seen_force_mae_meV_A),
              points: true,
            },
            {
              name: 'power law',
              x: far,
              y: far.map((count) => predictError(law, count)),
              dashed: true,
            },
          ],
        }),
        caption: 'The dashed line goes on to twice the data.',
      },
    ],
    tables: [
      {
        caption: 'The trainings.',
        columns: [
          { label: 'Part' },
          { label: 'Structures', format: { significant: 9 } },
          { label: 'Epochs', format: { significant: 9 } },
          { label: 'Steps', format: { significant: 9 } },
          { label: 'Force MAE', unit: 'meV/Å' },
          { label: 'Power law', unit: 'meV/Å' },
          { label: 'On own structures', unit: 'meV/Å' },
          { label: 'Energy MAE', unit: 'meV/atom' },
        ],
        rows: points.map((point) => [
          point.fraction,
          point.structures,
          point.epochs,
          point.steps,
          point.force_mae_meV_A,
          predictError(law, point.structures),
          point.seen_force_mae_meV_A,
          point.energy_mae_meV_atom,
        ]),
      },
    ],
  };
}

function sizeSection({ sizes }: CurveResults): Section {
  return {
    title: 'Other sizes',
    tables: [
      {
        caption: 'Students of other sizes, trained on all of the data.',
        columns: [
          { label: 'Student' },
          { label: 'Parameters', format: { significant: 9 } },
          { label: 'Force MAE', unit: 'meV/Å' },
        ],
        rows: sizes.map(({ name, parameters, force_mae_meV_A: mae }) => [name, parameters, mae]),
      },
    ],
  };
}
