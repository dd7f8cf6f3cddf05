import { COVALENT_RADII, symbolOf } from '@mlffd/core';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Radius of elements that nobody has measured, Angstrom. */
const UNKNOWN_RADIUS = 1.5;

const radiusOf = (z: number): number =>
  Number.isNaN(COVALENT_RADII[z]) ? UNKNOWN_RADIUS : COVALENT_RADII[z];

/**
 * Atoms nearer to each other than matter allows.
 *
 * @param fraction of the sum of the covalent radii
 */
export function closeContacts(table: SourceTable, fraction: number): AuditCheck {
  const concerned = new Concerned(table);
  let worst = { ratio: Infinity, distance: 0, pair: '' };
  return {
    see({ index, list, structure }) {
      if (list === undefined) return;
      const { numbers } = structure.atoms;
      let close = false;
      for (let e = 0; e < list.count; e++) {
        const [a, b] = [numbers[list.centers[e]], numbers[list.neighbors[e]]];
        const ratio = list.distances[e] / (radiusOf(a) + radiusOf(b));
        if (ratio >= fraction) continue;
        close = true;
        if (ratio < worst.ratio) {
          const pair = `${symbolOf(a)}-${symbolOf(b)}`;
          worst = { ratio, distance: list.distances[e], pair };
        }
      }
      if (close) concerned.add(index);
    },
    findings: () =>
      concerned.finding({
        check: 'close-contact',
        severity: 'warning',
        message: `two atoms are nearer than ${fraction} times the sum of their covalent radii in ${concerned.count} structures; the nearest are ${worst.pair} at ${figure(worst.distance)} A`,
        fix: 'Remove them unless they are meant to teach repulsion; look whether positions are in Angstrom and the cell is right.',
      }),
  };
}
