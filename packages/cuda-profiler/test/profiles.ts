import { type Calculator, createAtoms, neighborList } from '@mlffd/core';
import { type ProfileRecord, profileSystems, type ProfileTask } from '../src/index.ts';

/** Argon atoms in a row, 4 Angstrom apart. */
export function row(count: number): ProfileTask['systems'][number] {
  const positions = Array.from({ length: count }, (_, k) => [4 * k, 0, 0]);
  return {
    name: `argon-${count}`,
    atoms: createAtoms({ symbols: new Array<string>(count).fill('Ar'), positions }),
  };
}

/** Something that takes longer for more atoms. */
const PAIRS: Calculator = {
  name: 'pairs',
  properties: ['energy'],
  cutoff: 5,
  calculate: (structure) => ({ energy: neighborList(structure, 5).count }),
  dispose: () => undefined,
};

/** A short profile of it. */
export function profileOf(task: Partial<ProfileTask> = {}): Promise<ProfileRecord> {
  return profileSystems({
    calculator: PAIRS,
    subject: { name: 'pairs', hash: 'a', details: { threads: 1 } },
    systems: [row(2), row(12), row(40)],
    calls: 120,
    seconds: 60,
    memoryCalls: 40,
    ...task,
  });
}
