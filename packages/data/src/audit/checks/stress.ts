import { BAR, BOHR, GPA, HARTREE } from '@mlffd/core';
import { figure } from '../finding.ts';
import type { AuditCheck, Finding } from '../finding.ts';
import { meaningOf } from '../slopeMeaning.ts';
import type { SlopeMeaning } from '../slopeMeaning.ts';
import type { Slope, WorkTable } from '../workTable.ts';

/** Fewer pairs of strained copies say nothing. */
const FEW = 3;
/** A fit that leaves more than this unexplained is none. */
const UNEXPLAINED = 0.5;
/** Slopes that count as 1. */
const RIGHT: readonly [number, number] = [0.75, 1.35];
const SIGN =
  'Multiply the stress by -1: here tension is positive, as in ASE; VASP has it negative.';

/** dE / (V sigma : strain) for a stress in wrong units. */
const MEANINGS: readonly SlopeMeaning[] = [
  {
    slope: -1,
    meaning: 'the stress has the wrong sign (pressure positive, as in VASP)',
    fix: SIGN,
  },
  ...(
    [
      ['GPa', GPA],
      ['kbar', 1000 * BAR],
      ['bar', BAR],
      ['Hartree/Bohr^3', HARTREE / BOHR ** 3],
    ] as const
  ).flatMap(([unit, factor]) => [
    {
      slope: factor,
      meaning: `the stress is in ${unit}`,
      fix: `Multiply the stress by ${factor.toPrecision(6)}.`,
    },
    {
      slope: -factor,
      meaning: `the stress is in ${unit} and has the wrong sign (pressure positive, as in VASP)`,
      fix: `Multiply the stress by ${(-factor).toPrecision(6)}.`,
    },
  ]),
];

/**
 * Sign and unit of the stress: from one structure to a strained copy, the energy changes by the work
 * of the stress, V sigma : strain, beside that of the forces. For a change of volume alone this is
 * dE/dV = tr(sigma) / 3.
 */
export function stressConsistency(work: WorkTable): AuditCheck {
  return {
    findings: () => [...work.slopes(0)].flatMap(({ source, stress }) => judge(source, stress)),
  };
}

function judge(source: string, stress: Slope): Finding[] {
  const { slope, unexplained, pairs, concerned, size } = stress;
  if (pairs < FEW || unexplained > UNEXPLAINED) return [];
  if (slope > RIGHT[0] && slope < RIGHT[1]) return [];
  const virials: readonly SlopeMeaning[] = [
    {
      slope: 1 / size,
      meaning: 'the stress is not divided by the volume',
      fix: 'Divide by the volume of each structure.',
    },
    {
      slope: -1 / size,
      meaning: 'the stress is a virial: minus the stress times the volume',
      fix: 'Divide by minus the volume of each structure.',
    },
  ];
  const known = meaningOf(stress, [...MEANINGS, ...virials]);
  return concerned.finding({
    check: 'stress-energy',
    severity: known === undefined ? 'warning' : 'error',
    message: `between ${pairs} pairs of strained copies of source ${source} the energy changes by ${figure(slope)} times the work of the stress instead of 1: ${known?.meaning ?? 'energies and stress do not belong together'}`,
    fix:
      known?.fix ??
      'Check unit and sign of the stress (eV/A^3, tension positive), and its order (xx yy zz yz xz xy).',
  });
}
