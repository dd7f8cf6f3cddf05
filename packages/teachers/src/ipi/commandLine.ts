import { type Atoms, InvalidArgumentError, symbolOf, writeExtxyz } from '@mlffd/core';
import { type IpiAddress, UNIX_PREFIX } from '@mlffd/core/ipi';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lammpsData, lammpsTypes } from './lammpsData.ts';

/** Not after a dollar sign: `${x}` is for shells. */
const PLACEHOLDER = /(?<!\$)\{([a-z]+(?::[a-z]+)?)\}/g;

/** What stands for the address. */
const ADDRESS = ['address', 'host', 'port', 'path'] as const;
/** What stands for the structure that a driver is started for. */
const STRUCTURE = ['structure', 'data', 'data:charge', 'elements'] as const;

type AddressWord = (typeof ADDRESS)[number];
type StructureWord = (typeof STRUCTURE)[number];

/** What a driver is started for. */
export interface CommandContext {
  readonly address: IpiAddress;
  /** In the frame that it will be asked in; needed where the command names a structure. */
  readonly atoms: Atoms | undefined;
  /** Atomic numbers of LAMMPS types; default those of the structure, in ascending order. */
  readonly elements: readonly number[] | undefined;
  /** Where files of the structure are written. */
  readonly folder: string;
}

/** True for a command that can be started for any structure. */
export function namesStructure(command: readonly string[]): boolean {
  return placeholdersIn(command).some((name) => isAmong(STRUCTURE, name));
}

/**
 * Checks a command with its placeholders.
 *
 * @throws InvalidArgumentError `teachers/invalid-option`
 */
export function requireCommand(command: readonly string[], address: IpiAddress): void {
  const isText = (word: unknown): boolean => typeof word === 'string';
  if (!Array.isArray(command) || !command.every(isText) || (command[0] ?? '') === '') {
    throw new InvalidArgumentError('teachers/invalid-option', 'this is no command', {
      expected: 'a program and its arguments, as in ["lmp", "-in", "in.silicon"]',
      found: JSON.stringify(command),
      where: 'command',
    });
  }
  const open = address.path === undefined ? ['path'] : ['host', 'port'];
  const known = [...ADDRESS.filter((name) => !open.includes(name)), ...STRUCTURE];
  for (const name of placeholdersIn(command)) {
    if (isAmong(known, name)) continue;
    const kind = address.path === undefined ? 'a TCP port' : 'a Unix socket';
    throw new InvalidArgumentError(
      'teachers/invalid-option',
      isAmong(ADDRESS, name) ? `${kind} has no {${name}}` : `there is no placeholder {${name}}`,
      {
        expected: `placeholders among ${known.map((word) => `{${word}}`).join(' ')}`,
        found: `{${name}}`,
        where: 'command',
      },
    );
  }
}

/**
 * The command with its placeholders filled in; files of the structure that it names are written.
 *
 * @throws InvalidArgumentError `teachers/lammps-data`; what writing a file throws
 */
export async function fillCommand(
  command: readonly string[],
  context: CommandContext,
): Promise<string[]> {
  const values = new Map<string, string>();
  for (const name of placeholdersIn(command)) {
    if (isAmong(ADDRESS, name)) values.set(name, addressValue(name, context.address));
    else values.set(name, await structureValue(name as StructureWord, context));
  }
  return command.map((word) =>
    word.replaceAll(PLACEHOLDER, (_, name: string) => values.get(name) ?? ''),
  );
}

function addressValue(name: AddressWord, { host, port, path }: IpiAddress): string {
  if (path === undefined) return name === 'port' ? String(port) : host;
  const isUsual = name === 'address' && path.startsWith(UNIX_PREFIX);
  return isUsual ? path.slice(UNIX_PREFIX.length) : path;
}

async function structureValue(name: StructureWord, context: CommandContext): Promise<string> {
  const { atoms, elements, folder } = context;
  // Only commands that name no structure are started without one.
  if (atoms === undefined) throw new TypeError(`no structure for {${name}}`);
  if (name === 'elements') {
    return lammpsTypes(atoms.numbers, elements)
      .map((number) => symbolOf(number))
      .join(' ');
  }
  const [file, text] =
    name === 'structure'
      ? ['structure.extxyz', writeExtxyz([{ atoms }])]
      : name === 'data'
        ? ['atomic.data', lammpsData(atoms, { elements })]
        : ['charge.data', lammpsData(atoms, { elements, style: 'charge' })];
  const path = join(folder, file);
  await writeFile(path, text);
  return path;
}

function placeholdersIn(command: readonly string[]): string[] {
  return command.flatMap((word) => [...word.matchAll(PLACEHOLDER)].map(([, name]) => name));
}

function isAmong<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}
