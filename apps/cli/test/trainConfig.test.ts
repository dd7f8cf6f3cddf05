import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parsePainnConfig, PRESETS } from '@mlffd/student';
import { parseTrainConfig } from '@mlffd/train';
import { ConfigError, parseYaml } from '../src/config/load.ts';
import { modelOf, trainerConfig, type TrainingTask } from '../src/training/definition.ts';
import { trainSchema } from '../src/training/trainSchema.ts';
import { mlffd } from './support/mlffd.ts';
import { TRAIN_YAML } from './support/trainYaml.ts';

const parse = (text: string) => parseYaml(text, 'train.yaml', trainSchema);

function faults(text: string): string {
  try {
    parse(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was accepted');
}

const task = (text: string, labels: Partial<TrainingTask['labels']>): TrainingTask => {
  const config = parse(text);
  return {
    config,
    model: modelOf(config),
    verb: 'train',
    labels: { energy: 0, forces: 0, stress: 0, energies: 0, ...labels },
    structures: 1000,
  };
};

const MINIMAL = 'name: x\ndataset: d.h5\n';

describe('the configuration of a training', () => {
  test.each([
    ['dataset:', 'datset:', "unknown key 'datset'; did you mean 'dataset'?"],
    ['features: 8', 'featrues: 8', "student.featrues: unknown key 'featrues'; did you mean"],
    ['features: 8', 'normSoftening: 0', 'line 6, student.normSoftening'],
    ['features: 8', 'zblReach: 1.2', 'student.zblReach'],
    ['features: 8', 'normSoftening: 11', 'student.normSoftening'],
    ['batchSize: 4', 'batchsize: 4', 'unknown key "batchsize", did you mean "batchSize"?'],
    ['learningRate: 0.01', 'learnignRate: 0.01', 'did you mean "learningRate"?'],
    ['epochs: 6', 'epochs: many', 'line 8, training.epochs'],
    ['epochs: 6', 'epochs: 6\n  steps: 3', 'either "epochs" or "steps"'],
    ['epochs: 6', 'epochs: 6\n  model: {}', 'training.model: belongs to `student`'],
    ['test: 0.2', 'test: 0.3', 'add up to 1.1'],
    ['picoseconds: 0.05, temperature: 50', 'picoseconds: -1', 'dynamics.picoseconds'],
    ['dynamics: {', 'reference: {}\ndynamics: {', 'give dataset, or forceMae, or forceRmse'],
    ['dynamics: { picoseconds: 0.05, temperature: 50 }', 'dynamics: false', 'gates.nveSlope'],
    ['tiny-molecules', 'a/b', 'a name of letters'],
  ])('%s -> %s is refused with its place', (from, to, message) => {
    expect(faults(TRAIN_YAML.replace(from, to))).toContain(message);
  });

  test('a dataset is enough', () => {
    expect(parse(MINIMAL)).toMatchObject({
      seed: 1,
      split: { by: 'group', train: 0.8, validation: 0.1, test: 0.1 },
      dynamics: { picoseconds: 5 },
    });
  });

  test('hyper-parameters of the student reach the trainer, over those of the preset', () => {
    const softened = `${MINIMAL}student: { preset: tiny, normSoftening: 0.1 }`;
    const { model } = parseTrainConfig(trainerConfig(task(softened, { energy: 1 })));
    expect(model).toEqual(parsePainnConfig({ ...PRESETS.tiny, normSoftening: 0.1 }));
    const repelled = `${MINIMAL}student: { preset: tiny, zbl: true }`;
    const { model: other } = parseTrainConfig(trainerConfig(task(repelled, { energy: 1 })));
    expect(other).toMatchObject({ zbl: true, zblReach: 0.7 });
  });

  test('the bundled example is valid', () => {
    const text = readFileSync(new URL('../assets/train.yaml', import.meta.url), 'utf8');
    const config = parse(text);
    expect(
      parseTrainConfig(trainerConfig(task(text, { energy: 1, forces: 1 }))).stages,
    ).toHaveLength(2);
    expect(config.name).toBe('crystals-tiny');
  });

  test('its schema names the keys of the trainer', async () => {
    const { code, stdout } = await mlffd(['schema', '--of', 'train']);
    expect(code).toBe(0);
    const schema = JSON.parse(stdout) as {
      properties: {
        student: { properties: { normSoftening: object } };
        training: { properties: object; additionalProperties: boolean };
      };
    };
    const { student, training } = schema.properties;
    expect(Object.keys(training.properties)).toContain('optimizer');
    expect(Object.keys(training.properties)).not.toContain('model');
    expect(training.additionalProperties).toBe(false);
    expect(student.properties.normSoftening).toMatchObject({ minimum: 1e-15, maximum: 10 });
  });
});

describe('the defaults of a training', () => {
  test('suit the labels', () => {
    const both = parseTrainConfig(trainerConfig(task(MINIMAL, { energy: 1, forces: 1 })));
    expect(both).toMatchObject({
      epochs: 100,
      loss: { energy: 1, forces: 100, stress: 0 },
      optimizer: { learningRate: 1e-3 },
      schedule: { type: 'cosine', warmupSteps: 100 },
      validation: { metric: { energy: 1, forces: 1 } },
    });
    expect(both.stages.map(({ loss }) => loss.energy)).toEqual([30, 200]);
    const stress = { energy: 1, forces: 1, stress: 1 };
    expect(parseTrainConfig(trainerConfig(task(MINIMAL, stress))).loss.stress).toBe(1000);
    const forces = parseTrainConfig(trainerConfig(task(MINIMAL, { forces: 1 })));
    expect(forces).toMatchObject({
      loss: { energy: 0, forces: 100 },
      stages: [],
      validation: { metric: 'force_mae_meV_A' },
    });
    const energies = parseTrainConfig(trainerConfig(task(MINIMAL, { energy: 1 })));
    expect(energies.validation.metric).toBe('energy_mae_meV_atom');
    expect(() => trainerConfig(task(MINIMAL, {}))).toThrow('an energy or forces');
  });

  test('weights of the user make one stage, and a kind of penalty does not', () => {
    const labels = { energy: 1, forces: 1 };
    const weights = `${MINIMAL}training: { loss: { energy: 3 } }`;
    expect(trainerConfig(task(weights, labels)).stages).toEqual([]);
    const kind = `${MINIMAL}training: { loss: { kind: huber } }`;
    expect(trainerConfig(task(kind, labels))).toMatchObject({
      loss: { kind: 'huber', forces: 100 },
      stages: [{ until: 0.6 }, { loss: { energy: 200 } }],
    });
  });

  test('energies of atoms are learned in the first stage, unless stages say otherwise', () => {
    const labels = { energy: 1, forces: 1, energies: 1 };
    const nodes = `${MINIMAL}training: { loss: { nodeEnergies: 2 } }`;
    const { loss, stages } = parseTrainConfig(trainerConfig(task(nodes, labels)));
    expect(loss).toMatchObject({ energy: 1, forces: 100, nodeEnergies: 2 });
    expect(stages.map((stage) => stage.loss.nodeEnergies)).toEqual([2, 0]);
    const one = `${MINIMAL}training: { stages: [], loss: { nodeEnergies: 2 } }`;
    expect(parseTrainConfig(trainerConfig(task(one, labels))).stages).toEqual([]);
    expect(() => trainerConfig(task(nodes, { energy: 1, forces: 1 }))).toThrow(
      expect.objectContaining({
        code: 'config/label-missing',
        where: 'training.loss.nodeEnergies',
      }),
    );
    const typo = `${MINIMAL}training: { loss: { nodeEnergy: 2 } }`;
    expect(faults(typo)).toContain('did you mean "nodeEnergies"?');
  });

  test('a warm-up is a twentieth of a short run, and not of a schedule without one', () => {
    const labels = { energy: 1, forces: 1 };
    const short = `${MINIMAL}training: { steps: 200 }`;
    expect(trainerConfig(task(short, labels)).schedule).toEqual({ warmupSteps: 10 });
    const cycle = `${MINIMAL}training: { schedule: { type: one-cycle } }`;
    expect(trainerConfig(task(cycle, labels)).schedule).toEqual({ type: 'one-cycle' });
  });

  test.each([
    ['validation: { metric: energy_mae_meV_atom }', 'validation.metric'],
    ['validation: { metric: { energy: 1 } }', 'validation.metric'],
    ['stages: [{ until: 0.5 }, { loss: { energy: 1 } }]', 'stages'],
  ])('%s without energies is refused', (text, where) => {
    const config = `${MINIMAL}training: { ${text} }`;
    expect(() => trainerConfig(task(config, { forces: 1 }))).toThrow(
      expect.objectContaining({ where: `training.${where}`, found: 'forces' }),
    );
  });
});
