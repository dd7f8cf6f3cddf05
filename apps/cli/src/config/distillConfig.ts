import type { IsolatedAtoms } from '@mlffd/student';
import type { LossKind, StageInput } from '@mlffd/train';
import type { TeacherSpec } from '@mlffd/teachers';

/** Amplitudes of random structures around a start structure. */
export interface RattleConfig {
  /** Names of the systems; default all. */
  readonly systems?: readonly string[] | undefined;
  /** How many structures per system. */
  readonly count: number;
  /** Standard deviation of the Gaussian displacements, Angstrom. */
  readonly displacement: number;
  /** Largest strain component, dimensionless. */
  readonly strain: number;
}

/** Trajectories run with the teacher; each is one group, which never straddles a split. */
export interface TrajectoryConfig {
  /** Names of the systems; default all. */
  readonly systems?: readonly string[] | undefined;
  /** Temperatures of the Langevin thermostat, K. */
  readonly temperatures: readonly number[];
  /** Trajectories per system and temperature. */
  readonly trajectories: number;
  /** Frames kept of each trajectory. */
  readonly frames: number;
  /** Steps between kept frames. */
  readonly stride: number;
  /** Steps before the first kept frame. */
  readonly equilibration: number;
  /** Time step, fs. */
  readonly timestep: number;
  /** Friction of the thermostat, 1/fs. */
  readonly friction: number;
  /** Largest strain component of a trajectory's cell, dimensionless. */
  readonly strain: number;
}

/** A crystal by prototype, or the structures of a file. */
export type SystemConfig =
  | {
      readonly name: string;
      readonly crystal: 'rocksalt' | 'cscl' | 'zincblende' | 'fcc' | 'bcc' | 'diamond';
      readonly elements: readonly string[];
      /** Lattice constant of the conventional cell, Angstrom. */
      readonly a: number;
      /** Repetitions of the conventional cell. */
      readonly supercell: readonly [number, number, number];
    }
  | { readonly name: string; readonly file: string };

/** What the student looks like: a preset, or a size of one's own. */
export interface StudentConfig {
  readonly preset?: string | undefined;
  readonly features?: number | undefined;
  readonly interactions?: number | undefined;
  readonly radialBasis?:
    | { readonly type: 'bessel' | 'gaussian'; readonly count: number }
    | undefined;
  /** Interaction range, Angstrom. */
  readonly cutoff?: number | undefined;
  readonly cutoffFunction?: 'cosine' | 'polynomial' | undefined;
  /** One filter network for all blocks. */
  readonly sharedFilters?: boolean | undefined;
  /** Largest atomic number of the embedding. */
  readonly maxAtomicNumber?: number | undefined;
  /** Repulsion of nuclei at short distances. */
  readonly zbl?: boolean | undefined;
  /** Where it ends, over the sum of two covalent radii. */
  readonly zblReach?: number | undefined;
  /** Whether an isolated atom has its reference energy. */
  readonly isolatedAtoms?: IsolatedAtoms | undefined;
  /** Energies depend on the total charge. */
  readonly charge?: boolean | undefined;
  /** Energies depend on the number of unpaired electrons. */
  readonly spin?: boolean | undefined;
  /** Roundness of the energy where symmetry makes vector features zero. */
  readonly normSoftening?: number | undefined;
}

/** How the student is trained. */
interface TrainingConfig {
  readonly epochs: number;
  /** Structures per optimiser step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly warmupSteps: number;
  readonly ema: number;
  readonly gradientClip: number;
  /** Weights of the loss terms, each normalised to the scale of its labels. */
  readonly weights: { readonly energy: number; readonly forces: number; readonly stress: number };
  /** Penalty of a residual; default `mse`. */
  readonly kind?: LossKind | undefined;
  /** Parts of the run with loss weights and learning rates of their own. */
  readonly stages?: readonly StageInput[] | undefined;
  /** Epochs without improvement before training stops. */
  readonly patience: number;
  /** Share of the training groups held out for validation. */
  readonly validationFraction: number;
  /** Worker threads; the result does not depend on it. */
  readonly workers: number;
}

/** Molecular dynamics with the student, compared with the teacher. */
interface ValidationConfig {
  /** Which system's start structure is run. */
  readonly system: string;
  /** Initial temperature of the microcanonical run, K. */
  readonly temperature: number;
  /** Length of the microcanonical run, ps. */
  readonly picoseconds: number;
  /** Time step, fs. */
  readonly timestep: number;
  /** Frames of the student's own trajectory on which the teacher is asked. */
  readonly teacherFrames: number;
}

/** Goals: a figure that misses its goal makes the verdict fail. */
export interface GatesConfig {
  readonly forceR2: number;
  readonly accuracy: number;
  /** meV/atom/ps, for the absolute slope and both ends of its band. */
  readonly nveSlope: number;
  readonly speedup: number;
}

/** Everything that `mlffd distill` needs to know; see `config/schema.ts` for defaults and bounds. */
export interface DistillConfig {
  readonly name: string;
  readonly seed: number;
  readonly teacher: TeacherSpec;
  readonly systems: readonly SystemConfig[];
  readonly sampling: {
    readonly rattle?: RattleConfig | undefined;
    readonly dynamics: readonly TrajectoryConfig[];
  };
  /** Held-out trajectories: no frame of them is ever trained on. */
  readonly test: TrajectoryConfig;
  readonly student: StudentConfig;
  readonly training: TrainingConfig;
  readonly validation: ValidationConfig;
  readonly benchmark: {
    /** Which system's start structure is repeated; default the validation system. */
    readonly system?: string | undefined;
    /**
     * Numbers of atoms for the comparison of speed, multiples of the system's. Default 64 and 216
     * where they are, else the system as it is.
     */
    readonly atoms?: readonly number[] | undefined;
    readonly calls: number;
  };
  readonly gates: GatesConfig;
  /** Teacher sessions that run side by side; the result does not depend on it. */
  readonly concurrency: number;
}
