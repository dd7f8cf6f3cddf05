import { BOHR, HARTREE, KCAL_PER_MOL, KJ_PER_MOL } from '@mlffd/core';
import { figure } from '../finding.ts';
import type { AuditCheck, Finding } from '../finding.ts';
import { meaningOf } from '../slopeMeaning.ts';
import type { SlopeMeaning } from '../slopeMeaning.ts';
import type { Slope, WorkTable } from '../workTable.ts';

/** Fewer pairs of frames say nothing. */
const FEW = 6;
/** A fit that leaves more than this unexplained is none. */
const UNEXPLAINED = 0.5;
/** Slopes that count as 1: frames are apart, and the work is a trapezoid. */
const RIGHT: readonly [number, number] = [0.75, 1.35];
/** Pairs this near to each other must follow the trapezoid, Angstrom. */
const NEAR = 0.15;
/** So many near pairs are needed to call forces unrelated to the energies. */
const MANY = 20;

const convert = (what: string, factor: number): string =>
  `Multiply ${what} by ${factor.toPrecision(6)} when reading.`;

/** dE / (-F . dx) for labels in wrong units; both in one wrong unit give 1. */
const MEANINGS: readonly SlopeMeaning[] = [
  {
    slope: -1,
    meaning: 'the forces have the wrong sign (they are gradients)',
    fix: 'Multiply forces by -1.',
  },
  ...[
    ['kcal/mol/A', KCAL_PER_MOL],
    ['kJ/mol/A', KJ_PER_MOL],
    ['Hartree/Bohr', HARTREE / BOHR],
    ['Rydberg/Bohr', HARTREE / 2 / BOHR],
    ['Hartree/A', HARTREE],
    ['meV/A', 0.001],
  ].flatMap(([unit, factor]) => signs(`the forces are in ${unit}`, 'forces', Number(factor))),
  ...[
    ['kcal/mol', KCAL_PER_MOL],
    ['kJ/mol', KJ_PER_MOL],
    ['Hartree', HARTREE],
    ['Rydberg', HARTREE / 2],
    ['meV', 0.001],
  ].flatMap(([unit, factor]) =>
    signs(`the energies are in ${unit}`, 'energies', 1 / Number(factor)).map((entry) => ({
      ...entry,
      fix: convert('energies', Number(factor)),
    })),
  ),
  ...signs(
    'the forces are in atomic units and so are the energies, or forces are per Bohr',
    'forces',
    1 / BOHR,
  ).map((entry) => ({
    ...entry,
    fix: 'Convert energies from Hartree to eV and forces from Hartree/Bohr to eV/A, or forces from eV/Bohr.',
  })),
];

function signs(meaning: string, what: string, slope: number): SlopeMeaning[] {
  return [
    { slope, meaning, fix: convert(what, slope) },
    {
      slope: -slope,
      meaning: `${meaning} and have the wrong sign`,
      fix: convert(what, -slope),
    },
  ];
}

/**
 * Energies and forces along trajectories and between rattled copies: the energy changes by the work
 * of the forces. A slope other than 1 is a unit or a sign.
 */
export function energyForces(work: WorkTable): AuditCheck {
  return {
    findings: () =>
      [...work.slopes(NEAR)].flatMap(({ source, forces, near }) => {
        const found = judge(source, forces);
        return found.length > 0 ? found : judgeNear(source, near);
      }),
  };
}

function judge(source: string, forces: Slope): Finding[] {
  const { slope, unexplained, pairs, concerned, size } = forces;
  if (pairs < FEW || unexplained > UNEXPLAINED) return [];
  if (slope > RIGHT[0] && slope < RIGHT[1]) return [];
  const perAtom: SlopeMeaning = {
    slope: 1 / size,
    meaning: 'the energies are per atom',
    fix: 'Multiply energies by the number of atoms.',
  };
  const known = meaningOf(forces, [...MEANINGS, ...(size > 1 ? [perAtom] : [])]);
  return concerned.finding({
    check: 'energy-force',
    severity: known === undefined ? 'warning' : 'error',
    message: `between ${pairs} pairs of near structures of source ${source} the energy changes by ${figure(slope)} times the work of the forces instead of 1: ${known?.meaning ?? 'energies and forces do not belong together'}`,
    fix: known?.fix ?? 'Check units and signs of both labels, and that both are of one teacher.',
  });
}

function judgeNear(source: string, { unexplained, pairs, concerned }: Slope): Finding[] {
  if (pairs < MANY || unexplained <= UNEXPLAINED) return [];
  return concerned.finding({
    check: 'energy-force',
    severity: 'warning',
    message: `between ${pairs} pairs of structures of source ${source} that are less than ${NEAR} A apart, the forces leave ${Math.round(100 * unexplained)} % of the change of energy unexplained`,
    fix: 'Look whether rows of forces are in the order of the atoms, and whether both labels are of one teacher; a teacher that predicts forces directly may do this.',
  });
}
