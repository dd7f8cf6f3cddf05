import { countElements, compositionName } from '../composition.ts';
import { fractionsOf } from '../normalization/referenceFit.ts';
import { compositionEnergy, robustReferenceEnergies } from '../normalization/robustFit.ts';
import { GrowingFloat64, GrowingInt32 } from '../split/growingArray.ts';
import { medianOf } from './robust.ts';
import type { AuditSample } from './sample.ts';

/**
 * Energies per atom and compositions of all structures, 16 bytes each, and what the composition
 * leaves unexplained.
 */
export class EnergyTable {
  readonly #ids = new Map<string, number>();
  readonly #fractions: ReadonlyMap<number, number>[] = [];
  readonly #composition = new GrowingInt32();
  readonly #perAtom = new GrowingFloat64();
  readonly #sizes = new GrowingInt32();
  #residuals: Float64Array | undefined;

  see({ structure: { atoms, energy = NaN } }: AuditSample): void {
    const { numbers } = atoms;
    const key = compositionName(countElements(numbers), 'reduced');
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#fractions.length;
      this.#ids.set(key, id);
      this.#fractions.push(fractionsOf(numbers));
    }
    this.#composition.push(id);
    this.#sizes.push(numbers.length);
    this.#perAtom.push(Number.isFinite(energy) ? energy / numbers.length : NaN);
  }

  /** Number of elements. */
  get elements(): number {
    return new Set(this.#fractions.flatMap((fractions) => [...fractions.keys()])).size;
  }

  atomsOf(k: number): number {
    return this.#sizes.view()[k];
  }

  /** Energy minus a robust fit to the composition, eV/atom; NaN without an energy. */
  residuals(): Float64Array {
    if (this.#residuals !== undefined) return this.#residuals;
    const energies = this.#referenceEnergies();
    const base = this.#fractions.map((fractions) => compositionEnergy(fractions, energies));
    const composition = this.#composition.view();
    this.#residuals = this.#perAtom.view().map((energy, k) => energy - base[composition[k]]);
    return this.#residuals;
  }

  #referenceEnergies(): Float64Array {
    const perAtom = this.#perAtom.view();
    const composition = this.#composition.view();
    const members = this.#fractions.map((): number[] => []);
    for (const [k, energy] of perAtom.entries()) {
      if (!Number.isNaN(energy)) members[composition[k]].push(energy);
    }
    return robustReferenceEnergies(
      this.#fractions.flatMap((fractions, id) =>
        members[id].length === 0
          ? []
          : [{ fractions, perAtom: medianOf(members[id]), count: members[id].length }],
      ),
    );
  }
}
