import { extensivity } from '../../checks/locality.ts';
import type { Check } from '../check.ts';
import { figure } from '../figures.ts';
import { GOALS } from '../goals.ts';

const FIGURES = [
  { key: 'extensivity', label: 'Energy of two copies less twice the energy', unit: 'eV/atom' },
  { key: 'extensivity-force', label: 'Change of the forces by a copy', unit: 'eV/Å' },
] as const;

/** Whether two of the same have twice the energy. */
export const extensiveness: Check = {
  id: 'extensivity',
  title: 'Extensivity',
  about: 'Two molecules far apart, or a supercell, against the structure alone.',
  per: 'system',
  version: 1,
  figures: FIGURES,
  run: async ({ student, system, signal }) => {
    const { calculator } = student;
    const { kind, energy, force } = await extensivity({ calculator, atoms: system.atoms, signal });
    const why = kind === 'supercell' ? 'against a supercell' : 'two copies far apart';
    const found = [
      figure({ ...FIGURES[0], value: Math.abs(energy), goal: GOALS.extensivity, why }),
      figure({ ...FIGURES[1], value: force, goal: GOALS.invariance }),
    ];
    const bad = found.filter(({ status }) => status === 'fail');
    return {
      figures: found,
      failures: bad.map(({ label, value, unit }) => ({
        code: 'not-extensive' as const,
        what: `${label}: ${value?.toPrecision(2) ?? 'not finite'} ${unit}`,
        severity: 'serious' as const,
      })),
    };
  },
};
