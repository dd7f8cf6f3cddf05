import { closest } from 'fastest-levenshtein';
import { LabelError, TrainConfigError } from './errors.ts';
import type { LabelledStructure } from './labelled.ts';

/** Where the weights of structures come from; all that apply are multiplied. */
export interface WeightSources {
  /** Factors by name of a group or a source. */
  readonly groups: Readonly<Record<string, number>>;
  /** Weights by number in the dataset. */
  readonly given: ArrayLike<number> | undefined;
}

/** Weights of the structures of a training set. */
export class StructureWeights {
  readonly #sources: WeightSources;
  readonly #met = new Set<string>();

  constructor(sources: WeightSources) {
    this.#sources = sources;
  }

  /**
   * Weight of a structure: its own, times that of the list, times those of its group and source.
   *
   * @throws LabelError when it is negative or not finite
   */
  of(structure: LabelledStructure, index: number): number {
    const { groups, given } = this.#sources;
    let weight = (structure.weight ?? 1) * (given === undefined ? 1 : given[index]);
    for (const name of namesOf(structure)) {
      this.#met.add(name);
      if (Object.hasOwn(groups, name)) weight *= groups[name];
    }
    if (Number.isFinite(weight) && weight >= 0) return weight;
    throw new LabelError('train/weight', `structure ${index}: its weight is ${weight}`, {
      expected: 'a finite weight that is not negative',
      found: String(weight),
      where: `structure ${index}`,
      hint: 'Correct its weight; 0 leaves a structure out of training.',
    });
  }

  /**
   * Refuses names that no structure had: a typing error would have no effect at all.
   *
   * @throws TrainConfigError naming them
   */
  requireAllMet(): void {
    const unknown = Object.keys(this.#sources.groups).filter((name) => !this.#met.has(name));
    if (unknown.length === 0) return;
    const found = unknown.map((name) => JSON.stringify(name)).join(', ');
    const near = this.#met.size === 0 ? undefined : closest(unknown[0], [...this.#met]);
    throw new TrainConfigError(
      'train/config',
      `loss.groupWeights: no training structure is of group or source ${found}`,
      {
        expected: 'names of groups or sources in the training set',
        found,
        where: 'loss.groupWeights',
        hint: near === undefined ? 'The structures have no names.' : `Did you mean "${near}"?`,
      },
    );
  }
}

function namesOf({ meta }: LabelledStructure): Set<string> {
  if (typeof meta !== 'object' || meta === null) return new Set();
  const { group, source } = meta as { readonly group?: unknown; readonly source?: unknown };
  return new Set([group, source].filter((name) => typeof name === 'string'));
}
