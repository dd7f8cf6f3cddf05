import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeDataset } from '@mlffd/data';
import { crystalFrames, moleculeFrames } from './storeStructures.mjs';

const STRUCTURES = 120_000;
const FRAMES = { crystal: 1000, molecule: 5000 };

/** Bytes of positions, forces and energies in float64 over those of the whole file. */
async function ratio(structures, options) {
  const folder = mkdtempSync(join(tmpdir(), 'mlffd-bench-'));
  try {
    const path = join(folder, 'set.h5');
    await writeDataset(path, structures, { teacher: 'bench', ...options });
    const raw = structures.reduce((sum, { atoms }) => sum + 48 * atoms.numbers.length + 8, 0);
    return raw / statSync(path).size;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function child(form) {
  const script = fileURLToPath(new URL('storeChild.mjs', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    script,
    form,
    String(STRUCTURES),
  ]);
  return JSON.parse(stdout);
}

export async function run({ report }) {
  const crystal = await crystalFrames(FRAMES.crystal);
  const molecule = await moleculeFrames(FRAMES.molecule);
  for (const form of ['plain', 'small']) {
    report({ name: `store/ratio-${form}`, value: await ratio(crystal, { form }), unit: 'x' });
    const value = await ratio(molecule, { form });
    report({ name: `store/ratio-${form}-molecule`, value, unit: 'x' });
  }
  let rss = 0;
  for (const form of ['plain', 'small']) {
    const found = await child(form);
    rss = Math.max(rss, found.rss);
    const suffix = form === 'plain' ? '' : '-small';
    report({ name: `store/random-batch-ms${suffix}`, value: found.batchMs, unit: 'ms' });
    report({ name: `store/random-batch-kb${suffix}`, value: found.batchKb, unit: 'KB' });
    report({ name: `store/first-batch-ms${suffix}`, value: found.firstBatchMs, unit: 'ms' });
    report({ name: `store/write-120k-s${suffix}`, value: found.writeSeconds, unit: 's' });
  }
  report({ name: 'store/rss-mb-120k', value: rss, unit: 'MB' });
}
