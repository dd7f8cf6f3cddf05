import type { LabelProperty } from '@mlffd/data';
import { PRESETS, type PresetName, type StudentConfig as StudentModel } from '@mlffd/student';
import type { TrainConfigInput } from '@mlffd/train';
import { ConfigError } from '../config/load.ts';
import { studentModel } from '../stages/train.ts';
import type { TrainRunConfig, TrainStudentConfig } from './trainConfig.ts';

/** How a run begins: with random weights, with a student's, or by tuning a student. */
export type Verb = 'train' | 'init-from' | 'finetune';

/** What the defaults of a training depend on. */
export interface TrainingTask {
  readonly config: TrainRunConfig;
  readonly model: StudentModel;
  readonly verb: Verb;
  /** Training structures that have each label. */
  readonly labels: Readonly<Record<LabelProperty, number>>;
  /** Training structures. */
  readonly structures: number;
}

type Values = Readonly<Record<string, unknown>>;

const LEARNING_RATE = 1e-3;
const EPOCHS = 100;
const BATCH = 16;

/**
 * The trainer's configuration: what the file gives, and defaults that suit the labels.
 *
 * Without weights or stages of its own, a run has two stages: forces first, since they hold most of
 * what is to be learned, then energies with them. Energies of atoms, which are the teacher's choice,
 * are learned in the first one only. A student that is tuned has one stage at a
 * tenth of the rate, so that nothing is unlearned by a restart.
 */
export function trainerConfig(task: TrainingTask): TrainConfigInput {
  const { config, model, verb, labels, structures } = task;
  const given = config.training;
  const [energy, forces, stress] = (['energy', 'forces', 'stress'] as const).map(
    (name) => labels[name] > 0,
  );
  if (!energy && !forces) throw noLabels(config.dataset);
  const both = energy && forces;
  const optimizer = values(given.optimizer);
  const loss = values(given.loss);
  const weighted = ['energy', 'forces', 'stress'].some((term) => term in loss);
  const tuned = verb === 'finetune';
  const weights = {
    energy: energy ? (tuned && both ? 10 : 1) : 0,
    forces: forces ? 100 : 0,
    stress: stress ? 1000 : 0,
  };
  const rate = number(optimizer.learningRate) ?? (tuned ? LEARNING_RATE / 10 : LEARNING_RATE);
  const staged = both && !weighted && !tuned;
  const stages = [
    { until: 0.6, loss: { energy: 30, forces: 100 } },
    { loss: { energy: 200, forces: 100, ...('nodeEnergies' in loss ? { nodeEnergies: 0 } : {}) } },
  ];
  const length = 'epochs' in given || 'steps' in given ? {} : { epochs: EPOCHS };
  const metric = both
    ? { energy: 1, forces: 1 }
    : forces
      ? 'force_mae_meV_A'
      : 'energy_mae_meV_atom';
  // Checked by the schema of the file; the labels are checked here, as nobody knew them before.
  const merged = {
    ...length,
    ...given,
    model,
    seed: config.seed,
    loss: weighted ? loss : { ...weights, ...loss },
    stages: given.stages ?? (staged ? stages : []),
    optimizer: { ...optimizer, learningRate: rate },
    schedule: scheduleOf(values(given.schedule), stepsOf({ ...length, ...given }, structures)),
    validation: { metric, ...values(given.validation) },
    checkpoint: { everySeconds: 20, ...values(given.checkpoint) },
  } as TrainConfigInput;
  requireLabels(merged, labels);
  return merged;
}

/** Model of a run: a preset with what the file changes. */
export function modelOf(config: TrainRunConfig, preset?: string): StudentModel {
  const own = config.student ?? {};
  if (preset === undefined) return studentModel(own);
  const { preset: named, features, interactions, ...rest } = own;
  if (named ?? features ?? interactions) {
    throw new ConfigError('config/preset-twice', '--presets sets the sizes of the students.', {
      where: 'student',
      expected: 'neither preset nor features nor interactions',
      found: Object.keys(own).join(', '),
      hint: 'Remove these keys, or leave --presets out.',
    });
  }
  return studentModel({ ...rest, preset });
}

/** Names of `--presets`. */
export function presetNames(list: string): PresetName[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  const known = Object.keys(PRESETS);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names as PresetName[];
  throw new ConfigError('config/preset', `No preset is named '${unknown}'.`, {
    where: '--presets',
    expected: known.join(', '),
    found: unknown,
  });
}

/** Keys of a model that were written down, for the comparison with a student that exists. */
export function writtenModel(student: TrainStudentConfig | undefined): Partial<StudentModel> {
  const { preset, ...own } = student ?? {};
  const base = preset === undefined ? {} : PRESETS[preset as PresetName];
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(given) };
}

function values(value: unknown): Values {
  return typeof value === 'object' && value !== null ? (value as Values) : {};
}

const number = (value: unknown): number | undefined =>
  typeof value === 'number' ? value : undefined;

/** Steps of a run, as far as they can be told before batches are made. */
function stepsOf(given: Values, structures: number): number {
  const { steps, epochs = EPOCHS, batchSize = BATCH } = given;
  return number(steps) ?? Number(epochs) * Math.ceil(structures / Number(batchSize));
}

/** A warm-up of a hundred steps, but never more than a twentieth of the run. */
function scheduleOf(given: Values, steps: number): Values {
  if (given.type === 'one-cycle' || 'warmupSteps' in given) return given;
  return { ...given, warmupSteps: Math.min(100, Math.ceil(steps / 20)) };
}

function requireLabels(config: TrainConfigInput, labels: TrainingTask['labels']): void {
  const { loss, stages = [], validation } = config;
  const terms = ['energy', 'forces'] as const;
  const places = new Map<LabelProperty, string>();
  // The label of a term has the name that calculators have for it.
  if (stages.some((stage) => (stage.loss?.nodeEnergies ?? 0) > 0)) places.set('energies', 'stages');
  else if ((loss?.nodeEnergies ?? 0) > 0) places.set('energies', 'loss.nodeEnergies');
  const metric = validation?.metric;
  for (const term of terms) {
    if (typeof metric === 'object' && (metric[term] ?? 0) > 0)
      places.set(term, 'validation.metric');
    if (typeof metric === 'string' && metric.startsWith(term.slice(0, 5))) {
      places.set(term, 'validation.metric');
    }
    if (stages.some((stage) => (stage.loss?.[term] ?? 0) > 0)) places.set(term, 'stages');
    if (stages.length === 0 && (loss?.[term] ?? (term === 'forces' ? 100 : 1)) > 0) {
      places.set(term, 'loss');
    }
  }
  const missing = ([...terms, 'energies'] as const).find(
    (term) => labels[term] === 0 && places.has(term),
  );
  if (missing === undefined) return;
  const kinds = Object.entries(labels).filter(([, known]) => known > 0);
  throw new ConfigError('config/label-missing', `No training structure has a label ${missing}.`, {
    where: `training.${places.get(missing) ?? ''}`,
    expected: `labels of ${missing}, as ${places.get(missing) ?? ''} asks for`,
    found: kinds.map(([name]) => name).join(', '),
    hint: `Give ${missing} a weight of 0 there, or label the structures. Leave loss, stages and metric out for defaults that suit the labels.`,
  });
}

function noLabels(dataset: string): ConfigError {
  return new ConfigError('config/no-labels', 'No training structure has an energy or forces.', {
    where: dataset,
    expected: 'labels of energy, forces or both',
    found: 'none',
    hint: 'Check the names of the label keys in the file (extended XYZ: energy, forces, stress).',
  });
}
