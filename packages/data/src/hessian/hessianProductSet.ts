import { FolderMismatchError } from '../errors.ts';
import type { Dataset } from '../store/dataset.ts';
import type { LabelledStructure } from '../structure.ts';
import { ProductFile } from './productFile.ts';
import type { HessianProducts } from './productFile.ts';

/** A structure with labels and products, as the trainer takes it. */
export interface StructureWithProducts extends LabelledStructure {
  /** Absent where there are none. */
  readonly hessianProducts?: HessianProducts;
}

/** A dataset joined with a file of products: structures carry those that they have. */
export class HessianProductSet {
  readonly dataset: Dataset;
  readonly products: ProductFile;

  private constructor(dataset: Dataset, products: ProductFile) {
    this.dataset = dataset;
    this.products = products;
  }

  /**
   * @param path file that `labelHessianProducts` wrote
   * @throws FolderMismatchError when the products are of another dataset
   * @throws FileFormatError, FileSystemError when the file cannot be used
   */
  static async open(dataset: Dataset, path: string): Promise<HessianProductSet> {
    const products = await ProductFile.open(path);
    const found = products.description.dataset;
    if (found === dataset.hash) return new HessianProductSet(dataset, products);
    products.close();
    throw new FolderMismatchError(
      'data/products-mismatch',
      `${path} holds products of another dataset`,
      {
        expected: `products of ${dataset.path} (${dataset.hash.slice(0, 12)})`,
        found: found.slice(0, 12),
        where: path,
        hint: 'Open the dataset that the products were made for, or label products for this one.',
      },
    );
  }

  get length(): number {
    return this.dataset.length;
  }

  /** Structure `k` with its labels and products. */
  get(k: number): StructureWithProducts {
    const structure = this.dataset.get(k);
    const hessianProducts = this.products.get(k);
    return hessianProducts === undefined ? structure : { ...structure, hessianProducts };
  }

  /** Closes the file of products, not the dataset. */
  close(): void {
    this.products.close();
  }
}
