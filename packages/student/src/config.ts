import {
  fieldError,
  readChoice,
  readFields,
  readInteger,
  readPositive,
  readWithin,
} from './fields.ts';

/** Functions of the distance that feed the filters. */
export interface RadialBasisConfig {
  /** `bessel`: sin(k pi d / rc) / d, k = 1..count; `gaussian`: `count` centres from 0 to rc. */
  readonly type: 'bessel' | 'gaussian';
  readonly count: number;
}

/**
 * Hyper-parameters of PaiNN (Schuett, Unke, Gastegger, ICML 2021), with the equations of
 * schnetpack 2.1.1.
 *
 * | field | meaning | unit |
 * |---|---|---|
 * | `features` | width F of scalar and vector features | |
 * | `interactions` | number T of message-passing blocks | |
 * | `radialBasis` | functions of the distance | |
 * | `cutoff` | largest distance of an edge | Angstrom |
 * | `cutoffFunction` | `polynomial` (p = 6, three zero derivatives at rc) or `cosine` (one) | |
 * | `sharedFilters` | one filter network output for all blocks; default false | |
 * | `maxAtomicNumber` | largest Z of the embedding, which has one row more; default 99 | |
 */
export interface PainnConfig {
  readonly features: number;
  readonly interactions: number;
  readonly radialBasis: RadialBasisConfig;
  readonly cutoff: number;
  readonly cutoffFunction: 'cosine' | 'polynomial';
  readonly sharedFilters?: boolean;
  readonly maxAtomicNumber?: number;
}

/** Whether an isolated atom has its reference energy or what the network makes of it. */
export type IsolatedAtoms = 'baseline' | 'network';

/**
 * Hyper-parameters and the options of a student that make it more than the plain network. An option
 * at its default is left out of what is saved.
 *
 * | field | meaning |
 * |---|---|
 * | `zbl` | add the screened repulsion of nuclei (see `zblEnergy`) to the network; default false |
 * | `zblReach` | where that repulsion ends, over the sum of the covalent radii of a pair; default 1, MACE's; nothing without `zbl` |
 * | `isolatedAtoms` | `baseline`: subtract the network's output for an isolated atom of the element, so that an isolated atom has its reference energy; default `network`: as it comes |
 * | `charge` | energies depend on the total charge of the structure (`Atoms.charge`); default false |
 * | `spin` | energies depend on its number of unpaired electrons (`Atoms.spin`); default false |
 * | `normSoftening` | s of the length sqrt(|v|² + s²) of a vector feature, in the unit of the features: how round the energy is where symmetry makes vectors zero; default 1e-4, schnetpack's |
 *
 * With `charge` or `spin`, `isolatedAtoms: 'baseline'` means atoms that are neutral and have no unpaired
 * electrons: one with a charge has its reference energy and what the network makes of the charge,
 * which is how ionisation energies and electron affinities can be learnt.
 */
export interface StudentConfig extends PainnConfig {
  readonly zbl?: boolean;
  readonly zblReach?: number;
  readonly isolatedAtoms?: IsolatedAtoms;
  readonly charge?: boolean;
  readonly spin?: boolean;
  readonly normSoftening?: number;
}

/** A configuration with every hyper-parameter, and with the options that are not at their default. */
export type CompleteConfig = Required<PainnConfig> & Omit<StudentConfig, keyof PainnConfig>;

/** Rows of the embedding; row 0 belongs to no element. */
export function embeddingRows(config: PainnConfig): number {
  return (config.maxAtomicNumber ?? 99) + 1;
}

/** MACE's: the whole sum of the covalent radii. */
const ZBL_REACH = 1;
/** Below, nothing would be repelled before the nuclei meet; above, it would be at work in every bond. */
const REACH_RANGE = { least: 0.1, most: 1 } as const;
/** Its square is schnetpack's epsilon. */
const NORM_SOFTENING = 1e-4;
/** Squares of what is smaller are no longer far from the smallest numbers of float32. */
const SOFTENING_RANGE = { least: 1e-15, most: 10 } as const;

/** What is added to the squares of vector features under the root of their length. */
export function normEpsilon({ normSoftening = NORM_SOFTENING }: StudentConfig): number {
  return normSoftening * normSoftening;
}

/** Where the repulsion of nuclei ends, over the sum of two covalent radii; undefined for a student without it. */
export function repulsionReach({ zbl, zblReach = ZBL_REACH }: StudentConfig): number | undefined {
  return zbl === true ? zblReach : undefined;
}

/** Width of the hidden layer of the readout. */
export function readoutWidth(config: PainnConfig): number {
  return Math.floor(config.features / 2);
}

const KEYS = [
  'features',
  'interactions',
  'radialBasis',
  'cutoff',
  'cutoffFunction',
  'sharedFilters',
  'maxAtomicNumber',
  'zbl',
  'zblReach',
  'isolatedAtoms',
  'charge',
  'spin',
  'normSoftening',
] as const;
const BASIS_KEYS = ['type', 'count'] as const;

/**
 * Checks a value of unknown origin (a parsed JSON file) and returns it as a configuration with
 * the default of every hyper-parameter written out; options at their default are left out.
 *
 * @throws StudentConfigError naming the key, what was expected and what was found
 */
export function parsePainnConfig(value: unknown, where = 'student configuration'): CompleteConfig {
  const fields = readFields(value, KEYS, where);
  const basisWhere = `${where}, radialBasis`;
  const basis = readFields(fields.radialBasis, BASIS_KEYS, basisWhere);
  const { maxAtomicNumber = 99, isolatedAtoms = 'network' } = fields;
  const softening = readNormSoftening(fields, where);
  const limits = { among: ['baseline', 'network'], where } as const;
  const limit = readChoice<IsolatedAtoms>({ isolatedAtoms }, 'isolatedAtoms', limits);
  return {
    features: readInteger(fields, 'features', { least: 2, most: 4096, where }),
    interactions: readInteger(fields, 'interactions', { least: 1, most: 32, where }),
    radialBasis: {
      type: readChoice(basis, 'type', { among: ['bessel', 'gaussian'], where: basisWhere }),
      count: readInteger(basis, 'count', { least: 2, most: 512, where: basisWhere }),
    },
    cutoff: readPositive(fields, 'cutoff', where),
    cutoffFunction: readChoice(fields, 'cutoffFunction', {
      among: ['cosine', 'polynomial'],
      where,
    }),
    sharedFilters: readFlag(fields, 'sharedFilters', where),
    maxAtomicNumber: readInteger({ maxAtomicNumber }, 'maxAtomicNumber', {
      least: 1,
      most: 118,
      where,
    }),
    ...readRepulsion(fields, where),
    ...(limit === 'network' ? {} : { isolatedAtoms: limit }),
    ...(readFlag(fields, 'charge', where) ? { charge: true } : {}),
    ...(readFlag(fields, 'spin', where) ? { spin: true } : {}),
    ...softening,
  };
}

/** The keys of the repulsion of nuclei; none without it, and no reach that is the default. */
function readRepulsion(
  fields: Readonly<Record<string, unknown>>,
  where: string,
): Pick<StudentConfig, 'zbl' | 'zblReach'> {
  const { zblReach = ZBL_REACH } = fields;
  const reach = readWithin({ zblReach }, 'zblReach', { ...REACH_RANGE, where });
  if (!readFlag(fields, 'zbl', where)) return {};
  return { zbl: true, ...(reach === ZBL_REACH ? {} : { zblReach: reach }) };
}

/**
 * The key `normSoftening`, or nothing where it is not there or at its default.
 *
 * @throws StudentConfigError for a value out of range
 */
export function readNormSoftening(
  { normSoftening = NORM_SOFTENING }: Readonly<Record<string, unknown>>,
  where: string,
): Pick<StudentConfig, 'normSoftening'> {
  const value = readWithin({ normSoftening }, 'normSoftening', { ...SOFTENING_RANGE, where });
  return value === NORM_SOFTENING ? {} : { normSoftening: value };
}

function readFlag(fields: Readonly<Record<string, unknown>>, key: string, where: string): boolean {
  const { [key]: value = false } = fields;
  if (typeof value === 'boolean') return value;
  throw fieldError(key, 'true or false', { value, where });
}
