import type { StudentConfig } from '../config/distillConfig.ts';

/** A student as `distill` takes it, and what training accepts besides. */
export interface TrainStudentConfig extends StudentConfig {
  /** One filter network for all blocks. */
  readonly sharedFilters?: boolean | undefined;
  /** Largest atomic number of the embedding. */
  readonly maxAtomicNumber?: number | undefined;
}

/** Fractions of a split that is made for the run. */
export interface SplitConfig {
  readonly by: 'group' | 'composition' | 'random';
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** Who labelled the data, for the card. */
interface TeacherCardConfig {
  /** Default: what the dataset says. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly license?: string | undefined;
  readonly citation?: string | undefined;
  readonly url?: string | undefined;
  /** Licence of the student's weights. */
  readonly studentLicense?: string | undefined;
}

/** Goals; those that are not given are not asked for. */
export interface TrainGates {
  readonly forceR2?: number | undefined;
  readonly accuracy?: number | undefined;
  /** meV/Angstrom. */
  readonly forceMae?: number | undefined;
  /** meV/atom. */
  readonly energyMae?: number | undefined;
  /** meV/atom/ps, for the absolute slope and both ends of its band. */
  readonly nveSlope?: number | undefined;
  /** Time of a call, us. */
  readonly microseconds?: number | undefined;
}

/** Run at constant energy with the student. */
export interface DynamicsConfig {
  /** `id` of the structure; default: one of middle size that was held out. */
  readonly structure?: string | undefined;
  /** K; default: mean temperature of the data where they are from dynamics, else 300. */
  readonly temperature?: number | undefined;
  readonly picoseconds: number;
  /** fs; default 0.5 with hydrogen, else 1. */
  readonly timestep?: number | undefined;
}

/** Labels of a better method on the same structures, or how far the teacher is from it, meV/Angstrom. */
export type ReferenceConfig =
  | { readonly dataset: string }
  | { readonly forceMae?: number | undefined; readonly forceRmse?: number | undefined };

/** Everything that `mlffd train` needs to know; see `trainSchema.ts` for defaults and bounds. */
export interface TrainRunConfig {
  readonly name: string;
  readonly seed: number;
  /** Labelled structures, relative to the configuration file. */
  readonly dataset: string;
  /** File of `mlffd data split`, or fractions. */
  readonly split: string | SplitConfig;
  readonly student?: TrainStudentConfig | undefined;
  /** Keys of the configuration of `@mlffd/train`, but `model` and `seed`. */
  readonly training: Readonly<Record<string, unknown>>;
  readonly teacher: TeacherCardConfig;
  readonly gates?: TrainGates | undefined;
  readonly dynamics: DynamicsConfig | false;
  readonly benchmark: { readonly calls: number };
  readonly reference?: ReferenceConfig | undefined;
}
