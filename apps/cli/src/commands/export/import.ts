import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AbortedError, FileFormatError, fileSystemError, symbolOf } from '@mlffd/core';
import {
  fromSchnetpack,
  type ImportedStudent,
  saveStudent,
  schnetpackScript,
} from '@mlffd/student';
import type { CommandIo } from '../../terminal/io.ts';
import { ENERGY_UNITS, type EnergyUnit } from './units.ts';

/** Options of `mlffd import`. */
export interface ImportFlags {
  readonly out: string;
  readonly python: string;
  readonly elements?: string;
  readonly energyUnit: EnergyUnit;
}

/** First bytes of a file that torch writes (a zip archive). */
const ZIP = 'PK';

/** `mlffd import`: a student from schnetpack's PaiNN. */
export async function importCommand(
  file: string,
  flags: ImportFlags,
  io: CommandIo,
): Promise<void> {
  const bytes = isSavedModel(file) ? await extract(file, flags, io.signal) : read(file);
  const found = await fromSchnetpack(bytes, {
    where: file,
    energyUnit: ENERGY_UNITS[flags.energyUnit],
  });
  const out = resolve(flags.out);
  await saveStudent(out, found.student);
  const { config, baseline } = found.student;
  const elements = (baseline.elements ?? []).map((z) => symbolOf(z)).join(', ');
  io.stdout.write(
    `student  ${out}\n` +
      `PaiNN, ${String(config.features)} features, ${String(config.interactions)} interactions, cutoff ${String(config.cutoff)} Angstrom; ${elements}\n` +
      `${comparison(found)}\n`,
  );
}

function comparison({ checked, energyError, forceError }: ImportedStudent): string {
  if (checked === 0) return 'the file holds no answers of schnetpack to compare with';
  return (
    `compared with schnetpack on ${String(checked)} structures: energies within ` +
    `${energyError.toExponential(1)} eV/atom, forces within ${forceError.toExponential(1)} eV/Angstrom`
  );
}

function read(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw fileSystemError('read', file, cause);
  }
}

function isSavedModel(file: string): boolean {
  const start = Buffer.alloc(ZIP.length);
  try {
    const handle = openSync(file, 'r');
    try {
      readSync(handle, start);
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    throw fileSystemError('read', file, cause);
  }
  return start.toString('latin1') === ZIP;
}

/** Has the user's Python take the tensors out of a pickled model. */
async function extract(file: string, flags: ImportFlags, signal: AbortSignal): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-import-'));
  try {
    const out = join(folder, 'model.safetensors');
    const args = [fileURLToPath(schnetpackScript()), 'extract', resolve(file), out];
    if (flags.elements !== undefined) args.push('--elements', flags.elements);
    const { code, stderr } = await runPython(flags.python, args, signal);
    if (code !== 0) throw refused(file, flags.python, stderr);
    return readFileSync(out);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runPython(
  python: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ code: number; stderr: string }> {
  return new Promise((done, fail) => {
    // No __pycache__ beside the script of an installed package.
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(python, args, { env, signal, stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', (cause) => {
      if (signal.aborted) {
        fail(new AbortedError('import/aborted', 'import stopped', { found: 'the signal to stop' }));
      } else done({ code: -1, stderr: cause.message });
    });
    child.on('close', (code) => {
      done({ code: code ?? -1, stderr });
    });
  });
}

function refused(file: string, python: string, stderr: string): FileFormatError {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const reason = /^refused: (.*)$/.exec(last)?.[1];
  const message =
    reason === undefined
      ? `${python} could not read ${file}: ${last}`
      : `${file} has no counterpart as a student: ${reason}`;
  return new FileFormatError('import/schnetpack', message, {
    expected: "schnetpack's NeuralNetworkPotential with PaiNN",
    found: reason ?? last,
    where: file,
    hint:
      reason === undefined
        ? 'Give an interpreter that has schnetpack 2.x with --python.'
        : 'Change that part of the model, or train a student from its labels.',
  });
}
