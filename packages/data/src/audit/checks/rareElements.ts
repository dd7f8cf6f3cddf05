import { symbolOf } from '@mlffd/core';
import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** A set below this size has all its elements rarely. */
const FEW_STRUCTURES = 10;

/** Elements that one structure alone has. */
export function rareElements(table: SourceTable): AuditCheck {
  const owners = new Map<number, number>();
  const common = new Set<number>();
  return {
    see({ index, structure: { atoms } }) {
      for (const z of atoms.numbers) {
        if (common.has(z)) continue;
        const owner = owners.get(z);
        if (owner === undefined) owners.set(z, index);
        else if (owner !== index) common.add(z);
      }
    },
    findings() {
      const rare = [...owners].filter(([z]) => !common.has(z)).sort(([a], [b]) => a - b);
      if (table.length < FEW_STRUCTURES) return [];
      const concerned = new Concerned(table);
      for (const k of new Set(rare.map(([, owner]) => owner))) concerned.add(k);
      const names = rare.map(([z]) => symbolOf(z)).join(', ');
      return concerned.finding({
        check: 'rare-element',
        severity: 'warning',
        message: `${names} occur${rare.length === 1 ? 's' : ''} in one structure only: it cannot be trained and tested`,
        fix: 'Add structures with these elements, or remove the ones there are.',
      });
    },
  };
}
