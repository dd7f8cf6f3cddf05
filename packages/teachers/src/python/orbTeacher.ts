import { invalidOption, requireCount, requireOneOf } from '../checks.ts';
import { ORB_PRESETS, type OrbModel, takesCharge } from './presets/orb.ts';
import type { JsonValue } from './presets/preset.ts';
import type { PythonTeacherOptions, WorkerOptions } from './pythonOptions.ts';
import { PythonTeacher } from './pythonTeacher.ts';
import { WrappedTeacher } from './wrappedTeacher.ts';

const PRECISIONS = ['float32-high', 'float32-highest', 'float64'] as const;
/** How orb-models can find neighbours. */
export const ORB_EDGE_METHODS = [
  'knn_scipy',
  'knn_brute_force',
  'knn_cuml_brute',
  'knn_cuml_rbc',
] as const;
const DEVICE = /^(cpu|mps|cuda(:\d+)?)$/;

/** How an Orb model computes. */
export interface OrbOptions {
  /** Default `orb-v2`. */
  readonly model?: OrbModel;
  /**
   * File with the weights of that model, or of one fine-tuned from it by orb-models. Default: the
   * download of orb-models, which it keeps in `~/.cache/cached_path`.
   */
  readonly weights?: string;
  /** `cpu`, `cuda`, `cuda:1`, `mps`. Default: the first GPU of CUDA where there is one. */
  readonly device?: string;
  /**
   * Numbers that the network computes with. `float32-high` lets GPUs use TF32; on a CPU it is
   * `float32-highest`. Default `float32-high`, as in orb-models.
   */
  readonly precision?: (typeof PRECISIONS)[number];
  /**
   * torch.compile: faster on GPUs for many structures, but the start and the first structures take a
   * minute; needs a C++ compiler. Default false; orb-models has true.
   */
  readonly compile?: boolean;
  /** Neighbours that each atom keeps, the nearest ones. Default: those the model was trained with. */
  readonly maxNeighbors?: number;
  /** How neighbours are found; the answers are the same. Default: what suits device and size. */
  readonly edgeMethod?: (typeof ORB_EDGE_METHODS)[number];
  /** Halves the memory of the neighbour search for some thousand atoms. Default: above 5000 atoms. */
  readonly halfSupercell?: boolean;
  /** Charge (e) of structures that tell none; for models of OMol25 only. Default: they are refused. */
  readonly charge?: number;
  /** Unpaired electrons of structures that tell none; as `charge`. */
  readonly spin?: number;
}

/** Model, worker, and what is told. */
export type OrbTeacherOptions = OrbOptions &
  WorkerOptions &
  Pick<PythonTeacherOptions, 'onEvent' | 'signal'>;

/**
 * Orb of Orbital Materials, by orb-models in a Python process of its own.
 *
 * Most models predict forces directly, so that they are no gradient: `auditTeacher` measures how far
 * off. Structures are periodic along all axes or none.
 */
export class OrbTeacher extends WrappedTeacher {
  /** Name of the model in orb-models. */
  readonly model: OrbModel;

  private constructor(model: OrbModel, worker: PythonTeacher) {
    super(worker);
    this.model = model;
  }

  /**
   * Starts the worker and loads the model.
   *
   * @throws InvalidArgumentError `teachers/invalid-option` before anything is started
   * @throws PythonTeacherError `teachers/offline` with the command that fetches the weights,
   * `teachers/missing-file`, `teachers/bad-weights`, and what `PythonTeacher.start` throws
   */
  static async start(options: OrbTeacherOptions = {}): Promise<OrbTeacher> {
    const { model = 'orb-v2', ...rest } = options;
    requireOneOf(model, 'model', Object.keys(ORB_PRESETS));
    const { args, others } = split(rest);
    checkOptions(model, options);
    const worker = await PythonTeacher.start({ ...others, preset: model, args });
    return new OrbTeacher(model, worker);
  }
}

/** Names of the options in Python. */
const ARGUMENTS: Readonly<Record<keyof Omit<OrbOptions, 'model'>, string>> = {
  weights: 'weights',
  device: 'device',
  precision: 'precision',
  compile: 'compile',
  maxNeighbors: 'max_num_neighbors',
  edgeMethod: 'edge_method',
  halfSupercell: 'half_supercell',
  charge: 'charge',
  spin: 'spin',
};

/** Arguments of the factory, and options of the worker. */
function split(options: Omit<OrbTeacherOptions, 'model'>): {
  args: Record<string, JsonValue>;
  others: Omit<OrbTeacherOptions, keyof OrbOptions>;
} {
  const args: Record<string, JsonValue> = {};
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries<unknown>(options)) {
    if (!Object.hasOwn(ARGUMENTS, name)) others[name] = value;
    else if (value !== undefined) {
      args[ARGUMENTS[name as keyof typeof ARGUMENTS]] = value as JsonValue;
    }
  }
  return { args, others };
}

function checkOptions(model: OrbModel, options: OrbOptions): void {
  const { precision, edgeMethod, device, maxNeighbors, charge, spin } = options;
  if (precision !== undefined) requireOneOf(precision, 'precision', PRECISIONS);
  if (edgeMethod !== undefined) requireOneOf(edgeMethod, 'edgeMethod', ORB_EDGE_METHODS);
  if (device !== undefined && !DEVICE.test(device)) {
    throw invalidOption('device', device, 'cpu, cuda, cuda:1 (a number), or mps');
  }
  if (maxNeighbors !== undefined) requireCount(maxNeighbors, 'maxNeighbors');
  if (charge !== undefined && !Number.isInteger(charge)) {
    throw invalidOption('charge', charge, 'an integer, e');
  }
  if (spin !== undefined && !(Number.isInteger(spin) && spin >= 0)) {
    throw invalidOption('spin', spin, 'a number of unpaired electrons');
  }
  if ((charge !== undefined || spin !== undefined) && !takesCharge(model)) {
    const name = charge === undefined ? 'spin' : 'charge';
    throw invalidOption(
      name,
      options[name],
      `none with ${model}; orb-v3-conservative-omol takes it`,
    );
  }
}
