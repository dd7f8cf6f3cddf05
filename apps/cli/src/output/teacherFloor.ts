import { formatNumber, type Section } from '@mlffd/report';
import type { TeacherFloor } from '@mlffd/teachers';

/** `net force 0.2 meV/A, rotation spread 0.4 meV/A, ...`: what no student can be better at. */
export function floorText(floor: TeacherFloor, options: { readonly ascii?: boolean } = {}): string {
  const { ascii = false } = options;
  const unit = ascii ? 'meV/A' : 'meV/Å';
  const text = (value: number | null): string =>
    value === null ? 'not measured' : `${figure(value, ascii)} ${unit}`;
  const { gradient_error_meV_A: error, gradient_resolution_meV_A: resolution } = floor;
  const isNoise = error !== null && resolution !== null && error <= resolution;
  return (
    `net force ${text(floor.net_force_meV_A)}, ` +
    `rotation spread ${text(floor.rotation_force_meV_A)}, ` +
    `non-conservative part ${isNoise ? `none above ${text(resolution)}` : text(error)}`
  );
}

/** The floor in the report of a student. */
export function floorSection(floor: TeacherFloor, forceMae: number): Section {
  const cell = (value: number | null, unit: string): string | null =>
    value === null ? null : `${figure(value)} ${unit}`;
  const percent = (value: number | null): number | null => (value === null ? null : 100 * value);
  return {
    title: 'The floor',
    text:
      `How far the teacher agrees with itself, on ${String(floor.structures)} training structures. A student is ` +
      'conservative and equivariant by construction, so no student can be better than this; its own force MAE is ' +
      `${formatNumber(forceMae)} meV/Å.`,
    tables: [
      {
        caption: 'What the teacher leaves to no student.',
        columns: [
          { label: 'What' },
          { label: 'Measured', align: 'right' },
          { label: 'Resolution', align: 'right' },
          { label: 'How' },
        ],
        rows: [
          [
            'Net force',
            cell(floor.net_force_meV_A, 'meV/Å'),
            null,
            'length of the sum of the forces per atom, largest',
          ],
          ['Torque', cell(floor.torque_meV, 'meV'), null, 'of open structures, largest'],
          [
            'Rotation spread, forces',
            cell(floor.rotation_force_meV_A, 'meV/Å'),
            null,
            'root mean square change of a component in turned structures',
          ],
          [
            'Rotation spread, energy',
            cell(floor.rotation_energy_meV_atom, 'meV/atom'),
            null,
            'largest',
          ],
          [
            'Non-conservative part',
            cell(floor.gradient_error_meV_A, 'meV/Å'),
            cell(floor.gradient_resolution_meV_A, 'meV/Å'),
            'root mean square of F + dE/dr',
          ],
          [
            'Curl',
            cell(percent(floor.curl_part), '%'),
            cell(percent(floor.curl_part_resolution), '%'),
            'part of dF/dr that is the gradient of no energy, largest',
          ],
        ],
        note: 'Figures below their resolution are no finding: differences cannot tell them from noise.',
      },
    ],
    ...(floor.failures.length === 0
      ? {}
      : {
          callouts: floor.failures.map(({ structure, error }) => ({
            status: 'info' as const,
            text: `${structure} was left out: ${error}`,
          })),
        }),
  };
}

/** What is far below anything that matters is written as a bound; `<` would be escaped in a card. */
function figure(value: number, ascii = false): string {
  return value > 0 && value < 1e-3 ? 'below 0.001' : formatNumber(value, { ascii });
}
