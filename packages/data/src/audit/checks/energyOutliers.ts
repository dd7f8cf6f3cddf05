import type { EnergyTable } from '../energyTable.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { robustSpread } from '../robust.ts';
import type { SourceTable } from '../sourceTable.ts';
import { findOtherZero } from './energyZero.ts';

/** Deviations below this are never outliers, eV/atom. */
const FLOOR = 0.1;
/** So few energies have no spread. */
const FEW = 8;

/**
 * Energies far from what the composition explains, measured by the median absolute deviation.
 *
 * @param factor in standard deviations of the bulk of the structures
 */
export function energyOutliers(
  table: SourceTable,
  energies: EnergyTable,
  factor: number,
): AuditCheck {
  return {
    findings() {
      const residuals = energies.residuals();
      const other = new Set(findOtherZero(energies)?.indices);
      const known = [...residuals.keys()].filter(
        (k) => !Number.isNaN(residuals[k]) && !other.has(k),
      );
      if (known.length < FEW) return [];
      const { median, spread } = robustSpread(known.map((k) => residuals[k]));
      const limit = Math.max(FLOOR, factor * spread);
      const concerned = new Concerned(table);
      let worst = 0;
      for (const k of known) {
        const deviation = residuals[k] - median;
        if (Math.abs(deviation) <= limit) continue;
        concerned.add(k);
        if (Math.abs(deviation) > Math.abs(worst)) worst = deviation;
      }
      return concerned.finding({
        check: 'energy-outlier',
        severity: 'warning',
        message: `${concerned.count} energies are more than ${figure(limit)} eV/atom from what the composition explains (${factor} times the spread of ${figure(spread)} eV/atom); the furthest by ${figure(worst)} eV/atom`,
        fix: 'Look at them: calculations that did not converge, another charge or spin, exploded or overlapping atoms. Remove what is wrong.',
      });
    },
  };
}
