import { barChart, formatNumber, renderReport } from '@mlffd/report';
import type { Callout, Gate, RichCell, Section, Verdict } from '@mlffd/report';
import type {
  DiversityAlert,
  DiversityReport,
  GateCriterion,
  GateOutcome,
} from './diversityReport.ts';
import { mapSection, rmsdSection } from './render/mapSection.ts';
import {
  compositionSection,
  distancesSection,
  elementsSection,
  labelsSection,
} from './render/statisticsSections.ts';

/** What a report of diversity is called. */
export interface RenderDiversityOptions {
  /** Default `Diversity of the dataset`. */
  readonly title?: string;
  /** Lines at the foot: file, hash, teacher. */
  readonly footer?: readonly string[];
}

/** `report.html`: one page that tells whether a dataset is diverse enough, and what it lacks. */
export async function renderDiversityReport(
  report: DiversityReport,
  options: RenderDiversityOptions = {},
): Promise<string> {
  const { structures, elements, compositions, groups, coverage, labelled, verdict } = report;
  return renderReport({
    kicker: 'MLFF Distiller',
    title: options.title ?? 'Diversity of the dataset',
    subtitle: `${formatNumber(structures)} structures, ${formatNumber(report.atoms)} atoms, judged at the gate of ${verdict.name}. ${report.sample.text}`,
    verdict: verdictHeadline(report),
    facts: [
      { label: 'Coverage', value: coverage.score, note: 'of 1', format: { decimals: 2 } },
      { label: 'Structures', value: structures },
      { label: 'Labelled', value: (100 * labelled.complete) / report.attempted, unit: '%' },
      { label: 'Elements', value: elements.length },
      { label: 'Formulas', value: compositions.formulas },
      { label: 'Groups', value: groups.count },
    ],
    sections: [
      nextSection(report),
      await coverageSection(report),
      gatesSection(report),
      await mapSection(report),
      await rmsdSection(report),
      await elementsSection(report),
      await compositionSection(report),
      await labelsSection(report),
      distancesSection(report),
    ],
    data: report,
    ...(options.footer === undefined ? {} : { footer: options.footer }),
  });
}

function verdictHeadline({ verdict, coverage }: DiversityReport): Verdict {
  const missed = verdict.criteria.filter(({ holds }) => !holds);
  const score = coverage.score.toFixed(2);
  return verdict.go
    ? { status: 'pass', headline: `GO at ${verdict.name}: coverage ${score}` }
    : {
        status: 'fail',
        headline: `NO-GO at ${verdict.name}: ${missed.length} of ${verdict.criteria.length} demands are missed`,
        reasons: missed.map(
          (criterion) =>
            `${criterion.name}: ${written(criterion, criterion.measured)}, needed ${sign(criterion)} ${written(criterion, criterion.goal)}.`,
        ),
      };
}

function sign({ relation }: GateCriterion): string {
  return relation === '>=' ? '≥' : '≤';
}

function written({ unit }: GateCriterion, value: number): string {
  // 0.4, not 0.400.
  const number = formatNumber(value)
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
  return `${number}${unit === '' ? '' : ` ${unit}`}`;
}

const CALLOUT: Readonly<Record<DiversityAlert['severity'], Callout['status']>> = {
  error: 'fail',
  warning: 'warn',
  info: 'info',
};

function nextSection({ alerts, suggestions }: DiversityReport): Section {
  return {
    title: 'What to add next',
    ...(suggestions.length === 0
      ? { text: 'Nothing is missing by the goals of this report.' }
      : {
          tables: [
            {
              caption:
                'Ordered by how much the coverage score can gain at most if the part is brought to its goal.',
              columns: [
                { label: 'Suggestion' },
                { label: 'Part' },
                { label: 'Gain', format: { decimals: 3 } },
              ],
              rows: suggestions.map(({ text, part, gain }) => [text, part, gain]),
            },
          ],
        }),
    callouts: alerts.map(({ severity, message }) => ({
      status: CALLOUT[severity],
      text: sentence(message),
    })),
  };
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

async function coverageSection({ coverage }: DiversityReport): Promise<Section> {
  return {
    title: 'Coverage',
    text: `The score of ${coverage.score.toFixed(2)} is the weighted mean of eight parts. Each compares a share, a width or an effective number with a goal, so that more of the same raises none of them.`,
    figures: [
      {
        wide: true,
        svg: await barChart({
          title: 'Parts of the coverage score',
          width: 760,
          value: { label: 'Score, 1 is the goal', domain: [0, 1.08] },
          valueLabel: (value) => value.toFixed(2),
          bars: coverage.parts.map(({ title, score }) => ({ label: title, value: score })),
        }),
        caption: 'Each part from 0 to 1.',
      },
    ],
    tables: [
      {
        caption: 'What the parts are made of.',
        columns: [
          { label: 'Part' },
          { label: 'Score', format: { decimals: 2 } },
          { label: 'Weight', format: { decimals: 2 } },
          { label: 'Because' },
        ],
        rows: coverage.parts.map(({ title, score, weight, explanation }) => [
          title,
          score,
          weight,
          sentence(explanation),
        ]),
      },
    ],
  };
}

function gatesSection({ gates, verdict }: DiversityReport): Section {
  return {
    title: 'Gates',
    text: 'Each gate has to be passed before labelling goes on to the next, more expensive size.',
    gates: {
      caption: `The gate of ${verdict.name}, at which this dataset stands.`,
      gates: verdict.criteria.map(gateOf),
    },
    tables: [
      {
        caption: 'All gates: what is measured, and whether it would be enough.',
        columns: [
          { label: 'Demand' },
          { label: 'Measured' },
          ...gates.map(({ name, go }) => ({ label: `${name}: ${go ? 'GO' : 'NO-GO'}` })),
        ],
        rows: verdict.criteria.map((criterion, k) => [
          criterion.name,
          { value: written(criterion, criterion.measured), strong: true },
          ...gates.map((gate) => goalCell(gate, k)),
        ]),
      },
    ],
  };
}

function goalCell({ criteria }: GateOutcome, k: number): RichCell {
  const criterion = criteria[k];
  return {
    value: `${sign(criterion)} ${written(criterion, criterion.goal)}`,
    status: criterion.holds ? 'pass' : 'fail',
  };
}

function gateOf({ name, measured, goal, relation, unit }: GateCriterion): Gate {
  return { name, measured, goal, relation, ...(unit === '' ? {} : { unit }) };
}
