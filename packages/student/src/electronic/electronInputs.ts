import type { Atoms } from '@mlffd/core';
import type { StudentConfig } from '../config.ts';
import type { EdgeFeed } from '../edges.ts';

/** Names of the graph inputs that a student with `charge` or `spin` has, one value per structure. */
export const ELECTRON_INPUTS = {
  /** Total charge, e, [B, 1]. */
  charge: 'total_charge',
  /** Number of unpaired electrons, [B, 1]. */
  spin: 'unpaired_electrons',
} as const;

/** Properties of a whole structure that a student can depend on. */
export type ElectronProperty = keyof typeof ELECTRON_INPUTS;

const PROPERTIES = Object.keys(ELECTRON_INPUTS) as readonly ElectronProperty[];

/** Those that a student has, in the order in which they are embedded. */
export function electronProperties(config: StudentConfig): ElectronProperty[] {
  return PROPERTIES.filter((property) => config[property] === true);
}

/** What the metadata of a model say about the inputs, by name; `shape` of one value per structure. */
export function describeElectrons(config: StudentConfig, shape: string): Record<string, string> {
  const texts = {
    charge: `float32 ${shape}: total charge of each structure, e`,
    spin: `float32 ${shape}: number of unpaired electrons of each structure`,
  };
  return Object.fromEntries(
    electronProperties(config).map((property) => [ELECTRON_INPUTS[property], texts[property]]),
  );
}

/** Charge and spin of structures as a graph takes them, in arrays that are kept between calls. */
export class ElectronBuffers {
  readonly #arrays: Record<ElectronProperty, Float32Array> = {
    charge: new Float32Array(1),
    spin: new Float32Array(1),
  };

  /**
   * Feeds for structures, views valid until the next call. One without a charge is neutral, one
   * without a spin has no unpaired electrons.
   */
  feeds(structures: readonly Pick<Atoms, ElectronProperty>[]): Record<string, EdgeFeed> {
    const dims = [structures.length, 1];
    const feeds: Record<string, EdgeFeed> = {};
    for (const property of PROPERTIES) {
      const data = this.#take(property, structures.length);
      for (let b = 0; b < structures.length; b++) data[b] = structures[b][property] ?? 0;
      feeds[ELECTRON_INPUTS[property]] = { data, dims, shape: dims };
    }
    return feeds;
  }

  #take(property: ElectronProperty, count: number): Float32Array {
    if (this.#arrays[property].length < count) this.#arrays[property] = new Float32Array(2 * count);
    return this.#arrays[property].subarray(0, count);
  }
}
