import { readFileSync } from 'node:fs';
import { fileSystemError } from '@mlffd/core';
import type { Frame } from '@mlffd/core';
import initSqlJs from 'sql.js';
import type { Database, ParamsObject } from 'sql.js';
import { frameOfRow } from './aseDbRow.ts';
import { formatError } from './place.ts';

/** Options of `readAseDb`. */
export interface ReadAseDbOptions {
  /** Name of the source for error messages. Default: the path. */
  readonly where?: string;
}

const MAGIC = 'SQLite format 3\0';
/** Versions of the schema whose columns are the ones read here. */
const VERSIONS = [6, 7, 8, 9];

const COLUMNS = [
  'id',
  'unique_id',
  'numbers',
  'positions',
  'cell',
  'pbc',
  'initial_magmoms',
  'initial_charges',
  'masses',
  'tags',
  'momenta',
  'energy',
  'forces',
  'stress',
  'key_value_pairs',
  'natoms',
] as const;

/**
 * Reads all rows of an ASE database (SQLite, `.db`) in the order of their ids: structure, energy,
 * forces and stress where they are there.
 *
 * Key-value pairs, `unique_id` and the id (`ase_id`) are in `atoms.info`; initial magnetic moments
 * and charges, masses, tags and momenta are columns under ASE's names. Constraints and the `data`
 * of rows are not read; forces are those without constraints, as ASE stores them.
 *
 * @param source path or content
 * @throws FileFormatError `ase-db/...`
 * @throws FileSystemError when the file cannot be read
 */
export async function readAseDb(
  source: string | Uint8Array,
  options: ReadAseDbOptions = {},
): Promise<Frame[]> {
  const where = options.where ?? (typeof source === 'string' ? source : 'ASE database');
  const bytes = typeof source === 'string' ? readBytes(source) : source;
  if (new TextDecoder('latin1').decode(bytes.subarray(0, MAGIC.length)) !== MAGIC) {
    throw formatError(
      'ase-db/not-sqlite',
      { where },
      {
        expected: 'a database of SQLite 3',
        found: bytes.length === 0 ? 'an empty file' : 'something else',
        hint: 'ASE also writes JSON databases: convert them with "ase db x.json --insert-into x.db".',
      },
    );
  }
  const sql = await initSqlJs();
  let database: Database | undefined;
  try {
    database = new sql.Database(bytes);
    return readDatabase(database, where);
  } catch (cause) {
    throw asFormatError(cause, where);
  } finally {
    database?.close();
  }
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fileSystemError('read', path, cause);
  }
}

function readDatabase(database: Database, where: string): Frame[] {
  const [check] = [...rowsOf(database, 'PRAGMA quick_check(1)')];
  if (check.quick_check !== 'ok') throw new Error(String(check.quick_check));
  checkVersion(database, where);
  const query = `SELECT ${COLUMNS.join(', ')} FROM systems ORDER BY id`;
  const frames: Frame[] = [];
  for (const row of rowsOf(database, query)) frames.push(frameOfRow(row, where));
  if (frames.length > 0) return frames;
  throw formatError(
    'ase-db/empty',
    { where },
    {
      expected: 'one row or more',
      found: 'none',
      hint: 'Check that whatever wrote the database came to its end.',
    },
  );
}

function checkVersion(database: Database, where: string): void {
  const tables = [...rowsOf(database, "SELECT name FROM sqlite_master WHERE type = 'table'")];
  const names = tables.map((row) => row.name);
  const version = names.includes('information')
    ? [...rowsOf(database, "SELECT value FROM information WHERE name = 'version'")].at(0)?.value
    : undefined;
  if (names.includes('systems') && VERSIONS.includes(Number(version ?? NaN))) return;
  const found =
    version === undefined ? `tables ${names.join(', ') || 'none'}` : `version ${String(version)}`;
  throw formatError(
    'ase-db/version',
    { where },
    {
      expected: `an ASE database of version ${VERSIONS.join(', ')}`,
      found,
      hint: 'Convert it with a current ASE: "ase db old.db --insert-into new.db".',
    },
  );
}

function* rowsOf(database: Database, query: string): Generator<ParamsObject, void, undefined> {
  const statement = database.prepare(query);
  try {
    while (statement.step()) yield statement.getAsObject();
  } finally {
    statement.free();
  }
}

/** What SQLite throws for a damaged file is no typed error. */
function asFormatError(cause: unknown, where: string): unknown {
  if (isOwnError(cause)) return cause;
  return formatError(
    'ase-db/damaged',
    { where },
    {
      expected: 'an ASE database',
      found: cause instanceof Error ? cause.message : String(cause),
      hint: 'The file is damaged or cut short, or still being written: copy it again.',
      cause,
    },
  );
}

function isOwnError(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'hint' in cause && 'code' in cause;
}
