import { sha256 } from '@mlffd/core';
import { GrowingInt32 } from '../../split/growingArray.ts';
import { Concerned, findingOfSet } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Fewer structures than this need no groups. */
const FEW_STRUCTURES = 20;
/** So many structures with the same atoms and the same name but for its number are a series. */
const SERIES = 10;

/** Groups that make a split useless: one that holds most, or a series that was never grouped. */
export function groups(table: SourceTable): AuditCheck {
  const sizes = new Map<string, number>();
  const slots = new Map<number, number>();
  const stems: string[] = [];
  /** For each series: members, and those of them that began a group. */
  const members: number[] = [];
  const openers: number[] = [];
  /** Series of each structure. */
  const slotOf = new GrowingInt32();
  return {
    see({ structure: { atoms, meta } }) {
      const size = sizes.get(meta.group) ?? 0;
      sizes.set(meta.group, size + 1);
      const stem = meta.id.replace(/\d+$/, '');
      // Molecules that are numbered through have other atoms each.
      const key = Number.parseInt(sha256(`${stem} ${atoms.numbers.join(' ')}`).slice(0, 13), 16);
      let slot = slots.get(key);
      if (slot === undefined) {
        slot = members.length;
        slots.set(key, slot);
        members.push(0);
        openers.push(0);
      }
      slotOf.push(slot);
      members[slot]++;
      if (size === 0) openers[slot]++;
      if (members[slot] === SERIES) stems[slot] = stem;
    },
    findings() {
      const concerned = new Concerned(table);
      let example = '';
      for (const [k, slot] of slotOf.view().entries()) {
        if (members[slot] < SERIES || openers[slot] < members[slot]) continue;
        example ||= stems[slot];
        concerned.add(k);
      }
      return [
        ...dominant(sizes, table.length),
        ...concerned.finding({
          check: 'ungrouped-series',
          severity: 'warning',
          message: `${concerned.count} structures have the same atoms and names like ${example}N, but each is a group of its own: frames of one trajectory would be trained and tested on`,
          fix: 'Give the structures of one trajectory or parent the same group.',
        }),
      ];
    },
  };
}

function dominant(
  sizes: ReadonlyMap<string, number>,
  total: number,
): ReturnType<AuditCheck['findings']> {
  const [name, size] = [...sizes].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  if (total < FEW_STRUCTURES || size <= total / 2) return [];
  const percent = Math.round((100 * size) / total);
  return [
    findingOfSet({
      check: 'dominant-group',
      severity: 'warning',
      message: `the group ${name} holds ${size} of ${total} structures (${percent} %): the sides of a split by group cannot have the sizes that are asked for`,
      fix: 'Give unrelated structures of one file groups of their own, e.g. with the option group of importExtxyz, or add other trajectories.',
    }),
  ];
}
