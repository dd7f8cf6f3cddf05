import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SPLIT, STRUCTURES } from './runs.ts';

const SCRIPT = fileURLToPath(new URL('child/train.mjs', import.meta.url));

/** What a child process is told to do. */
export interface Job {
  readonly folder: string;
  /** File for weights and learning curve. */
  readonly result: string;
  readonly config?: unknown;
  readonly resume?: boolean;
}

/** How a child process is treated. */
export interface Treatment {
  /** Sent SIGKILL as soon as it reports this step. */
  readonly killAtStep?: number;
  /** Largest file that it may write, KiB. */
  readonly fileLimit?: number;
}

/** Trains in a process of its own; returns the lines that it printed. */
export async function trainInChild(
  folder: string,
  job: Job,
  { killAtStep, fileLimit }: Treatment = {},
): Promise<string[]> {
  const file = join(folder, 'job.json');
  const plain = STRUCTURES.map(({ atoms, energy, forces, stress }) => ({
    atoms: {
      numbers: [...atoms.numbers],
      positions: [...atoms.positions],
      cell: [...atoms.cell],
      pbc: atoms.pbc,
    },
    energy,
    forces: [...forces!],
    stress: stress && [...stress],
  }));
  writeFileSync(file, JSON.stringify({ ...job, structures: plain, split: SPLIT }));
  const limit = fileLimit === undefined ? '' : `ulimit -f ${fileLimit}; `;
  // The flags that Jest runs with are not the child's.
  const child = spawn('bash', ['-c', `${limit}exec "$0" "$@"`, process.execPath, SCRIPT, file], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (killAtStep !== undefined && output.includes(`step ${killAtStep}\n`)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return output.trim().split('\n');
}
