import type { EnergyOutlier } from './compositionFit.ts';
import type { ForceOutlier } from './forceScale.ts';

/** Structures that a warning names. */
const NAMED = 3;

/** Tells which energies cannot be those of their structures. */
export function energyMessage(outliers: readonly EnergyOutlier[]): string {
  const named = outliers.map(
    ({ structure, distance }) => `${structure} (${distance.toPrecision(3)} eV/atom off)`,
  );
  return `${outliers.length} energies cannot belong to their structures and are left out of the reference energies, not of training: ${listed(named)}`;
}

/** Tells which forces cannot be those of any structure. */
export function forceMessage(outliers: readonly ForceOutlier[]): string {
  const named = outliers.map(({ structure, rms }) => `${structure} (${rms.toPrecision(3)} eV/A)`);
  return `${outliers.length} structures have impossible forces, which are left out of the scale, not of training: ${listed(named)}`;
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMED ? ' and others' : '';
  return `structure ${names.slice(0, NAMED).join(', ')}${more}; give them weight 0, or use a robust loss`;
}
