import initSqlJs from 'sql.js';
import type { Database, ParamsObject } from 'sql.js';
import { assemble, type NsysRow } from './nsysCsv.ts';
import type { Trace } from './trace.ts';
import { TrackTable } from './trackTable.ts';
import { messageOf, traceError } from './traceError.ts';

const KERNELS = 'CUPTI_ACTIVITY_KIND_KERNEL';
const COPIES = 'CUPTI_ACTIVITY_KIND_MEMCPY';
const FILLS = 'CUPTI_ACTIVITY_KIND_MEMSET';
const CALLS = 'CUPTI_ACTIVITY_KIND_RUNTIME';
const RANGES = 'NVTX_EVENTS';
const TABLES = [KERNELS, COPIES, FILLS, CALLS, RANGES];
/** Push/pop and start/end ranges among the events of NVTX. */
const RANGE_TYPES = '59, 60';
/** Directions of copies (CUpti_ActivityMemcpyKind). */
const DIRECTIONS: Readonly<Record<number, string | undefined>> = {
  1: 'HtoD',
  2: 'DtoH',
  8: 'DtoD',
  10: 'PtoP',
};
/** us per ns */
const SCALE = 1e-3;

/**
 * The trace of an SQLite export of Nsight Systems (`nsys export --type sqlite`): kernels, copies, calls
 * of the CUDA API, NVTX ranges as phases and scopes. Columns that a version lacks are left out.
 *
 * @throws FileFormatError `trace/...`
 */
export async function readNsysSqlite(bytes: Uint8Array, where: string): Promise<Trace> {
  const sql = await initSqlJs();
  let database: Database | undefined;
  try {
    database = new sql.Database(bytes);
    const reader = new Reader(database);
    if (!TABLES.some((table) => reader.has(table))) throw noTables(where);
    return reader.read();
  } catch (cause) {
    if (typeof cause === 'object' && cause !== null && 'hint' in cause) throw cause;
    throw traceError('bad-sqlite', where, {
      expected: 'an export of nsys',
      found: `a damaged database (${messageOf(cause)})`,
      hint: 'Export again with: nsys export --type sqlite FILE.nsys-rep.',
      cause,
    });
  } finally {
    database?.close();
  }
}

function noTables(where: string): Error {
  return traceError('no-events', where, {
    expected: `a table of ${TABLES.join(', ')}`,
    found: 'a database without one',
    hint: 'Record with: nsys profile --trace=cuda,nvtx --cuda-graph-trace=node.',
  });
}

class Reader {
  readonly #database: Database;
  readonly #columns = new Map<string, ReadonlySet<string>>();
  readonly #table = new TrackTable();
  readonly #rows: NsysRow[] = [];
  #ignored = 0;

  constructor(database: Database) {
    this.#database = database;
    for (const { name } of this.#all("SELECT name FROM sqlite_master WHERE type = 'table'")) {
      const columns = this.#all(`PRAGMA table_info("${String(name)}")`);
      this.#columns.set(String(name), new Set(columns.map((column) => String(column.name))));
    }
  }

  has(table: string): boolean {
    return this.#columns.has(table);
  }

  read(): Trace {
    this.#readDevice(KERNELS, ({ named }) => String(named ?? 'kernel'));
    this.#readDevice(COPIES, ({ copyKind }) => {
      const direction = DIRECTIONS[Number(copyKind)];
      return direction === undefined ? '[CUDA memcpy]' : `[CUDA memcpy ${direction}]`;
    });
    this.#readDevice(FILLS, () => '[CUDA memset]');
    this.#readCalls();
    this.#readRanges();
    return assemble(this.#rows, { table: this.#table, truncated: false, ignored: this.#ignored });
  }

  #all(query: string): ParamsObject[] {
    const statement = this.#database.prepare(query);
    try {
      const rows: ParamsObject[] = [];
      while (statement.step()) rows.push(statement.getAsObject());
      return rows;
    } finally {
      statement.free();
    }
  }

  /** The column of a table under an alias, or NULL. */
  #column(table: string, ...names: readonly string[]): string {
    const known = names.find((name) => this.#columns.get(table)?.has(name));
    return known === undefined ? 'NULL' : `t."${known}"`;
  }

  /** The string that a column refers to. */
  #string(table: string, ...names: readonly string[]): string {
    const column = this.#column(table, ...names);
    if (column === 'NULL' || !this.has('StringIds')) return 'NULL';
    return `(SELECT value FROM StringIds WHERE id = ${column})`;
  }

  /**
   * Process and thread of a serialized identifier, taken apart by SQLite, as it has more bits than a
   * number of JavaScript holds.
   */
  #thread(table: string): string {
    const id = this.#column(table, 'globalTid');
    return `${id} / 0x1000000 % 0x1000000 AS pid, ${id} % 0x1000000 AS tid`;
  }

  #readDevice(table: string, nameOf: (row: ParamsObject) => string): void {
    if (!this.has(table)) return;
    const column = (alias: string): string => `${this.#column(table, alias)} AS "${alias}"`;
    const columns = ['start', 'end', 'deviceId', 'streamId', 'correlationId', 'copyKind', 'bytes'];
    const name = `${this.#string(table, 'shortName', 'demangledName')} AS named`;
    const full = `${this.#string(table, 'demangledName', 'shortName')} AS demangled`;
    const query = `SELECT ${columns.map(column).join(', ')}, ${name}, ${full} FROM "${table}" t`;
    for (const row of this.#all(query)) {
      const { deviceId, streamId, correlationId, bytes, demangled } = row;
      const track = this.#table.of(
        `device ${String(deviceId ?? 0)}`,
        `stream ${String(streamId ?? 0)}`,
        'gpu',
      );
      this.#add(row, {
        kind: 'kernel',
        name: nameOf(row),
        track,
        correlation: String(correlationId ?? ''),
        cells: new Map<string, unknown>([
          ...(bytes === null ? [] : [['bytes', bytes] as const]),
          ...(demangled === null ? [] : [['demangledName', demangled] as const]),
        ]),
      });
    }
  }

  #readCalls(): void {
    if (!this.has(CALLS)) return;
    const query = `SELECT t.start, t."end", ${this.#column(CALLS, 'correlationId')} AS correlationId,
      ${this.#string(CALLS, 'nameId')} AS named, ${this.#thread(CALLS)} FROM "${CALLS}" t`;
    for (const row of this.#all(query)) {
      const { named, correlationId } = row;
      this.#add(row, {
        kind: 'api',
        // Names carry the version of the interface: cudaLaunchKernel_v7000.
        name: String(named ?? 'CUDA call').replace(/_v\d+$/, ''),
        track: this.#trackOf(row),
        correlation: String(correlationId ?? ''),
        cells: new Map(),
      });
    }
  }

  #readRanges(): void {
    if (!this.has(RANGES)) return;
    const type = this.#column(RANGES, 'eventType');
    const filter = type === 'NULL' ? '' : `AND ${type} IN (${RANGE_TYPES})`;
    const text = `COALESCE(${this.#column(RANGES, 'text')}, ${this.#string(RANGES, 'textId')})`;
    const query = `SELECT t.start, t."end", ${text} AS named, ${this.#thread(RANGES)}
      FROM "${RANGES}" t WHERE t."end" IS NOT NULL ${filter}`;
    for (const row of this.#all(query)) {
      const name = String(row.named ?? 'range');
      const track = this.#trackOf(row);
      this.#add(row, { kind: 'range', name, track, correlation: '', cells: new Map() });
    }
  }

  #trackOf({ pid, tid }: ParamsObject): number {
    return this.#table.of(String(pid ?? 0), String(tid ?? 0));
  }

  #add(times: ParamsObject, row: Omit<NsysRow, 'start' | 'duration'>): void {
    const { start, end } = times;
    if (typeof start !== 'number' || typeof end !== 'number' || end < start) this.#ignored++;
    else this.#rows.push({ ...row, start: start * SCALE, duration: (end - start) * SCALE });
  }
}
