import {
  FileFormatError,
  InvalidArgumentError,
  KJ_PER_MOL,
  type Atoms,
  type Pbc,
} from '@mlffd/core';
import { compactFrame, type TrajectoryFrame } from '../types.ts';
import { STEP, TIME, PARTICLES } from './columns.ts';
import { hdf5Error, hdf5Read } from './hdf5.ts';
import { Hdf5Rows } from './hdf5Rows.ts';
import type { H5mdLayout } from './layout.ts';
import { readLayout } from './segment.ts';
import { unitFactor, type Quantity } from './units.ts';

/** An element of a file, and what its numbers are multiplied with. */
interface Element {
  readonly name: string;
  readonly factor: number;
}

interface Elements {
  readonly position: Element;
  readonly velocity: Element | undefined;
  readonly force: Element | undefined;
  readonly edges: Element | undefined;
  readonly energy: Element | undefined;
  readonly stress: Element | undefined;
  readonly temperature: Element | undefined;
  readonly step: Element | undefined;
  readonly time: Element | undefined;
}

export interface H5mdFileOptions {
  /** Elements and pbc, for files of other programs. */
  readonly atoms?: Atoms | undefined;
  /** Refuse files of other programs. */
  readonly onlyOwn?: boolean;
}

type Structure = Pick<Atoms, 'numbers' | 'pbc' | 'charge' | 'spin' | 'info'>;

/** The frames of an H5MD file, of this package or another program. */
export class H5mdFile {
  readonly frames: number;
  /** Of files of this package. */
  readonly layout: H5mdLayout | undefined;
  readonly #rows: Hdf5Rows;
  readonly #elements: Elements;
  readonly #structure: Structure;

  /**
   * The library must be ready.
   *
   * @throws FileSystemError, FileFormatError
   * @throws InvalidArgumentError where the file has no elements and `atoms` does not give them
   */
  constructor(path: string, { atoms, onlyOwn = false }: H5mdFileOptions = {}) {
    const rows = new Hdf5Rows(path);
    try {
      this.layout = hdf5Read(path, 'the layout of the trajectory', () => readLayout(rows.file));
      const own = this.layout;
      if (own === undefined && onlyOwn) throw notOurs(path);
      this.#elements = own === undefined ? foreignElements(rows) : ownElements(own);
      const shape = rows.shape(this.#elements.position.name);
      if (shape.length !== 3 || shape[2] !== 3) {
        throw hdf5Error(path, {
          expected: 'positions [frames, atoms, 3]',
          found: `shape ${String(shape)}`,
        });
      }
      this.frames = shape[0];
      this.#structure =
        own === undefined
          ? foreignStructure(rows, { count: shape[1], atoms })
          : { ...own, numbers: Int32Array.from(own.numbers) };
    } catch (error) {
      rows.close();
      throw error;
    }
    this.#rows = rows;
  }

  read(index: number): TrajectoryFrame {
    const { position, velocity, force, edges, energy, stress, temperature, time } = this.#elements;
    const { numbers, pbc, charge, spin, info } = this.#structure;
    return compactFrame({
      atoms: {
        numbers: numbers.slice(),
        positions: this.#values(position, index),
        cell: edges === undefined ? new Float64Array(9) : cellOf(this.#edges(edges, index)),
        pbc,
        ...(charge === undefined ? {} : { charge }),
        ...(spin === undefined ? {} : { spin }),
        ...(info === undefined ? {} : { info: { ...info } }),
      },
      velocities: this.#optional(velocity, index),
      forces: this.#optional(force, index),
      energy: this.#optional(energy, index)?.[0],
      stress: present(this.#optional(stress, index)),
      step: this.step(index),
      time: this.#series(time, index),
      temperature: this.#optional(temperature, index)?.[0],
    });
  }

  /** Step of a frame, without the rest of it. */
  step(index: number): number | undefined {
    return this.#series(this.#elements.step, index);
  }

  close(): void {
    this.#rows.close();
  }

  #values({ name, factor }: Element, index: number): Float64Array {
    const values = this.#rows.row(name, index);
    if (factor !== 1) for (let k = 0; k < values.length; k += 1) values[k] *= factor;
    return values;
  }

  #optional(element: Element | undefined, index: number): Float64Array | undefined {
    return element === undefined ? undefined : this.#values(element, index);
  }

  /** A number per frame, or one increment for all of them. */
  #series(element: Element | undefined, index: number): number | undefined {
    if (element === undefined) return undefined;
    const [value] = this.#values(element, index);
    if (this.#rows.shape(element.name).length > 0) return value;
    const offset = this.#rows.attribute(element.name, 'offset');
    return index * value + (offset === undefined ? 0 : Number(offset)) * element.factor;
  }

  /** Edges of a frame, also where all frames have the same. */
  #edges(element: Element, index: number): Float64Array {
    const isSeries = element.name.endsWith('/value');
    if (isSeries) return this.#values(element, index);
    return this.#rows.row(element.name).map((value) => value * element.factor);
  }
}

function ownElements(layout: H5mdLayout): Elements {
  const element = (name: string, factor = 1): Element => ({ name, factor });
  const has = (flag: boolean, name: string): Element | undefined =>
    flag ? element(name) : undefined;
  return {
    position: element(`${PARTICLES}/position/value`),
    velocity: element(`${PARTICLES}/velocity/value`),
    force: element(`${PARTICLES}/force/value`, KJ_PER_MOL),
    edges: has(layout.hasCell, `${PARTICLES}/box/edges/value`),
    energy: element('observables/potential_energy/value'),
    stress: has(layout.hasStress, 'observables/stress/value'),
    temperature: element('observables/temperature/value'),
    step: element(STEP),
    time: element(TIME),
  };
}

/** Elements of the first group of particles, as H5MD 1.1 names them. */
function foreignElements(rows: Hdf5Rows): Elements {
  const name = rows.keys('particles').at(0);
  if (name === undefined) {
    throw hdf5Error(rows.path, { expected: 'a group in particles', found: 'none' });
  }
  const group = `particles/${name}`;
  const element = (dataset: string, quantity?: Quantity): Element | undefined => {
    if (!rows.has(dataset)) return undefined;
    if (quantity === undefined) return { name: dataset, factor: 1 };
    const unit = rows.attribute(dataset, 'unit');
    const factor = unitFactor(quantity, unit);
    if (factor !== undefined) return { name: dataset, factor };
    throw hdf5Error(rows.path, { expected: `a known unit of ${quantity}`, found: String(unit) });
  };
  const position = element(`${group}/position/value`, 'length');
  if (position === undefined) {
    throw hdf5Error(rows.path, { expected: `positions in ${group}`, found: 'none' });
  }
  return {
    position,
    velocity: element(`${group}/velocity/value`, 'velocity'),
    force: element(`${group}/force/value`, 'force'),
    edges: element(`${group}/box/edges/value`, 'length') ?? element(`${group}/box/edges`, 'length'),
    energy: element('observables/potential_energy/value', 'energy'),
    stress: undefined,
    temperature: element('observables/temperature/value'),
    step: element(`${group}/position/step`),
    time: element(`${group}/position/time`, 'time'),
  };
}

function foreignStructure(
  rows: Hdf5Rows,
  { count, atoms }: { readonly count: number; readonly atoms: Atoms | undefined },
): Structure {
  const [name] = rows.keys('particles');
  const species = `particles/${name}/species`;
  const boundary = rows.attribute(`particles/${name}/box`, 'boundary');
  const flags = Array.isArray(boundary) ? boundary.map((word) => word === 'periodic') : [];
  const pbc: Pbc = [flags[0] ?? false, flags[1] ?? false, flags[2] ?? false];
  const numbers =
    atoms?.numbers ?? (rows.has(species) ? Int32Array.from(rows.row(species)) : undefined);
  if (numbers?.length === count) return { pbc: atoms?.pbc ?? pbc, numbers };
  throw new InvalidArgumentError(
    'md/frame-mismatch',
    `${rows.path} has ${count} atoms, elements are known of ${numbers?.length ?? 0}`,
    {
      expected: `the elements of ${count} atoms`,
      found: numbers === undefined ? 'none' : `${numbers.length}`,
      where: rows.path,
      hint: 'Give atoms: the structure that the trajectory was started from.',
    },
  );
}

function cellOf(edges: Float64Array): Float64Array {
  if (edges.length === 9) return edges;
  const [a, b, c] = edges;
  return Float64Array.of(a, 0, 0, 0, b, 0, 0, 0, c);
}

/** Rows of NaN stand for frames that had none. */
function present(values: Float64Array | undefined): Float64Array | undefined {
  return values?.every((value) => Number.isNaN(value)) === true ? undefined : values;
}

/** A file of another program where only one of this package will do. */
export function notOurs(path: string): FileFormatError {
  return new FileFormatError('md/trajectory-format', `${path} was written by another program`, {
    expected: 'an H5MD file of @mlffd/md, to go on with',
    found: 'one without the group parameters/mlffd',
    where: path,
    hint: 'It is left as it is. Begin another file; both can be read.',
  });
}
