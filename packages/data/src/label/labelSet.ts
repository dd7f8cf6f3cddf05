import { geometryHash } from '../contentHash.ts';
import { FolderMismatchError, InvalidStructureError } from '../errors.ts';
import type { Structure } from '../structure.ts';
import type { LabelItem, LabelOptions, StructureUnit } from './labelOptions.ts';
import { isUnit } from './labelOptions.ts';
import type { LabelWriter } from './labelWriter.ts';

/** Name of a unit in the ledger, which no structure can have. */
const unitKey = (unit: string): string => `\0${unit}`;

/** The set that is being labelled, compared with what the folder knows of it. */
export class LabelSet {
  readonly #writer: LabelWriter;
  readonly #folder: string;
  readonly #retryFailed: boolean;
  readonly #formerUnits: ReadonlySet<string>;
  #skipped = 0;

  constructor(writer: LabelWriter, options: Pick<LabelOptions, 'folder' | 'retryFailed'>) {
    this.#writer = writer;
    this.#folder = options.folder;
    this.#retryFailed = options.retryFailed ?? false;
    this.#formerUnits = new Set(writer.units);
  }

  /** Structures that were done already. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * False for what is done already.
   *
   * @throws InvalidStructureError when the id came before
   * @throws FolderMismatchError when the folder knows another structure of that id
   */
  isNew(item: LabelItem): boolean {
    return isUnit(item) ? this.#isNewUnit(item) : this.#isNewStructure(item);
  }

  /** The same for a structure of a unit. */
  isNewIn({ unit }: StructureUnit, structure: Structure): boolean {
    if (this.#isNewStructure(structure)) return true;
    // The good structures of a unit that is made again for the sake of the others.
    if (this.#formerUnits.has(unit)) return false;
    throw this.#mismatch(`${structure.meta.id} in one unit only`, `it also in ${unit}`);
  }

  /** @throws FolderMismatchError when the folder knows more than the set. */
  checkComplete(): void {
    const { ledger } = this.#writer;
    let units = 0;
    for (const unit of this.#formerUnits) if (ledger.meet(unitKey(unit)) !== undefined) units++;
    const { missing } = ledger;
    if (missing === 0 && units === 0) return;
    throw this.#mismatch(
      'every structure of the folder in the set',
      `${missing} structures and ${units} units that are not in it`,
    );
  }

  #isNewUnit({ unit }: StructureUnit): boolean {
    if (this.#writer.ledger.meet(unitKey(unit)) === undefined) throw duplicate(unit);
    const state = this.#writer.unitState(unit);
    return state === 'new' || (state === 'with failures' && this.#retryFailed);
  }

  #isNewStructure({ atoms, meta }: Structure): boolean {
    const record = this.#writer.ledger.meet(meta.id);
    if (record === undefined) throw duplicate(meta.id);
    if (record.state === 'new') return true;
    const hash = geometryHash(atoms);
    if (!hash.startsWith(record.hash)) {
      throw this.#mismatch(`${meta.id} with geometry ${record.hash}`, hash);
    }
    if (record.state === 'failed' && this.#retryFailed) return true;
    this.#skipped++;
    return false;
  }

  #mismatch(expected: string, found: string): FolderMismatchError {
    const folder = this.#folder;
    return new FolderMismatchError('data/folder-mismatch', `${folder} holds other structures`, {
      expected,
      found,
      where: folder,
      hint: 'Label into a new folder, or give the structures that the folder was begun with.',
    });
  }
}

function duplicate(id: string): InvalidStructureError {
  return new InvalidStructureError('data/duplicate-id', `the id ${id} appears twice`, {
    expected: 'ids that are unique in the set',
    found: id,
    where: `structure ${id}`,
    hint: 'Give every structure an id of its own.',
  });
}
