import { dirname, join, resolve } from 'node:path';
import { symbolOf } from '@mlffd/core';
import {
  fitNormalization,
  loadSplit,
  rankWarning,
  saveNormalization,
  type Normalization,
} from '@mlffd/data';
import type { CommandIo } from '../../terminal/io.ts';
import { positive } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { withDataset } from './withDataset.ts';

interface NormalizeFlags {
  readonly split?: string;
  readonly cutoff: string;
  readonly out?: string;
}

/** `mlffd data normalize`: reference energies, scale of the forces, mean number of neighbours. */
export function dataNormalizeCommand(
  file: string,
  flags: NormalizeFlags,
  io: CommandIo,
): Promise<void> {
  const out = resolve(flags.out ?? join(dirname(file), 'normalization.json'));
  return withDataset(file, 'normalize', io, async ({ dataset, display, progress }) => {
    const indices =
      flags.split === undefined
        ? Int32Array.from({ length: dataset.length }, (_, k) => k)
        : loadSplit(flags.split, dataset).train;
    const normalization = await fitNormalization(dataset, indices, {
      cutoff: positive(flags.cutoff, '--cutoff'),
      signal: io.signal,
      onEvent: progress,
    });
    makeOutputFolder(dirname(out));
    saveNormalization(out, normalization, dataset);
    display.print(normalizationText(normalization));
    display.print(`file     ${out}`);
  });
}

function normalizationText(normalization: Normalization): string {
  const { referenceEnergies, energyResidual, forceRms, meanNeighbors, cutoff } = normalization;
  const warning = rankWarning(normalization);
  return [
    ...Object.entries(referenceEnergies).map(
      ([number, energy]) => `  ${symbolOf(Number(number)).padEnd(3)}${energy.toFixed(4)} eV`,
    ),
    `energy   ${energyResidual.toFixed(1)} meV/atom (RMS) beyond these reference energies`,
    `forces   ${forceRms.toPrecision(4)} eV/Angstrom (RMS)`,
    `mean     ${meanNeighbors.toFixed(1)} neighbours within ${String(cutoff)} Angstrom`,
    ...(warning === undefined ? [] : [`warning: ${warning}`]),
  ].join('\n');
}
