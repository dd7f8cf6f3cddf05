import {
  type Fact,
  bandChart,
  formatNumber,
  lineChart,
  renderReport,
  type ReportFigure,
  type Section,
} from '@mlffd/report';
import type { Energies } from './energies.ts';
import type { MdRun } from './runFile.ts';
import type { Mean, MdSummary } from './summary.ts';
import { bandText, motionText } from './text.ts';

/** What the page is made of. */
export interface MdPage {
  readonly run: MdRun;
  readonly summary: MdSummary;
  readonly energies: Energies;
}

/** `md.html`: how a run went. */
export async function mdPage({ run, summary, energies }: MdPage): Promise<string> {
  const { about, definition } = run;
  const { motion, substeps } = definition;
  const { stopped, drift, temperature, ns_per_day: pace } = summary;
  const facts: Fact[] = [];
  if (temperature !== null) facts.push(meanFact('Temperature', 'K', temperature));
  if (drift !== null) facts.push({ label: 'Drift', value: drift.slope, unit: 'meV/atom/ps' });
  if (summary.density) facts.push({ label: 'Density', value: summary.density, unit: 'g/cm³' });
  if (pace !== null) facts.push({ label: 'Pace', value: pace, unit: 'ns/day' });
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `Molecular dynamics of ${about.formula}`,
    subtitle: `${about.calculator}, ${String(about.atoms)} atoms, ${formatNumber(summary.picoseconds)} ps: ${motionText(motion, substeps)}.`,
    facts,
    sections: [
      ...(stopped === null
        ? []
        : [
            {
              title: 'Stopped by a guard',
              status: 'fail' as const,
              text: `${stopped.message} (\`${stopped.code}\`).${stopped.dump === undefined ? '' : ` The frame is in \`${stopped.dump}\`.`}`,
            },
          ]),
      await energySection(energies, summary),
      ...guardSection(summary),
      settingsSection(run),
    ],
    data: { run, summary },
  });
}

function meanFact(label: string, unit: string, mean: Mean): Fact {
  return { label, value: mean.mean, unit, note: `95 %: ${bandText(mean)}` };
}

async function energySection(energies: Energies, summary: MdSummary): Promise<Section> {
  const { atoms, drift } = summary;
  const x = energies.time_fs.map((time) => time / 1000);
  const time = { label: 'Time', unit: 'ps' };
  const curve = (title: string, unit: string, y: readonly number[]): Promise<string> =>
    lineChart({
      title,
      x: time,
      y: { label: title, unit },
      series: [{ name: title.toLowerCase(), x, y }],
    });
  const figures: ReportFigure[] = [
    {
      svg: await conservedChart({ energies, drift, atoms, x }),
      caption:
        'Conserved energy per atom: in NVE the total energy, else less the heat from thermostat and barostat.',
    },
    {
      svg: await curve('Temperature', 'K', energies.temperature_K),
      caption: 'Temperature of the thermal degrees of freedom.',
    },
    {
      svg: await curve('Potential energy', 'eV', energies.potential_eV),
      caption: 'Potential energy of the whole system.',
    },
  ];
  const { volume_A3: volume, pressure_bar: pressure } = energies;
  if (volume !== undefined) {
    figures.push({ svg: await curve('Volume', 'Å³', volume), caption: 'Volume of the cell.' });
  }
  if (pressure !== undefined) {
    figures.push({
      svg: await curve('Pressure', 'bar', pressure),
      caption: 'Instantaneous pressure; of few atoms it fluctuates far more than it is off.',
    });
  }
  const means = Object.entries({
    'Temperature, K': summary.temperature,
    'Potential energy, eV': summary.potential,
    'Volume, Å³': summary.volume ?? null,
    'Pressure, bar': summary.pressure ?? null,
  }).flatMap(([name, mean]) =>
    mean === null ? [] : [[name, mean.mean, mean.low, mean.high, mean.deviation]],
  );
  return {
    title: 'The run',
    figures,
    ...(means.length === 0
      ? {}
      : {
          tables: [
            {
              caption: `Means without the first ${String(100 * summary.skipped)} % of the run.`,
              columns: [
                { label: 'Quantity' },
                ...['Mean', 'Low', 'High', 'Deviation'].map((label) => ({
                  label,
                  align: 'right' as const,
                  format: { significant: 6 },
                })),
              ],
              rows: means,
              note: 'Low and high: 95 % band of the mean, for correlated samples. Deviation: of one sample.',
            },
          ],
        }),
  };
}

function conservedChart({
  energies,
  drift,
  atoms,
  x,
}: {
  readonly energies: Energies;
  readonly drift: MdSummary['drift'];
  readonly atoms: number;
  readonly x: readonly number[];
}): Promise<string> {
  const { conserved_eV: conserved } = energies;
  const start = conserved.at(0) ?? 0;
  const y = conserved.map((value) => (1000 * (value - start)) / atoms);
  const title = 'Conserved energy';
  const axes = {
    title,
    x: { label: 'Time', unit: 'ps' },
    y: { label: 'Energy less its start', unit: 'meV/atom' },
  };
  return drift === null
    ? lineChart({ ...axes, series: [{ name: 'conserved energy', x, y }] })
    : bandChart({
        ...axes,
        values: { x, y },
        fit: { ...drift, confidence: 0.95 },
        slopeUnit: 'meV/atom/ps',
      });
}

function guardSection({ guards, teacher_takeovers: takeovers }: MdSummary): Section[] {
  if (guards.length === 0 && takeovers === 0) return [];
  return [
    {
      title: 'Guards',
      status: 'warn',
      text:
        takeovers === 0
          ? 'Limits that were passed, while the run went on.'
          : `A teacher took over ${String(takeovers)} times; its steps are in \`teacher-calls.xyz\`.`,
      tables: [
        {
          caption: 'Breaches by limit.',
          columns: [{ label: 'Limit' }, { label: 'Breaches' }, { label: 'First' }],
          rows: guards.map(({ guard, breaches, message }) => [guard, breaches, message]),
        },
      ],
    },
  ];
}

function settingsSection({ about, definition, steps }: MdRun): Section {
  const { motion, calculator, teacher, start, ...rest } = definition;
  const settings = {
    forces: `${about.calculator} (${calculator})`,
    ...(teacher === undefined ? {} : { teacher: `${about.teacher ?? ''} (${teacher})` }),
    start: `${about.start}, frame ${String(about.frame)} (${start})`,
    steps,
    ...motion,
    ...rest,
  };
  return {
    title: 'Settings',
    tables: [
      {
        caption:
          'What the run was told; fs, K, eV, Å, and products of these. In brackets: hash of the content.',
        columns: [{ label: 'Setting' }, { label: 'Value' }],
        rows: Object.entries(settings).map(([name, value]) => [
          name,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
      },
    ],
  };
}
