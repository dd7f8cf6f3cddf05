import type { EnergyTable } from '../energyTable.ts';
import { Concerned, figure } from '../finding.ts';
import type { AuditCheck } from '../finding.ts';
import { medianOf, robustSpread } from '../robust.ts';
import type { SourceTable } from '../sourceTable.ts';

/** Matter is not bound by more than this, eV/atom (tungsten: 8.9). */
const BINDING = 20;
/** A gap this wide between two populations is suspicious, eV/atom. */
const GAP = 1.5;
/** The gap is that many times wider than either population. */
const SHARPNESS = 5;
/** Smallest population: number and part of the structures. */
const FEW = 3;
const PART = 0.02;
/** A population is narrow beside how far it is off. */
const NARROW = 0.25;

/** Structures whose energies seem to be counted from another zero than those of the rest. */
export interface OtherZero {
  readonly indices: readonly number[];
  /** Median distance from the rest, eV/atom. */
  readonly offset: number;
  /** Further off than any binding: no chemistry can explain it. */
  readonly certain: boolean;
}

/** Energies of two zeros: total energies and binding energies, or two sets of pseudopotentials. */
export function energyZero(table: SourceTable, energies: EnergyTable): AuditCheck {
  return {
    findings() {
      const other = findOtherZero(energies);
      if (other === undefined) return [];
      const concerned = new Concerned(table);
      for (const k of other.indices) concerned.add(k);
      const rest = energies.residuals().filter((r) => !Number.isNaN(r)).length;
      return concerned.finding({
        check: 'energy-zero',
        severity: other.certain ? 'error' : 'warning',
        message: `the energies of ${concerned.count} of ${rest} structures are ${figure(Math.abs(other.offset))} eV/atom ${other.offset < 0 ? 'below' : 'above'} the rest, beyond what the composition explains: they seem to have another zero`,
        fix: 'Bring all energies to one zero: label again with one teacher, or subtract the isolated-atom energies of each method from its own labels.',
      });
    },
  };
}

/** The smaller of two populations of energies; undefined where there is one. */
export function findOtherZero(energies: EnergyTable): OtherZero | undefined {
  const residuals = energies.residuals();
  return beyondBinding(energies, residuals) ?? acrossGap(energies, residuals);
}

function beyondBinding(energies: EnergyTable, residuals: Float64Array): OtherZero | undefined {
  const far = [...residuals.keys()].filter((k) => Math.abs(residuals[k]) > BINDING);
  if (far.length < Math.max(FEW, PART * residuals.length, energies.elements)) return undefined;
  const { median, spread } = robustSpread(far.map((k) => residuals[k]));
  const sided = far.filter((k) => residuals[k] * median > 0).length;
  // Exploded structures are as far off, but each by another amount.
  if (sided < 0.9 * far.length || spread > Math.abs(median)) return undefined;
  return { indices: far, offset: median, certain: true };
}

function acrossGap(energies: EnergyTable, residuals: Float64Array): OtherZero | undefined {
  // Single atoms and pairs are bound less than all else.
  const order = [...residuals.keys()]
    .filter((k) => !Number.isNaN(residuals[k]) && energies.atomsOf(k) > 2)
    .sort((a, b) => residuals[a] - residuals[b]);
  let widest = 0;
  let at = 0;
  for (let k = 1; k < order.length; k++) {
    const gap = residuals[order[k]] - residuals[order[k - 1]];
    if (gap > widest) [widest, at] = [gap, k];
  }
  const [low, high] = [order.slice(0, at), order.slice(at)];
  const fewest = Math.min(low.length, high.length);
  if (widest < GAP || fewest < Math.max(FEW, PART * order.length)) return undefined;
  const width = (side: readonly number[]) => residuals[side[side.length - 1]] - residuals[side[0]];
  if (SHARPNESS * Math.max(width(low), width(high)) > widest && !isNarrow(low, high, residuals))
    return undefined;
  const [minority, majority] = low.length < high.length ? [low, high] : [high, low];
  const offset =
    medianOf(minority.map((k) => residuals[k])) - medianOf(majority.map((k) => residuals[k]));
  return { indices: [...minority].sort((a, b) => a - b), offset, certain: false };
}

/** Both populations are narrow but for a few outliers. */
function isNarrow(
  low: readonly number[],
  high: readonly number[],
  residuals: Float64Array,
): boolean {
  const sides = [low, high].map((side) => robustSpread(side.map((k) => residuals[k])));
  const distance = sides[1].median - sides[0].median;
  return sides.every(({ spread }) => SHARPNESS * spread < NARROW * distance);
}
