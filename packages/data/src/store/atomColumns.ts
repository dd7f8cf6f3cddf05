import type { LabelledStructure } from '../structure.ts';
import { structureChecksum } from './checksum.ts';
import { ColumnBuffer } from './columnBuffer.ts';
import type { ColumnSpec, Hdf5Writer } from './hdf5Writer.ts';
import { gridNumbers, gridOf, SMALL_ROUNDING, totalError } from './rounding.ts';
import type { Rounding } from './rounding.ts';
import {
  ATOM_CHUNK,
  BOUND_ATTRIBUTE,
  CHECKSUM_COLUMN,
  ENERGIES_COLUMN,
  FORCES_COLUMN,
  MISSING,
  NUMBERS_COLUMN,
  POSITIONS_COLUMN,
  SCALE_ATTRIBUTE,
  STRUCTURE_CHUNK,
} from './storeFormat.ts';
import type { StoreForm } from './storeFormat.ts';

/** What decides how the per-atom arrays are kept. */
export interface AtomColumnOptions {
  readonly form: StoreForm;
  readonly rounding: Rounding;
  /** Errors that the values have already. */
  readonly before: Rounding;
  readonly forces: boolean;
  readonly energies: boolean;
}

/** Elements, positions, forces and energies of all atoms, and a checksum for every structure. */
export class AtomColumns {
  readonly #form: StoreForm;
  readonly #rounding: Rounding;
  readonly #numbers: ColumnBuffer;
  readonly #positions: ColumnBuffer;
  readonly #forces: ColumnBuffer | undefined;
  readonly #energies: ColumnBuffer | undefined;
  readonly #checksums: ColumnBuffer;

  constructor(writer: Hdf5Writer, options: AtomColumnOptions) {
    const { form, rounding, before } = options;
    this.#form = form;
    this.#rounding = rounding;
    const perAtom = (spec: ColumnSpec) =>
      new ColumnBuffer(writer, spec, { chunkRows: ATOM_CHUNK, form });
    const real = (spec: ColumnSpec, property: 'positions' | 'forces') => {
      const error = totalError(before[property], rounding[property]);
      const attributes = {
        ...spec.attributes,
        ...(error === undefined ? {} : { [BOUND_ATTRIBUTE]: error }),
      };
      if (form === 'plain') {
        const missing = property === 'forces' ? { missing: 'NaN' } : {};
        return perAtom({ ...spec, attributes: { ...attributes, ...missing } });
      }
      return perAtom({
        ...spec,
        dtype: '<i',
        attributes: {
          ...attributes,
          [SCALE_ATTRIBUTE]: gridOf(rounding[property] ?? SMALL_ROUNDING[property]),
          ...(property === 'forces' ? { missing: MISSING } : {}),
        },
      });
    };
    this.#numbers = perAtom(NUMBERS_COLUMN);
    this.#positions = real(POSITIONS_COLUMN, 'positions');
    this.#forces = options.forces ? real(FORCES_COLUMN, 'forces') : undefined;
    this.#energies = options.energies ? perAtom(ENERGIES_COLUMN) : undefined;
    this.#checksums = new ColumnBuffer(writer, CHECKSUM_COLUMN, {
      chunkRows: STRUCTURE_CHUNK,
      form,
    });
  }

  /**
   * Appends a structure that is rounded already.
   *
   * @returns number of all atoms so far
   * @throws InvalidStructureError for a value that is too large for the form `small`
   */
  push({ atoms, meta, forces, energies }: LabelledStructure): number {
    const { numbers, positions } = atoms;
    const packed = this.#pack(positions, 'positions', meta.id);
    const packedForces =
      this.#forces === undefined || forces === undefined
        ? undefined
        : this.#pack(forces, 'forces', meta.id);
    this.#numbers.push(numbers);
    this.#positions.push(packed);
    if (packedForces === undefined) {
      this.#forces?.fill(this.#form === 'plain' ? NaN : MISSING, numbers.length);
    } else {
      this.#forces?.push(packedForces);
    }
    if (energies === undefined) this.#energies?.fill(NaN, numbers.length);
    else this.#energies?.push(energies);
    const kept =
      packedForces === undefined ? undefined : this.#form === 'plain' ? packedForces : forces;
    this.#checksums.push([structureChecksum(positions, kept)]);
    return this.#numbers.rows;
  }

  finish(): void {
    this.#numbers.finish();
    this.#positions.flush();
    this.#forces?.flush();
    this.#energies?.finish();
    this.#checksums.finish();
  }

  /** What will be in the file, in float64. */
  #pack(values: Float64Array, property: 'positions' | 'forces', id: string): Float64Array {
    if (this.#form === 'small') {
      const grid = gridOf(this.#rounding[property] ?? SMALL_ROUNDING[property]);
      return gridNumbers(values, grid, `${property} of structure ${id}`);
    }
    return property === 'positions' ? values : Float64Array.from(Float32Array.from(values));
  }
}
