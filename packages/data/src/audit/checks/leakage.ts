import { LeakageScan } from '../../split/leakageScan.ts';
import type { LeakKind } from '../../split/leakageScan.ts';
import type { SignatureIndex } from '../../split/signatureIndex.ts';
import type { Split } from '../../split/split.ts';
import { Concerned } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Plural of what leaks. */
const NOUNS: Readonly<Record<LeakKind, string>> = {
  index: 'structures',
  group: 'groups',
  parent: 'parents',
  duplicate: 'pairs of (nearly) equal structures',
  composition: 'compositions',
  temperature: 'structures of a wrong temperature',
  size: 'structures of a wrong size',
};

/** Whether anything is on two sides of a given split. */
export function leakage(table: SourceTable, signatures: SignatureIndex, split: Split): AuditCheck {
  const scan = new LeakageScan(split);
  return {
    see({ index, structure: { atoms, meta } }) {
      scan.see(index, meta, atoms.numbers);
    },
    findings() {
      const leaks = scan.leaks(signatures.pairs());
      return (Object.keys(NOUNS) as LeakKind[]).flatMap((kind) => {
        const found = leaks.filter((leak) => leak.kind === kind);
        const concerned = new Concerned(table);
        const indices = new Set(found.flatMap((leak) => leak.indices));
        for (const k of [...indices].sort((a, b) => a - b)) concerned.add(k);
        const first = found.at(0);
        const random = split.kind === 'random' && (kind === 'group' || kind === 'parent');
        return concerned.finding({
          check: `leakage-${kind}`,
          // A random split was asked for, and does what it says.
          severity: random ? 'warning' : 'error',
          message: `${found.length} ${NOUNS[kind]} are on more than one side of the split, or on a wrong one: ${first?.what ?? ''} in ${first?.sides.join(' and ') ?? ''}`,
          fix: 'Split by group; for equal structures of different groups, remove one of them.',
        });
      });
    },
  };
}
