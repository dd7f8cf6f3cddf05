import { ReferenceFit } from '../../normalization/referenceFit.ts';
import { rankWarning } from '../../normalization/normalization.ts';
import { findingOfSet } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';

/** Whether the compositions determine one reference energy per element. */
export function compositionRank(): AuditCheck {
  const fit = new ReferenceFit();
  return {
    see({ structure: { atoms } }) {
      fit.add(atoms.numbers, 0);
    },
    findings() {
      const { rank, fitted, undetermined } = fit.solve();
      const message = rankWarning({ rank, freedom: fitted.length, undetermined });
      if (message === undefined) return [];
      return [
        findingOfSet({
          check: 'composition-rank',
          severity: 'warning',
          message,
          fix: "Give the teacher's energies of single atoms, or add structures of other compositions.",
        }),
      ];
    },
  };
}
