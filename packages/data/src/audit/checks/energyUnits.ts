import { HARTREE, KCAL_PER_MOL, KJ_PER_MOL } from '@mlffd/core';
import { GrowingFloat64 } from '../../split/growingArray.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { medianOf } from '../robust.ts';
import type { SourceTable } from '../sourceTable.ts';

/**
 * Total energies of atoms H to Ar, Hartree, by atomic number: Hartree-Fock limits of Clementi and
 * Roetti, At. Data Nucl. Data Tables 14, 177 (1974). Molecules are within 3 % of the sum.
 */
const ALL_ELECTRON: readonly number[] = [
  0, -0.5, -2.8617, -7.4327, -14.573, -24.5291, -37.6886, -54.4009, -74.8094, -99.4093, -128.5471,
  -161.8589, -199.6146, -241.8767, -288.8544, -340.7188, -397.5049, -459.4821, -526.8175,
];
/** Relative deviation from the sum of the atoms. */
const TOLERANCE = 0.04;
/** Units that total energies are given in instead of eV. */
const UNITS: readonly (readonly [string, number])[] = [
  ['Hartree', HARTREE],
  ['kcal/mol', KCAL_PER_MOL],
  ['kJ/mol', KJ_PER_MOL],
];

/**
 * Total energies of all electrons that are right in another unit than eV. Says nothing of
 * pseudopotential, binding and formation energies.
 */
export function energyUnits(table: SourceTable): AuditCheck {
  const ratios = new GrowingFloat64();
  return {
    see({ structure: { atoms, energy = NaN } }) {
      ratios.push(energy / allElectronEnergy(atoms.numbers));
    },
    findings() {
      const values = ratios.view();
      const median = medianOf(values.filter((ratio) => Number.isFinite(ratio)));
      const found = UNITS.find(([, unit]) => isNear(median, HARTREE / unit));
      if (found === undefined) return [];
      const [name, unit] = found;
      const concerned = new Concerned(table);
      for (const [k, ratio] of values.entries())
        if (isNear(ratio, HARTREE / unit)) concerned.add(k);
      return concerned.finding({
        check: 'energy-unit',
        severity: 'error',
        message: `the energies of ${concerned.count} structures are total energies in ${name}: ${figure(median)} times the sum of the atoms in Hartree`,
        fix: `Multiply energies by ${unit.toPrecision(8)} (eV per ${name}), and forces likewise if they are in this unit.`,
      });
    },
  };
}

function isNear(ratio: number, expected: number): boolean {
  return Math.abs(ratio / expected - 1) < TOLERANCE;
}

/** Sum over the atoms, Hartree; NaN beyond argon and for hydrogen and helium alone. */
function allElectronEnergy(numbers: Int32Array): number {
  let sum = 0;
  let heavy = false;
  for (const z of numbers) {
    if (z >= ALL_ELECTRON.length) return NaN;
    sum += ALL_ELECTRON[z];
    heavy ||= z > 2;
  }
  return heavy ? sum : NaN;
}
