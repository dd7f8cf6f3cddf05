import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { fileSystemError, readExtxyz } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import { readAseDb } from './aseDb.ts';
import { readCif } from './cif.ts';
import type { ReadCifOptions } from './cif.ts';
import { readMd17Npz } from './md17.ts';
import type { ReadMd17Options } from './md17.ts';
import { readPdb } from './pdb.ts';
import type { ReadPdbOptions } from './pdb.ts';
import { formatError, quoted } from './place.ts';
import { readPoscar } from './poscar.ts';
import type { ReadPoscarOptions } from './poscar.ts';

/** Formats that `readStructures` knows. */
export type StructureFormat = 'extxyz' | 'poscar' | 'cif' | 'pdb' | 'npz' | 'ase-db';

/** Options of `readStructures`: those of the reader of each format. */
export interface ReadStructuresOptions {
  /** Format of a file whose name does not tell. */
  readonly format?: StructureFormat;
  readonly poscar?: ReadPoscarOptions;
  readonly cif?: ReadCifOptions;
  readonly pdb?: ReadPdbOptions;
  readonly npz?: ReadMd17Options;
}

const EXTENSIONS: Readonly<Partial<Record<string, StructureFormat>>> = {
  '.xyz': 'extxyz',
  '.extxyz': 'extxyz',
  '.vasp': 'poscar',
  '.poscar': 'poscar',
  '.cif': 'cif',
  '.pdb': 'pdb',
  '.ent': 'pdb',
  '.npz': 'npz',
  '.db': 'ase-db',
};

/**
 * Reads all structures of a file, in the format that its name tells: `.xyz` and `.extxyz`,
 * `POSCAR*`, `CONTCAR*` and `.vasp`, `.cif`, `.pdb` and `.ent`, `.npz` (MD17), `.db` (ASE).
 *
 * @throws FileFormatError `formats/unknown` for another name, otherwise of the format
 * @throws FileSystemError when the file cannot be read
 */
export async function readStructures(
  path: string,
  options: ReadStructuresOptions = {},
): Promise<Frame[]> {
  const format = options.format ?? formatOf(path);
  const bytes = readBytes(path);
  if (format === 'npz') return readMd17Npz(bytes, path, options.npz);
  if (format === 'ase-db') return readAseDb(bytes, { where: path });
  const text = new TextDecoder().decode(bytes);
  switch (format) {
    case 'extxyz':
      return readExtxyz(text, { where: path });
    case 'poscar':
      return [readPoscar(text, path, options.poscar)];
    case 'cif':
      return readCif(text, path, options.cif);
    case 'pdb':
      return readPdb(text, path, options.pdb);
  }
}

function formatOf(path: string): StructureFormat {
  const extension = extname(path).toLowerCase();
  const known = Object.hasOwn(EXTENSIONS, extension) ? EXTENSIONS[extension] : undefined;
  if (known !== undefined) return known;
  if (/^(POSCAR|CONTCAR)/.test(basename(path))) return 'poscar';
  throw formatError(
    'formats/unknown',
    { where: path },
    {
      expected: `one of POSCAR, CONTCAR, ${Object.keys(EXTENSIONS).join(', ')}`,
      found: extension === '' ? quoted(basename(path)) : quoted(extension),
      hint: 'Rename the file, give the option format, or convert it to extended XYZ (with ASE: "ase convert").',
    },
  );
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}
