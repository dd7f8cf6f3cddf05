import { formatNumber, lineChart, renderReport, type Cell, type Section } from '@mlffd/report';
import type { TeacherAudit } from '@mlffd/teachers';
import { machine } from '../pipeline/machine.ts';
import { findingsOf, type Finding } from './teacherAuditFindings.ts';
import { versions } from './versions.ts';

/** `teacher-check.html`: what a user reads before trusting a teacher. */
export async function auditReport(audit: TeacherAudit): Promise<string> {
  const findings = findingsOf(audit);
  const warnings = findings.filter(({ status }) => status === 'warn');
  const { cpu, cores } = machine();
  return renderReport({
    kicker: 'MLFF Distiller',
    title: `${audit.teacher} as a teacher`,
    subtitle:
      `${String(audit.structures.length)} structures and ${String(audit.isolated_atoms.length)} elements, ` +
      `${String(audit.calls)} calls. What is found here is the floor of every student: it can reproduce the ` +
      'teacher no better than the teacher agrees with itself.',
    verdict:
      warnings.length === 0
        ? { status: 'pass', headline: 'Nothing stands in the way of a student' }
        : {
            status: 'warn',
            headline: `${String(warnings.length)} ${warnings.length === 1 ? 'thing' : 'things'} to know before training`,
            reasons: warnings.map(
              (finding) => `${finding.title}, ${measuredText(finding)}: ${finding.meaning}`,
            ),
          },
    sections: [
      floor(findings),
      ...(audit.structures.length === 0 ? [] : [structures(audit)]),
      await cutoff(audit),
      zero(audit),
      await speed(audit),
      ...(audit.conformance.length === 0 ? [] : [conformance(audit)]),
      ...(audit.failures.length === 0 ? [] : [failures(audit)]),
    ],
    data: audit,
    footer: [
      `${cpu}, ${String(cores)} cores, Node ${versions().node}`,
      `fingerprint ${audit.fingerprint?.slice(0, 16) ?? 'unknown'}, seed ${String(audit.seed)}`,
    ],
  });
}

function floor(findings: readonly Finding[]): Section {
  return {
    title: 'The floor of a student',
    text: 'The largest of each kind. A student is conservative and equivariant by construction: its forces are the gradient of its energy, add up to zero and turn with the structure.',
    tables: [
      {
        caption: 'What was measured, and what it means for a student.',
        columns: [
          { label: 'What' },
          { label: 'Measured', align: 'right' },
          { label: 'Resolution', align: 'right' },
          { label: 'For a student' },
        ],
        rows: findings.map((finding): Cell[] => [
          { value: finding.title, status: finding.status },
          finding.measured === null ? null : measuredText(finding),
          finding.resolution === null ? null : `${figure(finding.resolution)} ${finding.unit}`,
          finding.meaning,
        ]),
        note: 'Where there is a resolution, figures up to twice its size are no finding: differences cannot tell them from noise.',
      },
    ],
  };
}

function structures(audit: TeacherAudit): Section {
  const milli = (value: number | null): string | null =>
    value === null ? null : figure(1000 * value);
  return {
    title: 'By structure',
    tables: [
      {
        caption: 'Each structure by itself.',
        columns: [
          { label: 'Structure' },
          { label: 'Atoms', format: { significant: 7 } },
          { label: 'Energy', unit: 'eV/atom', format: { decimals: 4 } },
          { label: 'RMS force', unit: 'eV/Å' },
          { label: 'Net force', unit: 'meV/Å', align: 'right' },
          { label: 'Torque', unit: 'meV', align: 'right' },
          { label: 'F + dE/dr', unit: 'RMS, meV/Å', align: 'right' },
          { label: 'Curl', unit: 'RMS, meV/Å²', align: 'right' },
          { label: 'Rotation', unit: 'RMS, meV/Å', align: 'right' },
        ],
        rows: audit.structures.map((own) => [
          own.name,
          own.atoms,
          own.energy_eV_atom,
          own.force_rms_eV_A,
          milli(own.net_force_eV_A),
          milli(own.torque_eV),
          milli(own.gradient_error_rms_eV_A),
          milli(own.curl_rms_eV_A2),
          milli(own.rotation_force_rms_eV_A),
        ]),
        note: 'Curl: u·J·v − v·J·u with J = dF/dr, along pairs of random directions; zero where forces are the gradient of any energy.',
      },
      ...(audit.size_consistency.length === 0
        ? []
        : [
            {
              caption: 'Size consistency: two together against each alone.',
              columns: [
                { label: 'Structures' },
                { label: 'How' },
                { label: 'Atoms', format: { significant: 7 } },
                { label: 'Energy', unit: 'meV/atom', align: 'right' as const },
                { label: 'Largest force', unit: 'meV/Å', align: 'right' as const },
              ],
              rows: audit.size_consistency.map((own) => [
                own.structures.join(', '),
                own.separation_A === null
                  ? 'two cells'
                  : `${String(own.separation_A)} Å apart${own.structures[0] === own.structures[1] ? ', with itself' : ''}`,
                own.atoms,
                milli(own.energy_error_eV_atom),
                milli(own.force_error_max_eV_A),
              ]),
            },
          ]),
    ],
  };
}

async function cutoff({ cutoffs, cutoff_A: at }: TeacherAudit): Promise<Section> {
  const title = 'At the cutoff';
  if (at === null) return { title, text: 'The teacher does not tell a cutoff.' };
  const drawn = cutoffs.flatMap(({ elements, curve }) =>
    curve === null ? [] : [{ name: elements.join('–'), curve }],
  );
  const x = { label: 'Distance', unit: 'Å' };
  return {
    title,
    text: `Two atoms are drawn apart across ${formatNumber(at)} Å. Jumps are the middle one of three steps across the cutoff, less the mean of the outer ones.`,
    figures:
      drawn.length === 0
        ? []
        : [
            {
              svg: await lineChart({
                title: `Energy around ${formatNumber(at)} Å`,
                x,
                y: { label: 'Energy less its end', unit: 'meV' },
                series: drawn.map(({ name, curve }) => ({
                  name,
                  x: curve.distance_A,
                  y: curve.energy_eV.map((energy) => 1000 * energy),
                })),
              }),
              caption: 'Energy of a pair on its way across the cutoff.',
            },
            {
              svg: await lineChart({
                title: `Force around ${formatNumber(at)} Å`,
                x,
                y: { label: 'Force along the pair', unit: 'meV/Å' },
                series: drawn.map(({ name, curve }) => ({
                  name,
                  x: curve.distance_A,
                  y: curve.force_eV_A.map((force) => 1000 * force),
                })),
              }),
              caption:
                'Force on one of the two, along the line between them; positive pushes apart.',
            },
          ],
    tables:
      cutoffs.length === 0
        ? []
        : [
            {
              caption: 'Jumps of single pairs.',
              columns: [
                { label: 'Pair' },
                { label: 'Energy', unit: 'meV', align: 'right' },
                { label: 'Force', unit: 'meV/Å', align: 'right' },
              ],
              rows: cutoffs.map(({ elements, energy_jump_eV, force_jump_eV_A }) => [
                elements.join('–'),
                figure(1000 * energy_jump_eV),
                figure(1000 * force_jump_eV_A),
              ]),
            },
          ],
  };
}

function zero({ isolated_atoms: atoms }: TeacherAudit): Section {
  const isRefused = atoms.some(({ error }) => error !== null);
  return {
    title: 'Zero of energy',
    text: 'Energies of single atoms. Labels of different teachers cannot be mixed: they count from different zeros.',
    tables: [
      {
        caption: 'Single atoms.',
        columns: [
          { label: 'Element' },
          { label: 'Energy', unit: 'eV', format: { decimals: 4 } },
          ...(isRefused ? [{ label: 'Because' }] : []),
        ],
        rows: atoms.map(({ element, energy_eV, error }) => [
          element,
          energy_eV,
          ...(isRefused ? [error ?? ''] : []),
        ]),
      },
    ],
  };
}

async function speed({ latency, structures }: TeacherAudit): Promise<Section> {
  const names = [...new Set(latency.map(({ structure }) => structure))];
  const rows =
    latency.length > 0 ? latency : structures.map((own) => ({ ...own, structure: own.name }));
  return {
    title: 'Speed',
    text: 'Median time of a call for energy and forces, positions moving between calls. Crystals grow by cells, molecules by copies side by side.',
    figures:
      latency.length === 0
        ? []
        : [
            {
              wide: true,
              svg: await lineChart({
                title: 'Time of a call by size',
                width: 760,
                x: { label: 'Atoms', scale: 'log' },
                y: { label: 'Time', unit: 'ms', scale: 'log' },
                series: names.map((name) => {
                  const own = latency.filter(({ structure }) => structure === name);
                  return {
                    name,
                    points: true,
                    x: own.map(({ atoms }) => atoms),
                    y: own.map(({ latency_median_ms }) => latency_median_ms),
                  };
                }),
              }),
              caption:
                'Both axes are logarithmic: a slope of one is a time that grows as the number of atoms.',
            },
          ],
    tables: [
      {
        caption: 'Times of a call.',
        columns: [
          { label: 'Structure' },
          { label: 'Atoms', format: { significant: 7 } },
          { label: 'Least', unit: 'ms' },
          { label: 'Median', unit: 'ms' },
        ],
        rows: rows.map((own) => [
          own.structure,
          own.atoms,
          own.latency_min_ms,
          own.latency_median_ms,
        ]),
      },
    ],
  };
}

function conformance({ conformance: checks }: TeacherAudit): Section {
  return {
    title: 'Conformance suite',
    status: checks.every(({ passed }) => passed) ? 'pass' : 'warn',
    text: 'Everything that code takes for granted of a potential. Tolerances are those of a network in float32, far below the errors of a student.',
    tables: [
      {
        caption: 'Checks and verdicts.',
        columns: [
          { label: 'Check' },
          { label: 'Structure' },
          { label: 'Measured', align: 'right' },
          { label: 'Tolerance', align: 'right' },
          { label: 'Found' },
        ],
        rows: checks.map(({ check, structure, passed, measured, tolerance, detail }): Cell[] => [
          { value: check, status: passed ? 'pass' : 'warn' },
          structure,
          measured === null ? null : formatNumber(measured, { significant: 2 }),
          tolerance === 0 ? null : formatNumber(tolerance, { significant: 2 }),
          detail.replaceAll('eV/A^3', 'eV/Å³').replaceAll('eV/A', 'eV/Å'),
        ]),
      },
    ],
  };
}

function failures({ failures: failed }: TeacherAudit): Section {
  return {
    title: 'Not measured',
    status: 'info',
    tables: [
      {
        caption: 'Checks that the teacher refused.',
        columns: [{ label: 'Check' }, { label: 'Structure' }, { label: 'Because' }],
        rows: failed.map(({ check, structure, error }) => [check, structure, error]),
      },
    ],
  };
}

function measuredText({ measured, unit }: Finding): string {
  return measured === null ? 'not measured' : `${figure(measured)} ${unit}`;
}

/** What is far below anything that matters is written as a bound. */
function figure(value: number): string {
  return value > 0 && value < 1e-3 ? '< 0.001' : formatNumber(value);
}
