import { requireCount } from '../build/invalidOption.ts';
import type { StructureUnit } from '../label/labelOptions.ts';
import type { Parent } from '../perturbedSet.ts';
import { growTree, treeId } from './rattleRelaxTree.ts';
import type { TreeSampling } from './rattleRelaxTree.ts';
import { treeSettings } from './treeSettings.ts';
import { requireTreeProperties } from './treeTeacher.ts';

/** Options of `treeUnits`. */
export interface TreeUnitsOptions extends TreeSampling {
  readonly roots: readonly Parent[];
  /** Children of each root. */
  readonly children: number;
  /**
   * Most children in a unit; default 50. The children of a root grow in several trees of this size,
   * each from the root, so that a crash loses one of them at most. A larger tree reaches later
   * generations; and members are compared within a tree only, so that those of two trees of a root
   * may be alike.
   */
  readonly branchSize?: number;
  /** Give the roots themselves, with their labels, in their first unit; default true. */
  readonly includeRoots?: boolean;
}

/**
 * The trees of all roots, each as a unit that `labelStructures` makes when its turn comes and never
 * makes twice. All members of the trees of a root are one group: its `group`, or its id.
 *
 * @throws InvalidArgumentError for an option out of range
 * @throws PropertyNotAvailableError when the calculator does not give energy, forces, or a label
 */
export function treeUnits(options: TreeUnitsOptions): StructureUnit[] {
  const { roots, children, branchSize = 50, includeRoots = true, ...sampling } = options;
  // Now, rather than when the first unit is made.
  requireTreeProperties(sampling.calculator, treeSettings(sampling));
  requireCount('children', children, 1);
  requireCount('branchSize', branchSize, 1);
  const branches = Math.ceil(children / branchSize);
  return roots.flatMap((root) =>
    Array.from({ length: branches }, (_, branch) => {
      const size = Math.min(branchSize, children - branch * branchSize);
      const includeRoot = includeRoots && branch === 0;
      return {
        unit: treeId(root.id, branch),
        count: size + (includeRoot ? 1 : 0),
        make: async (signal: AbortSignal | undefined) => {
          const tree = await growTree({
            ...sampling,
            root,
            branch,
            children: size,
            includeRoot,
            ...(signal === undefined ? {} : { signal }),
          });
          return tree.structures;
        },
      };
    }),
  );
}
