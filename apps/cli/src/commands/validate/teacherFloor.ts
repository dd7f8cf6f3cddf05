import { join } from 'node:path';
import {
  type Calculator,
  readTextFile,
  sha256,
  stableStringify,
  writeFileAtomic,
} from '@mlffd/core';
import type { Figure, TeacherInconsistency, ValidationSystem } from '@mlffd/md';
import { measureFloor, type TeacherFloor } from '@mlffd/teachers';
import { floorText } from '../../output/teacherFloor.ts';
import type { Display } from '../../terminal/display.ts';

/** What the floor of a teacher is measured on and kept under. */
export interface FloorTask {
  readonly teacher: Calculator;
  readonly hash: string;
  readonly systems: readonly ValidationSystem[];
  readonly folder: string;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly display: Display;
}

/** A part of the forces or of their derivatives that differences surely see, over their resolution. */
const CLEAR = 3;
/** Root mean square of F + dE/dr that ends the conservation of energy, meV/Angstrom. */
const LEAST_GRADIENT_ERROR = 1;

/** Measures, once, what no student of this teacher can be better at. */
export async function teacherInconsistency(task: FloorTask): Promise<TeacherInconsistency> {
  const { teacher, hash, systems, folder, seed, signal, display } = task;
  const structures = systems.map(({ name, atoms }) => ({ name, atoms }));
  const key = sha256(
    stableStringify({
      version: 1,
      hash,
      seed,
      structures: structures.map(({ atoms: { numbers, positions, cell, pbc } }) => ({
        numbers: [...numbers],
        positions: [...positions],
        cell: [...cell],
        pbc,
      })),
    }),
  );
  const file = join(folder, 'teacher-floor.json');
  const kept = read(file, key);
  const floor =
    kept ??
    (await measureFloor(teacher, {
      structures,
      seed: seed + 1,
      signal,
      onEvent: ({ done, total, next }) => {
        const progress = { done, total, unit: 'structures', detail: next };
        display.onEvent({ type: 'progress', stage: 'teacher', progress });
      },
    }));
  if (kept === undefined) writeFileAtomic(file, `${JSON.stringify({ key, floor }, null, 2)}\n`);
  return inconsistencyOf(floor);
}

function read(file: string, key: string): TeacherFloor | undefined {
  try {
    const content = JSON.parse(readTextFile(file)) as { key: string; floor: TeacherFloor };
    return content.key === key ? content.floor : undefined;
  } catch {
    // Absent or damaged: it is measured (again).
    return undefined;
  }
}

/** The floor as figures, and whether it lets energy be conserved. */
export function inconsistencyOf(floor: TeacherFloor): TeacherInconsistency {
  const { gradient_error_meV_A: error, gradient_resolution_meV_A: resolution } = floor;
  const limit = Math.max(LEAST_GRADIENT_ERROR, CLEAR * (resolution ?? 0));
  const conservative = error === null || error <= limit;
  const of = (key: string, label: string, value: number | null, unit: string): Figure[] =>
    value === null ? [] : [{ key, label, value, unit, status: 'info' }];
  return {
    conservative,
    figures: [
      ...of('net-force', 'Net force per atom, largest', floor.net_force_meV_A, 'meV/Å'),
      ...of('torque', 'Torque, largest', floor.torque_meV, 'meV'),
      ...of(
        'rotation-force',
        'Change of a force component by rotation',
        floor.rotation_force_meV_A,
        'meV/Å',
      ),
      ...of(
        'rotation-energy',
        'Change of the energy by rotation',
        floor.rotation_energy_meV_atom,
        'meV/atom',
      ),
      ...of('gradient', 'Forces less gradient of the energy, rms', error, 'meV/Å'),
      ...of('gradient-resolution', 'What differences resolve of it', resolution, 'meV/Å'),
      ...of('curl', 'Part of dF/dr that is the gradient of no energy', floor.curl_part, ''),
      ...of('curl-resolution', 'What differences resolve of it', floor.curl_part_resolution, ''),
    ],
    notes: [
      `Teacher: ${floorText(floor)}.`,
      conservative
        ? 'Its forces are the gradient of its energy as far as differences can tell: its own runs at constant energy are a baseline.'
        : 'Its forces are not the gradient of its energy: a run of it at constant energy is no baseline, so it runs in a weak bath instead, and no conservative student can match its forces better than that part.',
      ...floor.failures.map(
        ({ structure, error: reason }) => `${structure} was left out: ${reason}`,
      ),
    ],
  };
}
