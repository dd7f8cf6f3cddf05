import type { OrtValue } from '@mlffd/graph';
import { LABEL_INPUTS } from './lossGraph.ts';
import type { PreparedStructure } from './sharedSet.ts';

/** How atoms lie: one row each, or as columns of structures that are filled up to one size. */
export type AtomOrder = 'rows' | 'pairs';

/** What the Hessian term of a micro-batch is made of. */
export interface HessianFill {
  readonly order: AtomOrder;
  /** Number of the direction of each member; negative: it does not carry the term. */
  readonly directions: ArrayLike<number>;
  /** Weight of a component of a product, before that of its structure. */
  readonly weight: number;
  /** Unit of energy, eV. */
  readonly scale: number;
}

/**
 * Directions, products and weights of a micro-batch, in buffers that are kept between calls. A
 * structure that does not carry the term has direction 0, product 0 and weight 0: its product is
 * exactly 0 and so is every gradient through it.
 */
export class HessianBuffers {
  #rows = 0;
  #order: AtomOrder = 'rows';
  #values = new Float32Array(0);

  fill(members: readonly PreparedStructure[], options: HessianFill): void {
    const { order, directions, scale } = options;
    let largest = 0;
    let atoms = 0;
    for (const { numbers } of members) {
      largest = Math.max(largest, numbers.length);
      atoms += numbers.length;
    }
    const rows = order === 'pairs' ? members.length * largest : atoms;
    this.#rows = rows;
    this.#order = order;
    // Per atom: weight, then the direction, then the product.
    if (this.#values.length < 7 * rows) this.#values = new Float32Array(14 * rows);
    const values = this.#values.fill(0, 0, 7 * rows);
    const [along, across] = order === 'pairs' ? [1, rows] : [3, 1];
    let first = 0;
    members.forEach(({ numbers, hessianProducts, weight }, b) => {
      const count = numbers.length;
      const start = order === 'pairs' ? b * largest : first;
      first += count;
      const direction = directions[b];
      if (direction < 0 || hessianProducts === undefined) return;
      const from = 3 * count * direction;
      for (let i = 0; i < count; i++) {
        values[start + i] = options.weight * weight;
        for (let c = 0; c < 3; c++) {
          const at = rows + along * (start + i) + across * c;
          const k = from + 3 * i + c;
          values[at] = hessianProducts.directions[k];
          values[at + 3 * rows] = hessianProducts.products[k] / scale;
        }
      }
    });
  }

  /** Feeds, views of the buffer. */
  feeds(): Record<string, OrtValue> {
    const rows = this.#rows;
    const pairs = this.#order === 'pairs';
    const part = (start: number, width: number): OrtValue => ({
      data: this.#values.subarray(start * rows, (start + width) * rows),
      dims: pairs ? [width, rows] : [rows, width],
    });
    return {
      [LABEL_INPUTS.productWeight]: part(0, 1),
      [LABEL_INPUTS.directions]: part(1, 3),
      [LABEL_INPUTS.products]: part(4, 3),
    };
  }
}
