import { symbolOf } from '@mlffd/core';
import type { PainnConfig, StudentConfig } from './config.ts';
import { readoutWidth } from './config.ts';
import { electronProperties } from './electronic/electronInputs.ts';
import { parameterSize, parameterSpecs } from './parameters.ts';
import { type Student, trainedElements } from './student.ts';

/** Size of a structure: the cost of a call depends on nothing else. */
export interface StructureSize {
  readonly atoms: number;
  /** Directed edges within the cutoff. */
  readonly edges: number;
}

/** One part of the model: `embedding`, `charge`, `spin`, `filters`, `interaction.0`, `mixing.0`, ..., `readout`. */
export interface BlockReport {
  readonly name: string;
  readonly parameters: number;
  /** Floating-point operations of energy and forces in one call; a multiply-add is two. */
  readonly flops: number;
}

/** What `inspectStudent` tells; plain data. */
export interface StudentReport {
  readonly config: StudentConfig;
  readonly elements: readonly string[];
  readonly parameters: number;
  readonly size: StructureSize;
  readonly blocks: readonly BlockReport[];
  /** Sum over the blocks. */
  readonly flops: number;
  readonly memory: {
    /** Bytes of the weights, float32. */
    readonly weights: number;
    /** Bytes that the first call of this size adds to the process; an estimate, good to a third. */
    readonly call: number;
  };
}

/** Neighbours per atom where only a number of atoms is given: liquid water within 5 Angstrom. */
const TYPICAL_NEIGHBORS = 52;
const DEFAULT_ATOMS = 100;
/** Float32. */
const BYTES = 4;
/** The runtime's memory arena grows by doubling: what it holds per value that is alive, measured. */
const ARENA = 2;

interface Cost {
  /** Products whose weights are constant: the reverse pass repeats them once. */
  readonly dense: number;
  /** Products of two variables: the reverse pass has one for each factor. */
  readonly variable: number;
}

/**
 * Parameters, operations and memory of a student, block by block, for structures of a given size.
 */
export function inspectStudent(
  student: Pick<Student, 'config' | 'baseline'>,
  size: Partial<StructureSize> = {},
): StudentReport {
  const { config, baseline } = student;
  const { atoms = DEFAULT_ATOMS } = size;
  const full = { atoms, edges: size.edges ?? TYPICAL_NEIGHBORS * atoms };
  const blocks = blockNames(config).map((name) => {
    const { dense, variable } = forwardCost(config, name, full);
    return { name, parameters: blockParameters(config, name), flops: 2 * dense + 3 * variable };
  });
  const parameters = blocks.reduce((sum, block) => sum + block.parameters, 0);
  return {
    config,
    elements: trainedElements(baseline).map((z) => symbolOf(z)),
    parameters,
    size: full,
    blocks,
    flops: blocks.reduce((sum, block) => sum + block.flops, 0),
    memory: { weights: BYTES * parameters, call: ARENA * BYTES * callValues(config, full) },
  };
}

function blockNames(config: StudentConfig): string[] {
  return [...new Set(parameterSpecs(config).map(({ block }) => block))];
}

function blockParameters(config: StudentConfig, name: string): number {
  return parameterSpecs(config)
    .filter(({ block }) => block === name)
    .reduce((sum, spec) => sum + parameterSize(spec), 0);
}

/** Parts of the filters in use: the first block has no vector features to carry. */
function filterParts({ interactions: T, sharedFilters }: PainnConfig): number {
  if (sharedFilters === true) return T === 1 ? 2 : 3;
  return 3 * T - 1;
}

function forwardCost(config: StudentConfig, name: string, { atoms, edges }: StructureSize): Cost {
  const { features: F, interactions: T, radialBasis } = config;
  const [kind, index] = name.split('.');
  const t = Number(index);
  switch (kind) {
    case 'charge':
    case 'spin': {
      const parts = kind === 'charge' ? 2 : 1;
      return { dense: 2 * atoms * (3 * F * F + parts * F), variable: atoms * (2 * parts + F) };
    }
    case 'filters':
      return {
        dense: 2 * edges * (radialBasis.count + 1) * F * filterParts(config),
        variable: 4 * edges * (radialBasis.count + 1),
      };
    case 'interaction': {
      // Block 0 looks its scalar messages up by element, unless they depend on charge or spin.
      const looksUp = t === 0 && electronProperties(config).length === 0;
      const products = looksUp ? 0 : 2 * (F * F + 3 * F * F);
      const scalar = 2 * F;
      const radial = F + 6 * F;
      const carried = t === 0 ? 0 : 6 * F;
      return {
        dense: atoms * products,
        variable: edges * (scalar + radial + carried) + (t === 0 ? 0 : 3 * atoms * F),
      };
    }
    case 'mixing': {
      const outputs = t === T - 1 ? 2 : 3;
      const products = 2 * (6 * F * F + 2 * F * F + outputs * F * F);
      return { dense: atoms * products, variable: atoms * 20 * F };
    }
    case 'readout':
      return { dense: 2 * atoms * (F * readoutWidth(config) + readoutWidth(config)), variable: 0 };
    default:
      return { dense: 0, variable: 0 };
  }
}

/** Values kept for the reverse pass, and the largest temporaries of it. */
function callValues(config: StudentConfig, { atoms, edges }: StructureSize): number {
  const { features: F, interactions: T, radialBasis } = config;
  const filters = filterParts(config) * F;
  const gathered = (2 + 5 * (T - 1)) * F;
  const radialMessages = T * F;
  const temporaries = 9 * F;
  const perEdge =
    2 * (radialBasis.count + 1) + 8 + filters + gathered + radialMessages + temporaries;
  return edges * perEdge + atoms * T * 32 * F;
}
