import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FileFormatError, readTextFile, writeFileAtomic } from '@mlffd/core';
import { differences } from '@mlffd/train';
import { ConfigError } from '../../config/load.ts';
import { OWN_FILES, ownFile } from './folder.ts';
import type { Motion } from './motion.ts';

/** What decides about the trajectory: the same here, the same there. */
export interface Definition {
  /** Hash of who gives the forces. */
  readonly calculator: string;
  /** Hash of the teacher, where one is called. */
  readonly teacher?: string;
  readonly substeps?: number;
  /** Whether the teacher is called for what is unseen. */
  readonly teacherForUnseen: boolean;
  /** Hash of the structure, and of the velocities where those of the file are used. */
  readonly start: string;
  readonly velocities: 'file' | 'draw';
  /** eV/Angstrom. */
  readonly minimize: number | false;
  readonly fixed: readonly number[];
  readonly motion: Motion;
  readonly seed: number;
  readonly trajectory: string;
  readonly stride: number;
  readonly log: number;
}

/** `md.json`: what the run of a folder is. */
export interface MdRun {
  readonly definition: Definition;
  /** Step to run to; a later command may change it. */
  readonly steps: number;
  /** For people: what the hashes stand for. */
  readonly about: {
    readonly calculator: string;
    readonly teacher?: string;
    readonly start: string;
    readonly frame: number;
    readonly frames: number;
    readonly atoms: number;
    readonly formula: string;
  };
}

const FORMAT = 'mlffd-md-run';

/**
 * What the run of a folder is; undefined where there is none.
 *
 * @throws FileFormatError for a damaged file; ConfigError `md-run/foreign-files` where files of a run
 * lie without one
 */
export function readMdRun(folder: string, trajectory: string): MdRun | undefined {
  const path = ownFile(folder, 'settings');
  if (!existsSync(path)) {
    const inTheWay = [OWN_FILES.restart, OWN_FILES.energies, trajectory].filter((name) =>
      existsSync(join(folder, name)),
    );
    if (inTheWay.length === 0) return undefined;
    throw new ConfigError(
      'md-run/foreign-files',
      `${folder} holds files that are not of this run.`,
      {
        where: folder,
        expected: `a folder of \`mlffd md\`, with ${OWN_FILES.settings}, or a new one`,
        found: inTheWay.join(', '),
        hint: 'Use another --out folder; nothing is overwritten.',
      },
    );
  }
  let cause: unknown;
  try {
    const { format, ...run } = JSON.parse(readTextFile(path)) as MdRun & { format?: string };
    if (format === FORMAT) return run;
  } catch (error) {
    cause = error;
  }
  throw new FileFormatError('md-run/damaged', `${path} does not describe a run.`, {
    where: path,
    expected: `JSON with format "${FORMAT}"`,
    hint: 'Use another --out folder, or restore the file.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Says what the run of a folder is. */
export function writeMdRun(folder: string, run: MdRun): void {
  const document = { format: FORMAT, version: 1, ...run };
  writeFileAtomic(ownFile(folder, 'settings'), `${JSON.stringify(document, null, 2)}\n`);
}

/** @throws ConfigError `md-run/changed` with every difference */
export function requireSameRun(folder: string, saved: Definition, given: Definition): void {
  // As it comes back from a file: keys without a value are no keys.
  const changes = differences(saved, JSON.parse(JSON.stringify(given)));
  if (changes.length === 0) return;
  throw new ConfigError(
    'md-run/changed',
    `${folder} holds another run; what differs (run -> now):\n` +
      changes.map((change) => `  ${change}`).join('\n'),
    {
      where: ownFile(folder, 'settings'),
      expected: 'the command that the run was started with',
      found: `${String(changes.length)} difference${changes.length === 1 ? '' : 's'}`,
      hint: 'Undo them, or use another --out folder. Only the length, --backend, --threads, limits and --on-unseen stop, warn or ignore may change.',
    },
  );
}
