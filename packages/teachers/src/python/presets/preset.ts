import type { Property } from '@mlffd/core';

/** Values that calculators may take as arguments. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A teacher in Python by a short name. */
export interface PythonPreset {
  /** What it is, in one line. */
  readonly about: string;
  /** `module.path:Class`, or a function that makes an ASE calculator. */
  readonly calculator: string;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Atomic numbers that it has parameters for. */
  readonly elements: readonly number[];
  readonly properties: readonly Property[];
  /** Oldest Python that these packages take, as `3.11`. */
  readonly python: string;
  /** First Python that they do not take yet, as `3.13`. */
  readonly pythonBelow?: string;
  /** Packages of an environment for it, in the versions that were tried. */
  readonly requirements: Readonly<Record<string, string>>;
  /** Licence of the package, and of the parameters where it differs. */
  readonly license: string;
  /** Whether parameters come with the package, are downloaded by its first use, or are a file of the user. */
  readonly weights: 'included' | 'downloaded' | 'file';
  /** Argument that takes the path of a weight file, and nothing else; undefined where there is none. */
  readonly weightsArgument?: string;
  /** Where weights that are not included can be had, and their size, as one line. */
  readonly weightsFrom?: string;
  /** Distribution that the teacher's name tells the version of. Default: the first part of `calculator`. */
  readonly distribution?: string;
  /** Environment that it shares with other presets of the same requirements. Default: its own name. */
  readonly environment?: string;
  /** What to cite. */
  readonly reference: string;
}

/** Oldest Python that the pinned packages take. */
export const PYTHON = '3.11';
/** What every environment holds. */
export const ASE: Readonly<Record<string, string>> = { ase: '3.29.0', numpy: '2.4.6' };

/** Requirements as pip and uv take them: `ase==3.29.0`. */
export function requirementsOf({ requirements }: Pick<PythonPreset, 'requirements'>): string[] {
  return Object.entries(requirements).map(([name, version]) => `${name}==${version}`);
}
