import { isAbsolute, join } from 'node:path';
import {
  FileFormatError,
  symbolOf,
  UnsupportedElementError,
  type Atoms,
  type Calculator,
} from '@mlffd/core';
import {
  bcc,
  cscl,
  diamond,
  fcc,
  readStructures,
  rocksalt,
  zincblende,
  type Parent,
} from '@mlffd/data';
import { ConfigError } from '../config/load.ts';
import type { SystemConfig } from '../config/distillConfig.ts';

/** A named system with the structures that sampling starts from. */
export interface System {
  readonly name: string;
  readonly starts: readonly Parent[];
}

/**
 * Builds or reads every system of the configuration.
 *
 * @param base folder that relative paths of structure files start from
 */
export async function buildSystems(
  configs: readonly SystemConfig[],
  base: string,
): Promise<System[]> {
  const systems: System[] = [];
  for (const config of configs) {
    if ('file' in config) systems.push(await readSystem(config, base));
    else systems.push({ name: config.name, starts: [{ id: config.name, atoms: crystal(config) }] });
  }
  return systems;
}

async function readSystem(
  config: Extract<SystemConfig, { file: string }>,
  base: string,
): Promise<System> {
  const path = isAbsolute(config.file) ? config.file : join(base, config.file);
  const frames = await readStructures(path);
  if (frames.length === 0) {
    throw new FileFormatError('system/empty-file', `No structure in ${path}`, {
      where: path,
      expected: 'at least one structure',
      hint: 'Write the structures of the system into the file.',
    });
  }
  const starts = frames.map(({ atoms }, k) => ({
    id: frames.length === 1 ? config.name : `${config.name}-${String(k)}`,
    atoms,
  }));
  return { name: config.name, starts };
}

const UNARY = { fcc, bcc, diamond } as const;
const BINARY = { rocksalt, cscl, zincblende } as const;

function crystal(config: Extract<SystemConfig, { crystal: string }>): Atoms {
  const { crystal: prototype, elements, a, supercell, name } = config;
  const options = { repeat: supercell };
  const needed = prototype in BINARY ? 2 : 1;
  if (elements.length !== needed) {
    throw new ConfigError(
      'config/crystal-elements',
      `System '${name}': ${prototype} takes ${String(needed)} element${needed === 1 ? '' : 's'}.`,
      {
        where: `systems, ${name}, elements`,
        expected: `${String(needed)} symbols`,
        found: elements.join(', '),
        hint: 'Give as many elements as the prototype has sublattices.',
      },
    );
  }
  const [first, second] = elements as [string, string];
  return prototype in BINARY
    ? BINARY[prototype as keyof typeof BINARY]([first, second], a, options)
    : UNARY[prototype as keyof typeof UNARY](first, a, options);
}

/** @throws UnsupportedElementError before anything is computed, when the teacher lacks an element. */
export function requireElements(systems: readonly System[], teacher: Calculator): void {
  const { elements } = teacher;
  if (elements === undefined) return;
  for (const { name, starts } of systems) {
    for (const { atoms } of starts) {
      const unknown = atoms.numbers.find((number) => !elements.includes(number));
      if (unknown === undefined) continue;
      throw new UnsupportedElementError(
        'teacher/unsupported-element',
        `${teacher.name} has no parameters for ${symbolOf(unknown)}.`,
        {
          where: `system ${name}`,
          found: symbolOf(unknown),
          expected: `elements of ${teacher.name}`,
          hint: 'Choose a teacher that knows the element, or another system.',
        },
      );
    }
  }
}
