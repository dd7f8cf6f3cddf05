import { type Atoms, InvalidArgumentError, numberOf, readExtxyzFile } from '@mlffd/core';
import { parseName } from '../python/aseSpec.ts';
import { ipiFingerprint } from './ipiFingerprint.ts';
import type { IpiTeacherOptions } from './ipiOptions.ts';
import { IpiTeacher } from './ipiTeacher.ts';

/** What is no part of a teacher behind a socket itself. */
export type IpiTeacherHandlers = Pick<IpiTeacherOptions, 'onEvent' | 'signal'>;

/** A teacher behind an i-PI socket as a configuration file says it. */
export type IpiTeacherSpec = {
  readonly type: 'ipi';
  /** Extended XYZ file, of which the first structure is the one that drivers are started with. */
  readonly template?: string;
  /** Symbols of elements that the drivers have parameters for, in the order of LAMMPS types. */
  readonly elements?: readonly string[];
} & Omit<IpiTeacherOptions, 'template' | 'elements' | keyof IpiTeacherHandlers>;

type OptionName = Exclude<keyof IpiTeacherSpec, 'type'>;
type Kind = 'number' | 'text' | 'true or false' | 'a list of texts' | 'texts by name';

const KINDS: Readonly<Record<OptionName, Kind>> = {
  port: 'number',
  path: 'text',
  host: 'text',
  command: 'a list of texts',
  cwd: 'text',
  env: 'texts by name',
  drivers: 'number',
  template: 'text',
  elements: 'a list of texts',
  label: 'text',
  name: 'text',
  stress: 'true or false',
  timeout: 'number',
  acceptTimeout: 'number',
  checkSpecies: 'true or false',
  cellFrame: 'true or false',
  vacuum: 'number',
  consolidated: 'true or false',
  batchSize: 'number',
  init: 'text',
};

/** Names of all options. */
const OPTIONS = Object.keys(KINDS).join(', ');

/** Where a text form is taken apart. */
const PREFIX = 'ipi:';
const UNIX = 'unix:';

/**
 * What `ipi:unix:NAME?drivers=2`, `ipi:HOST:PORT?label=...` or `ipi?command=...` say; undefined for
 * other texts.
 *
 * A command is a list in JSON, or words with spaces between; elements are a list or have commas.
 *
 * @throws InvalidArgumentError `teachers/invalid-arguments`, `teachers/unknown-option`,
 * `teachers/invalid-option`
 */
export function parseIpiSpec(text: string): IpiTeacherSpec | undefined {
  const { name, args = {} } = parseName(text);
  if (name !== 'ipi' && !name.startsWith(PREFIX)) return undefined;
  const options: Record<string, unknown> = { type: 'ipi', ...addressIn(name) };
  for (const [key, value] of Object.entries(args)) {
    const kind = Object.hasOwn(KINDS, key) ? KINDS[key as OptionName] : undefined;
    if (kind === 'text' && typeof value === 'number') options[key] = String(value);
    else if (kind === 'a list of texts' && typeof value === 'string') {
      options[key] = value.split(key === 'elements' ? ',' : /\s+/).filter((word) => word !== '');
    } else options[key] = value;
  }
  requireIpiSpec(options);
  return options;
}

/**
 * Checks the names and kinds of options; their values are checked by `IpiTeacher.listen`.
 *
 * @throws InvalidArgumentError `teachers/unknown-option`, `teachers/invalid-option`
 */
export function requireIpiSpec(
  options: Readonly<Record<string, unknown>>,
): asserts options is IpiTeacherSpec & Readonly<Record<string, unknown>> {
  for (const [name, value] of Object.entries(options)) {
    if (name === 'type' && value === 'ipi') continue;
    const where = `teacher, ${name}`;
    if (!Object.hasOwn(KINDS, name)) {
      throw new InvalidArgumentError(
        'teachers/unknown-option',
        `the teacher ipi has no option ${name}`,
        { expected: `options among ${OPTIONS}`, found: name, where },
      );
    }
    const kind = KINDS[name as OptionName];
    if (isKind(value, kind)) continue;
    const found = JSON.stringify(value);
    throw new InvalidArgumentError('teachers/invalid-option', `${name} is ${found}`, {
      expected: kind,
      found,
      where,
    });
  }
}

/**
 * The teacher of a configuration file.
 *
 * @throws what `IpiTeacher.listen` throws, and what reading the template throws
 */
export async function startIpiTeacher(
  spec: IpiTeacherSpec,
  handlers: IpiTeacherHandlers = {},
): Promise<IpiTeacher> {
  return IpiTeacher.listen({ ...optionsOf(spec), ...handlers });
}

/**
 * The fingerprint of the teacher that a configuration file names; no driver is started for it.
 *
 * @throws InvalidArgumentError `teachers/no-label` where nothing is known of the drivers
 */
export async function ipiSpecFingerprint(spec: IpiTeacherSpec): Promise<string> {
  const fingerprint = await ipiFingerprint(optionsOf(spec));
  if (fingerprint !== undefined) return fingerprint;
  throw new InvalidArgumentError(
    'teachers/no-label',
    'nothing tells what the drivers behind this socket compute',
    {
      expected: 'a `label` such as "Si.sw, LAMMPS 22Jul2025"',
      found: 'neither label nor command',
      where: 'teacher, label',
      hint: 'Give a label, and change it whenever the drivers compute something else.',
    },
  );
}

function optionsOf({ template, elements, ...rest }: IpiTeacherSpec): IpiTeacherOptions {
  return {
    ...rest,
    ...(template === undefined ? {} : { template: templateIn(template) }),
    ...(elements === undefined ? {} : { elements: elements.map((symbol) => numberOf(symbol)) }),
  };
}

function templateIn(path: string): Atoms {
  const [{ atoms }] = readExtxyzFile(path);
  return atoms;
}

function addressIn(name: string): { path: string } | { host: string; port: number } | undefined {
  if (name === 'ipi') return undefined;
  const text = name.slice(PREFIX.length);
  if (text.startsWith(UNIX) && text.length > UNIX.length) return { path: text.slice(UNIX.length) };
  // The address of version 6 stands in brackets.
  const parts = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text);
  if (parts === null) {
    throw new InvalidArgumentError('teachers/invalid-arguments', `cannot read ${name}`, {
      expected: 'ipi:unix:NAME or ipi:HOST:PORT',
      found: name,
      where: 'teacher',
    });
  }
  return { host: parts[1].replaceAll(/[[\]]/g, ''), port: Number(parts[2]) };
}

function isKind(value: unknown, kind: Kind): boolean {
  const isText = (one: unknown): boolean => typeof one === 'string';
  switch (kind) {
    case 'number':
      return typeof value === 'number';
    case 'text':
      return isText(value);
    case 'true or false':
      return typeof value === 'boolean';
    case 'a list of texts':
      return Array.isArray(value) && value.every(isText);
    case 'texts by name':
      return (
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.values(value).every(isText)
      );
  }
}
