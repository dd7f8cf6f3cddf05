import { volume } from '@mlffd/core';
import type { Atoms } from '@mlffd/core';
import { increment, mostFrequent } from './counts.ts';
import type { DiversityReport } from './diversityReport.ts';
import { distributionOfSome } from './distribution.ts';
import type { Bins } from './distribution.ts';
import { compositionOf } from './formula.ts';
import type { Composition } from './formula.ts';
import { structureKind } from './structureKind.ts';
import type { StructureKind } from './structureKind.ts';

/** Edges of the size histogram, atoms: about equal ratios, so that each bin is as much of a change. */
const SIZE_EDGES: readonly number[] = [
  1, 2, 5, 10, 20, 30, 45, 70, 100, 150, 200, 300, 500, 1000, 1e9,
];

/** Volumes per atom that differ by more than this part are a strain, not noise. */
const STRAIN = 0.01;

/** Names that a report lists. */
const LISTED = 20;

interface FormulaEntry {
  readonly composition: Composition;
  structures: number;
  /** Smallest and largest volume per atom of the bulk crystals among them, Angstrom^3. */
  low: number;
  high: number;
}

/** Elements, formulas, sizes and kinds of structures, as they come. */
export class CompositionStatistics {
  readonly #formulas = new Map<string, FormulaEntry>();
  readonly #formulaOf: FormulaEntry[] = [];
  readonly #kindOf: StructureKind[] = [];
  readonly #systems = new Map<string, number>();
  readonly #elements = new Map<number, { structures: number; atoms: number }>();
  readonly #kinds = { bulk: 0, slab: 0, wire: 0, cluster: 0, molecule: 0 };
  #atoms = 0;

  add(atoms: Atoms): Composition {
    const found = compositionOf(atoms.numbers);
    const kind = structureKind(atoms);
    const entry = this.#formulas.get(found.formula) ?? {
      composition: found,
      structures: 0,
      low: Infinity,
      high: 0,
    };
    this.#formulas.set(found.formula, entry);
    entry.structures++;
    this.#formulaOf.push(entry);
    this.#kindOf.push(kind);
    this.#kinds[kind]++;
    this.#atoms += found.atoms;
    increment(this.#systems, found.system);
    for (const [k, z] of found.elements.entries()) {
      const element = this.#elements.get(z) ?? { structures: 0, atoms: 0 };
      element.structures++;
      element.atoms += found.counts[k];
      this.#elements.set(z, element);
    }
    if (kind === 'bulk') {
      const perAtom = volume(atoms) / found.atoms;
      entry.low = Math.min(entry.low, perAtom);
      entry.high = Math.max(entry.high, perAtom);
    }
    return entry.composition;
  }

  get atoms(): number {
    return this.#atoms;
  }

  /** Composition of structure k. */
  composition(k: number): Composition {
    return this.#formulaOf[k].composition;
  }

  kind(k: number): StructureKind {
    return this.#kindOf[k];
  }

  /** Atomic numbers, ascending, with what is known of each. */
  get elements(): readonly (readonly [number, { structures: number; atoms: number }])[] {
    return [...this.#elements].sort(([a], [b]) => a - b);
  }

  get kinds(): Readonly<Record<StructureKind, number>> {
    return this.#kinds;
  }

  /** @param goal smallest and largest number of atoms that is wanted */
  sizes([low, high]: readonly [number, number]): DiversityReport['sizes'] {
    const sizes = this.#formulaOf.map(({ composition }) => composition.atoms);
    return {
      distribution: distributionOfSome(sizes),
      bins: sizeBins(sizes),
      inGoal: sizes.filter((n) => n >= low && n <= high).length,
    };
  }

  get compositions(): DiversityReport['compositions'] {
    const formulas = new Map([...this.#formulas].map(([name, entry]) => [name, entry.structures]));
    return {
      formulas: formulas.size,
      systems: this.#systems.size,
      frequentFormulas: mostFrequent(formulas, LISTED),
      frequentSystems: mostFrequent(this.#systems, LISTED),
    };
  }

  get cells(): DiversityReport['cells'] {
    const bulk = [...this.#formulas.values()].filter(({ high }) => high > 0);
    const spreads = bulk.map(({ low, high }) => high / low - 1);
    return {
      formulas: bulk.length,
      strained: spreads.filter((spread) => spread >= STRAIN).length,
      largestSpread: spreads.reduce((most, spread) => Math.max(most, spread), 0),
    };
  }
}

function sizeBins(sizes: readonly number[]): Bins {
  const counts = SIZE_EDGES.slice(1).map(() => 0);
  for (const n of sizes) {
    const above = SIZE_EDGES.findIndex((edge) => edge > n);
    counts[above - 1]++;
  }
  return { edges: SIZE_EDGES, counts };
}
