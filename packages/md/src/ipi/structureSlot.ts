import {
  type Atoms,
  hasPeriodicVolume,
  InvalidAtomsError,
  isFlatCell,
  type Pbc,
} from '@mlffd/core';

/** Room for one structure of a question, used again for the next. */
export class StructureSlot {
  /** 3N, Angstrom. */
  readonly positions: Float64Array;
  /** 9, rows are the lattice vectors, Angstrom. */
  readonly cell: Float64Array = new Float64Array(9);
  readonly #template: Atoms;
  readonly #pbc: Pbc;
  /** The structure with each combination of axes that are periodic, as they come up. */
  readonly #variants: (Atoms | undefined)[] = new Array<undefined>(8).fill(undefined);

  constructor(template: Atoms, pbc: Pbc) {
    this.#template = template;
    this.#pbc = pbc;
    this.positions = new Float64Array(template.positions.length);
  }

  /**
   * The structure; the next question overwrites it.
   *
   * @throws InvalidAtomsError `atoms/zero-volume` where the vectors of periodic axes are dependent
   */
  atoms(): Atoms {
    let mask = 0;
    for (let axis = 0; axis < 3; axis++) if (this.#isPeriodic(axis)) mask |= 1 << axis;
    const atoms = (this.#variants[mask] ??= this.#variant(mask));
    if (mask !== 0 && !hasPeriodicVolume(this.cell, atoms.pbc)) {
      throw new InvalidAtomsError(
        'atoms/zero-volume',
        'the lattice vectors of the periodic axes are linearly dependent',
        {
          expected: 'linearly independent lattice vectors',
          found: `[${this.cell.join(', ')}]`,
          where: 'cell',
          hint: 'Look at the cell of the server, or say which axes are periodic.',
        },
      );
    }
    return atoms;
  }

  /** Whether the server and the template agree that there is a virial: a full cell, not all open. */
  hasVirial(): boolean {
    for (let axis = 0; axis < 3; axis++) {
      if (this.#isPeriodic(axis)) return !isFlatCell(this.cell);
    }
    return false;
  }

  isSameAs(other: StructureSlot): boolean {
    return areEqual(this.positions, other.positions) && areEqual(this.cell, other.cell);
  }

  #isPeriodic(axis: number): boolean {
    const { cell } = this;
    return (
      this.#pbc[axis] &&
      (cell[3 * axis] !== 0 || cell[3 * axis + 1] !== 0 || cell[3 * axis + 2] !== 0)
    );
  }

  #variant(mask: number): Atoms {
    const { positions, cell } = this;
    const pbc: Pbc = [(mask & 1) !== 0, (mask & 2) !== 0, (mask & 4) !== 0];
    return { ...this.#template, positions, cell, pbc };
  }
}

function areEqual(a: Float64Array, b: Float64Array): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
