import {
  compareEnergyVolume,
  energyVolume,
  type EnergyVolumeCurve,
} from '../../scans/energyVolume.ts';
import type { Check } from '../check.ts';
import { figure, skipped } from '../figures.ts';
import { GOALS } from '../goals.ts';
import type { Figure, FigureGoal, PlotAxis } from '../types.ts';

const FIGURES = [
  { key: 'volume', label: 'Equilibrium volume, relative error' },
  { key: 'bulk-modulus', label: 'Bulk modulus, relative error' },
  { key: 'energy-rmse', label: 'Energy against volume, RMSE of the shape', unit: 'eV/atom' },
] as const;
const POINTS = 11;
const VOLUME_AXIS: PlotAxis = { label: 'Volume', unit: 'Å³/atom' };

/** Whether the crystal is as large and as stiff as the teacher's. */
export const volumes: Check = {
  id: 'volumes',
  title: 'Energy against volume',
  about:
    'Energies of the structure, as the teacher relaxes it, scaled by up to 10 % of its volume, with a Birch-Murnaghan fit.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  obstacle: ({ system }) =>
    system.atoms.pbc.every(Boolean) ? undefined : 'the structure is not periodic: it has no volume',
  run: async ({ teacher, student, system, runs, signal }) => {
    const atoms = await runs.relaxed(system);
    const expected = await energyVolume({ calculator: teacher, atoms, points: POINTS, signal });
    const found = await energyVolume({
      calculator: student.calculator,
      atoms,
      points: POINTS,
      signal,
    });
    const difference = compareEnergyVolume(expected, found);
    const of = (index: number, value: number | null, goal?: FigureGoal): Figure =>
      value === null
        ? skipped(FIGURES[index], 'one of both has no minimum of the energy there')
        : figure({ ...FIGURES[index], value, ...(goal === undefined ? {} : { goal }) });
    return {
      figures: [
        of(0, difference.volume, GOALS.volume),
        of(1, difference.bulkModulus, GOALS.bulkModulus),
        of(2, difference.energyRmse),
        ...modulusFigures({ teacher: expected, student: found }),
      ],
      plots: [
        {
          id: 'energy-volume',
          kind: 'lines',
          title: 'Energy against volume',
          caption: 'Energy per atom, each relative to its lowest point.',
          x: VOLUME_AXIS,
          y: { label: 'Energy', unit: 'eV/atom' },
          curves: [
            { of: 'teacher', x: expected.volume, y: fromLowest(expected) },
            { of: 'student', x: found.volume, y: fromLowest(found) },
          ],
        },
      ],
    };
  },
};

function fromLowest({ energy }: EnergyVolumeCurve): (number | null)[] {
  const lowest = Math.min(...energy.filter((value) => value !== null));
  return energy.map((value) => (value === null ? null : value - lowest));
}

function modulusFigures(
  curves: Readonly<Record<'teacher' | 'student', EnergyVolumeCurve>>,
): Figure[] {
  return (['teacher', 'student'] as const).flatMap((side) => {
    const { fit } = curves[side];
    if (fit === null) return [];
    const whose = side === 'teacher' ? ", teacher's" : '';
    return [
      figure({
        key: `volume-${side}`,
        label: `Volume${whose}`,
        value: fit.volume,
        unit: 'Å³/atom',
      }),
      figure({
        key: `bulk-modulus-${side}`,
        label: `Bulk modulus${whose}`,
        value: fit.bulkModulus,
        unit: 'GPa',
      }),
    ];
  });
}
