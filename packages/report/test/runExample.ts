import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const STEP_LINE = {
  step: 50,
  epoch: 0,
  loss: 12.5,
  energy: 0.5,
  forces: 0.12,
  stress: 0,
  learningRate: 1e-4,
  gradientNorm: 3,
};

export const EPOCH_LINE = {
  epoch: 1,
  step: 100,
  learningRate: 1e-3,
  loss: 9,
  energyLoss: 0.4,
  forceLoss: 0.09,
  stressLoss: 0,
  gradientNorm: 2,
  largestGradientNorm: 8,
  validation: {
    structures: 6,
    atoms: 30,
    energy_mae_meV_atom: 12,
    force_mae_meV_A: 80,
    force_rmse_meV_A: 110,
    force_r2: 0.97,
    accuracy: 0.9,
    stress_mae_GPa: null,
    by_element: {
      H: { atoms: 20, force_mae_meV_A: 70 },
      O: { atoms: 10, force_mae_meV_A: 90, force_cosine: 0.98 },
    },
    by_force: [
      { low_eV_A: 0, high_eV_A: 1, force_mae_meV_A: 50 },
      { low_eV_A: 1, high_eV_A: null, force_mae_meV_A: 99 },
    ],
  },
};

/** Lines of a run of `epochs` epochs with 100 steps each, its error halved by each epoch but the last. */
export function exampleLog(epochs: number): object[] {
  return Array.from({ length: epochs }, (_, k) => {
    const share = 2 ** -Math.min(k, epochs - 2);
    const blocks = { embedding: { gradient: share, update: 1e-3 }, readout: { gradient: 1 } };
    const { validation } = EPOCH_LINE;
    const error = { force_mae_meV_A: 80 * share + (k === epochs - 1 ? 1 : 0) };
    return [
      { ...STEP_LINE, step: 100 * k + 50, epoch: k, loss: 12 * share, blocks, clipped: 0.5 },
      { ...STEP_LINE, step: 100 * (k + 1), epoch: k, loss: 10 * share, blocks, clipped: 0.25 },
      {
        ...EPOCH_LINE,
        epoch: k + 1,
        step: 100 * (k + 1),
        loss: 11 * share,
        clipped: 0.25,
        validation: { ...validation, ...error },
      },
    ];
  }).flat();
}

const CONFIG = {
  model: {
    features: 16,
    interactions: 2,
    radialBasis: { type: 'bessel', count: 8 },
    cutoff: 4.5,
    cutoffFunction: 'polynomial',
  },
  epochs: 4,
  optimizer: { learningRate: 1e-3, clipNorm: 10 },
  validation: { metric: 'force_mae_meV_A', patience: 3 },
  logEvery: 50,
};

/** What a run's folder is to hold. */
export interface ExampleRun {
  readonly config?: object;
  readonly lines?: readonly object[];
  /** Appended to the log as it is. */
  readonly tail?: string;
  readonly curve?: readonly object[];
  /** Steps of checkpoints with the times they are from, seconds. */
  readonly checkpoints?: Readonly<Record<number, number>>;
  /** When the process began and when the log was last written to, seconds. */
  readonly started?: number;
  readonly updated?: number;
}

/** Runs `body` with the folder of a run, which is removed afterwards. */
export async function withRun<T>(
  run: ExampleRun,
  body: (folder: string) => Promise<T> | T,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'run-'));
  const write = (name: string, text: string, at: number): void => {
    writeFileSync(join(folder, name), text);
    utimesSync(join(folder, name), at, at);
  };
  const { started = 1000, updated = 2000 } = run;
  try {
    const config = { version: '0.1.0', config: { ...CONFIG, ...run.config } };
    write('config.json', JSON.stringify(config), started);
    if (run.lines !== undefined) {
      const text = run.lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      write('log.jsonl', text + (run.tail ?? ''), updated);
    }
    if (run.curve !== undefined) write('curve.json', JSON.stringify(run.curve), updated);
    mkdirSync(join(folder, 'checkpoints'));
    for (const [step, at] of Object.entries(run.checkpoints ?? {})) {
      write(`checkpoints/step-${step.padStart(12, '0')}.ckpt`, '', at);
    }
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
