import type { CheckRecord, ValidationResults } from '@mlffd/md';
import {
  type Cell,
  renderReport,
  type Report,
  type ReportFigure,
  type Section,
  type Status,
} from '@mlffd/report';
import type { ValidationFile } from '../validate.ts';
import { drawGroup, driftFigure } from './figures.ts';
import { figureOf, plotGroups, worstOf } from './lookup.ts';
import { cellOf, figureTable, reasonTable, unmeasured, verdictTable } from './tables.ts';
import { framesOf, type ShownFrame, VIEWER_FALLBACK, withViewer } from './viewer.ts';

/** Parts of the report, and the checks that each is about. */
const PARTS: readonly { readonly title: string; readonly checks: readonly string[] }[] = [
  { title: 'Forces along trajectories', checks: ['forces-own-path', 'forces-teacher-path'] },
  { title: 'Stability', checks: ['stability', 'elements'] },
  { title: 'Conservation of energy', checks: ['energy-conservation', 'drift-owner'] },
  {
    title: 'Gradients, mechanics, invariance',
    checks: ['gradient', 'mechanics', 'invariance', 'precision', 'extensivity'],
  },
  { title: 'Structure and diffusion', checks: ['structure', 'diffusion'] },
  { title: 'Vibrations', checks: ['vibrations', 'frequencies'] },
  { title: 'Minimisation', checks: ['minima'] },
  { title: 'Pairs and bonds', checks: ['dimers', 'bond-stretches'] },
  { title: 'Energy against volume', checks: ['volumes'] },
];

/** What each check asks, by its id. */
export type CheckTexts = ReadonlyMap<string, string>;

/** `report.html`: one file with figures, tables and frames in 3D, that asks nobody for anything. */
export async function validationReport(
  file: ValidationFile,
  about: { readonly folder: string; readonly texts: CheckTexts },
): Promise<string> {
  const frames = framesOf(file, about.folder);
  const sections = [overview(file)];
  for (const part of PARTS) {
    const section = await partSection(file, part, about.texts);
    if (section !== undefined) sections.push(section);
  }
  sections.push(
    teacherSection(file),
    ...failureSections(file),
    ...frameSections(frames),
    method(file),
  );
  const { teacher, students, systems, machine, versions } = file;
  const names = students.map(({ name }) => name).join(', ');
  const report: Report = {
    kicker: 'MLFF Distiller',
    title: `Validation of ${names}`,
    subtitle: `${students.length === 1 ? 'A student' : `${String(students.length)} students`} beside ${teacher.name}, on ${systems.map(({ name }) => name).join(', ')}.`,
    verdict: verdictOf(file),
    sections,
    data: file,
    footer: [
      `${machine.cpu}, ${String(machine.cores)} cores, Node ${versions.node}; seed ${String(file.seed)}`,
      `teacher ${teacher.hash.slice(0, 16)}; ${students.map(({ name, hash }) => `${name} ${hash.slice(0, 16)}`).join('; ')}`,
    ],
  };
  return withViewer(renderReport(report), frames);
}

function verdictOf({ passed, verdicts, asked }: ValidationResults): NonNullable<Report['verdict']> {
  const of = verdicts.flatMap(({ student, verdicts: own }) =>
    own
      .filter(({ useCase }) => asked.includes(useCase))
      .map((verdict) => ({ student, ...verdict })),
  );
  const refused = of.filter(({ answer }) => answer === 'no');
  const titlesOf = (which: typeof of): string =>
    [...new Set(which.map(({ title }) => title.toLowerCase()))].join(' and ');
  const titles = titlesOf(of);
  const reasons = of
    .filter(({ answer }) => answer !== 'yes')
    .slice(0, MOST_REASONS)
    .map(
      ({ student, title, answer, reasons: why }) =>
        `**${student}**, ${title.toLowerCase()}: ${answer}. ${why[0] ?? ''}${why.length > 1 ? ` (and ${String(why.length - 1)} more)` : ''}`,
    );
  const fit = verdicts.filter(({ student }) =>
    of.every((verdict) => verdict.student !== student || verdict.passed),
  );
  const word = reasons.length === 0 ? 'Fit' : 'Fit, with care,';
  if (passed) {
    return {
      status: reasons.length === 0 ? 'pass' : 'warn',
      headline: `${word} for ${titles}`,
      reasons,
    };
  }
  return {
    status: refused.length > 0 ? 'fail' : 'warn',
    headline:
      verdicts.length > 1
        ? `${String(fit.length)} of ${String(verdicts.length)} students fit for ${titles}`
        : refused.length > 0
          ? `Not fit for ${titlesOf(refused)}`
          : `Not decided for ${titles}`,
    reasons,
  };
}

/** Of the verdict at the top; the table below has all. */
const MOST_REASONS = 8;

const GLANCE = [
  { label: 'Force RMSE, own path', unit: 'eV/Å', check: 'forces-own-path', key: 'force-rmse' },
  {
    label: "Force RMSE, teacher's path",
    unit: 'eV/Å',
    check: 'forces-teacher-path',
    key: 'force-rmse',
  },
  { label: 'Energy drift', unit: 'meV/atom/ps', check: 'energy-conservation', key: 'nve-slope' },
  { label: 'Stable part', unit: '', check: 'stability', key: 'stable-part' },
  { label: 'Frequencies, relative error', unit: '', check: 'frequencies', key: 'frequencies' },
] as const;

function overview(file: ValidationFile): Section {
  const reasons = reasonTable(file);
  return {
    title: 'Verdicts',
    tables: [
      verdictTable(file),
      {
        caption: 'At a glance: the worst of all structures.',
        columns: [
          { label: 'Student' },
          ...GLANCE.map(({ label, unit }) => ({
            label,
            align: 'right' as const,
            ...(unit === '' ? {} : { unit }),
          })),
        ],
        rows: file.students.map(({ name }): Cell[] => [
          name,
          ...GLANCE.map(({ check, key }) => cellOf(worstOf(file, { check, key, student: name }))),
        ]),
      },
      ...(reasons.rows.length === 0 ? [] : [reasons]),
    ],
  };
}

async function partSection(
  file: ValidationFile,
  part: (typeof PARTS)[number],
  texts: CheckTexts,
): Promise<Section | undefined> {
  const students = file.students.map(({ name }) => name);
  const byCheck = part.checks
    .map((id) => file.checks.filter(({ check }) => check === id))
    .filter((records) => records.length > 0);
  if (byCheck.length === 0) return undefined;
  const figures: ReportFigure[] = [];
  for (const group of plotGroups(byCheck.flat())) {
    figures.push(...(await drawGroup(group)));
    for (const { student, plot } of group.plots) {
      if (plot.id !== 'energy') continue;
      const { system } = group;
      const slope = figureOf(file, {
        check: 'energy-conservation',
        key: 'nve-slope',
        student,
        system,
      });
      figures.push(...(await driftFigure({ student, plot, system }, slope)));
    }
  }
  const notes = byCheck
    .flat()
    .flatMap(({ student, system, result }) =>
      (result.notes ?? []).map(
        (note) => `${student}${system === null ? '' : `, ${system}`}: ${note}`,
      ),
    );
  return {
    title: part.title,
    status: statusOf(byCheck.flat()),
    text: byCheck.map(([{ check }]) => texts.get(check) ?? ''),
    figures,
    tables: byCheck
      .map((records) => figureTable(records, students))
      .filter(({ rows }) => rows.length > 0),
    callouts: [...notes, ...unmeasured(byCheck.flat())].map((text) => ({ status: 'info', text })),
  };
}

function statusOf(records: readonly CheckRecord[]): Status {
  const states = records.flatMap(({ result }) => result.figures.map(({ status }) => status));
  if (states.includes('fail')) return 'fail';
  return states.includes('pass') ? 'pass' : 'info';
}

function teacherSection({ teacher }: ValidationFile): Section {
  const { figures, notes = [], conservative } = teacher.inconsistency;
  return {
    title: 'The teacher itself',
    status: conservative ? 'info' : 'warn',
    text: ['What the teacher contradicts itself by: no student can be better than this.', ...notes],
    tables: [
      {
        caption: `Inconsistencies of ${teacher.name}.`,
        columns: [{ label: 'What' }, { label: 'Unit' }, { label: 'Measured', align: 'right' }],
        rows: figures.map(({ label, unit, value }) => [label, unit === '' ? null : unit, value]),
      },
    ],
  };
}

const SEVERITIES = { fatal: 'fail', serious: 'warn', note: 'info' } as const;

function failureSections({ checks }: ValidationFile): Section[] {
  const rows = checks.flatMap(({ student, system, result }) =>
    (result.failures ?? []).map(({ code, what, severity, frame }): Cell[] => [
      { value: code.replaceAll('-', ' '), status: SEVERITIES[severity] },
      student,
      system ?? 'all',
      what,
      frame === undefined ? null : `\`${frame}\``,
    ]),
  );
  if (rows.length === 0) return [];
  return [
    {
      title: 'Failures by name',
      status: 'warn',
      tables: [
        {
          caption: 'What went wrong, and the frame to look at.',
          columns: [
            { label: 'Failure' },
            { label: 'Student' },
            { label: 'Structure' },
            { label: 'What' },
            { label: 'Frame' },
          ],
          rows,
        },
      ],
    },
  ];
}

function frameSections(frames: readonly ShownFrame[]): Section[] {
  if (frames.length === 0) return [];
  return [
    {
      title: 'Frames in 3D',
      text: [VIEWER_FALLBACK],
      tables: [
        {
          caption: 'Frames that were kept.',
          columns: [{ label: 'Frame' }, { label: 'Atoms' }, { label: 'File' }],
          rows: frames.map(({ label, atoms, file }) => [
            label,
            atoms.numbers.length,
            `\`${file}\``,
          ]),
        },
      ],
    },
  ];
}

function method({ settings, systems }: ValidationFile): Section {
  return {
    title: 'Method',
    text: 'Teacher and student start from the same structure with the same velocities in a Langevin bath with the same noise; the state in which the teacher ends is where both then go on at constant energy. Bands have a confidence of 95 %.',
    tables: [
      {
        caption: 'Settings.',
        columns: [{ label: 'Setting' }, { label: 'Value' }],
        rows: Object.entries(settings).map(([name, value]): Cell[] => [name, value as number]),
      },
      {
        caption: 'Structures.',
        columns: [
          { label: 'Name' },
          { label: 'Atoms' },
          { label: 'Elements' },
          { label: 'Periodic' },
        ],
        rows: systems.map(({ name, atoms, elements, periodic }) => [
          name,
          atoms,
          elements.join(' '),
          periodic,
        ]),
      },
    ],
  };
}
