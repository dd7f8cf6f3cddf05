import { ColumnBuffer } from './columnBuffer.ts';
import type { Hdf5Writer } from './hdf5Writer.ts';
import { STRUCTURE_CHUNK, TEXT_CHUNK } from './storeFormat.ts';
import type { StoreForm } from './storeFormat.ts';

/** Writes texts one after the other as UTF-8 bytes and offsets. */
export class TextList {
  readonly #bytes: ColumnBuffer;
  readonly #offsets: ColumnBuffer;

  constructor(writer: Hdf5Writer, name: string, form: StoreForm) {
    this.#bytes = new ColumnBuffer(
      writer,
      { name: `${name}_text`, dtype: '<B', row: [], attributes: { encoding: 'UTF-8' } },
      { chunkRows: TEXT_CHUNK, form },
    );
    this.#offsets = new ColumnBuffer(
      writer,
      { name: `${name}_offsets`, dtype: '<q', row: [], attributes: { meaning: 'first byte' } },
      { chunkRows: STRUCTURE_CHUNK, form },
    );
    this.#offsets.push([0]);
  }

  push(text: string): void {
    this.#bytes.push(Buffer.from(text));
    this.#offsets.push([this.#bytes.rows]);
  }

  finish(): void {
    this.#bytes.finish();
    this.#offsets.finish();
  }
}

/** Writes texts of which many are equal: each different one once, and a number for every row. */
export class TextDictionary {
  readonly #list: TextList;
  readonly #index: ColumnBuffer;
  readonly #known = new Map<string, number>();

  constructor(writer: Hdf5Writer, name: string, form: StoreForm) {
    this.#list = new TextList(writer, name, form);
    this.#index = new ColumnBuffer(
      writer,
      { name, dtype: '<i', row: [], attributes: { meaning: `number of a text in ${name}_text` } },
      { chunkRows: STRUCTURE_CHUNK, form },
    );
  }

  push(text: string): void {
    let index = this.#known.get(text);
    if (index === undefined) {
      index = this.#known.size;
      this.#known.set(text, index);
      this.#list.push(text);
    }
    this.#index.push([index]);
  }

  finish(): void {
    this.#list.finish();
    this.#index.finish();
  }
}
