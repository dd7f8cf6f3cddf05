import * as h5wasm from 'h5wasm/node';
import { checkHdf5, hdf5Error, hdf5Read } from './hdf5.ts';

/** Reads rows and attributes of an HDF5 file; every failure is a typed error. */
export class Hdf5Rows {
  readonly path: string;
  readonly file: h5wasm.File;
  readonly #datasets = new Map<string, h5wasm.Dataset>();

  /** @throws FileSystemError, FileFormatError; the library must be ready */
  constructor(path: string) {
    checkHdf5(path);
    this.path = path;
    this.file = hdf5Read(path, 'a complete HDF5 file', () => new h5wasm.File(path, 'r'));
  }

  has(name: string): boolean {
    return hdf5Read(this.path, name, () => this.#find(name) !== undefined);
  }

  /** Names in a group; none where there is no such group. */
  keys(group: string): string[] {
    return hdf5Read(this.path, group, () => {
      const entity = findEntity(this.file, group);
      return entity instanceof h5wasm.Group ? entity.keys() : [];
    });
  }

  shape(name: string): readonly number[] {
    return hdf5Read(this.path, name, () => this.#require(name).shape ?? []);
  }

  /** Numbers of row `index`; of the whole dataset where it is a scalar or no index is given. */
  row(name: string, index?: number): Float64Array {
    return hdf5Read(this.path, `numbers in ${name}`, () => {
      const dataset = this.#require(name);
      const [rows, ...rest] = dataset.shape ?? [];
      const value =
        index === undefined || (dataset.shape ?? []).length === 0
          ? dataset.value
          : dataset.slice([
              [index, Math.min(index + 1, rows)],
              ...rest.map((size): [number, number] => [0, size]),
            ]);
      if (ArrayBuffer.isView(value)) {
        return Float64Array.from(value as unknown as ArrayLike<number | bigint>, Number);
      }
      if (typeof value === 'number' || typeof value === 'bigint') {
        return Float64Array.of(Number(value));
      }
      throw hdf5Error(this.path, { expected: `numbers in ${name}`, found: typeof value });
    });
  }

  /** Attribute of a dataset or group; undefined where there is none. */
  attribute(owner: string, name: string): unknown {
    return hdf5Read(this.path, `attribute ${name}`, () => {
      const entity = findEntity(this.file, owner);
      if (!(entity instanceof h5wasm.Dataset || entity instanceof h5wasm.Group)) return undefined;
      return name in entity.attrs ? entity.get_attribute(name, false) : undefined;
    });
  }

  /** Never throws: a file that was only read has nothing to lose. */
  close(): void {
    try {
      this.file.close();
    } catch {
      // The library could not put its view of a damaged file away.
    }
  }

  #find(name: string): h5wasm.Dataset | undefined {
    const kept = this.#datasets.get(name);
    if (kept !== undefined) return kept;
    const entity = findEntity(this.file, name);
    if (!(entity instanceof h5wasm.Dataset)) return undefined;
    this.#datasets.set(name, entity);
    return entity;
  }

  #require(name: string): h5wasm.Dataset {
    const dataset = this.#find(name);
    if (dataset !== undefined) return dataset;
    throw hdf5Error(this.path, { expected: `a dataset ${name}`, found: 'none of that name' });
  }
}

/** What has this name; the library throws where a part of the name is no group. */
export function findEntity(file: h5wasm.File, name: string): h5wasm.Entity | undefined {
  let entity: h5wasm.Entity = file;
  for (const part of name.split('/')) {
    if (!(entity instanceof h5wasm.Group)) return undefined;
    const next: h5wasm.Entity | null = entity.keys().includes(part) ? entity.get(part) : null;
    if (next === null) return undefined;
    entity = next;
  }
  return entity;
}
