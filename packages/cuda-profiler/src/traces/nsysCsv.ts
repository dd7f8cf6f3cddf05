import { type Place, placesOf, scopeField } from './scopes.ts';
import { sortTrace, type Trace, type TraceEvent, type TracePhase } from './trace.ts';
import { TrackTable } from './trackTable.ts';
import { traceError } from './traceError.ts';

/** us per unit in the head of a column. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-3,
  us: 1,
  μs: 1,
  ms: 1e3,
  s: 1e6,
  sec: 1e6,
};

/** A cell of a row by the name of its column, without its unit. */
type Cells = ReadonlyMap<string, string>;

/** A report: its columns, and us per unit of those with times. */
interface Columns {
  readonly names: readonly string[];
  readonly scales: readonly number[];
}

/** A row, before it is known what it is in. */
interface Row {
  readonly kind: 'kernel' | 'api' | 'range';
  readonly name: string;
  readonly track: number;
  /** us */
  readonly start: number;
  /** us */
  readonly duration: number;
  readonly correlation: string;
  readonly cells: Cells;
}

/**
 * The trace of what `nsys stats --format csv` prints for reports of single events: `cuda_gpu_trace`,
 * `cuda_api_trace`, `nvtx_pushpop_trace` (and `cuda_kern_exec_trace` is not read), several of them
 * one after the other in any order.
 *
 * @throws FileFormatError `trace/...`
 */
export function parseNsysCsv(text: string, where: string): Trace {
  const table = new TrackTable();
  const rows: Row[] = [];
  let columns: Columns | undefined;
  let summary: string | undefined;
  let ignored = 0;
  const lines = text.split(/\r?\n/);
  const cut = !text.endsWith('\n');
  lines.forEach((line, k) => {
    const cells = splitCsv(line);
    const head = columnsOf(cells);
    if (head !== undefined) columns = head;
    else if (cells.includes('Time (%)')) {
      summary = line;
      columns = undefined;
    } else if (columns !== undefined && line.trim() !== '') {
      // Of a last line without an end, cells may be missing or too short.
      const row = cut && k === lines.length - 1 ? undefined : rowOf(cells, columns, table);
      if (row === undefined) ignored++;
      else rows.push(row);
    } else if (line.trim() === '') columns = undefined;
  });
  if (rows.length === 0) throw noRows(where, summary);
  return assemble(rows, { table, truncated: cut, ignored });
}

function noRows(where: string, summary: string | undefined): Error {
  return traceError(summary === undefined ? 'unknown-format' : 'no-events', where, {
    expected: 'a Chrome trace, an SQLite export of nsys, or a CSV trace of nsys stats',
    found: summary === undefined ? 'something else' : 'sums over all calls, without single events',
    hint: 'Export with: nsys export --type sqlite FILE.nsys-rep; or: nsys stats --report cuda_gpu_trace,cuda_api_trace,nvtx_pushpop_trace --format csv FILE.nsys-rep.',
  });
}

/** Cells of a line; quotation marks within quoted cells are doubled. */
function splitCsv(line: string): string[] {
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let k = 0; k < line.length; k++) {
    const letter = line[k];
    if (letter === '"') {
      if (quoted && line[k + 1] === '"') cell += line[k++];
      else quoted = !quoted;
    } else if (letter === ',' && !quoted) {
      cells.push(cell);
      cell = '';
    } else cell += letter;
  }
  return [...cells, cell];
}

/** Columns of a line that heads a report of single events. */
function columnsOf(cells: readonly string[]): Columns | undefined {
  const parts = cells.map((cell) => /^(.*?)(?: \(([^)]*)\))?$/.exec(cell.trim()));
  const names = parts.map((part) => part?.[1] ?? '');
  if (!names.includes('Start') || !names.includes('Duration') || !names.includes('Name')) {
    return undefined;
  }
  const scales = parts.map((part) => UNITS[part?.[2] ?? ''] ?? 1);
  return { names, scales };
}

function rowOf(
  cells: readonly string[],
  { names, scales }: Columns,
  table: TrackTable,
): Row | undefined {
  if (cells.length !== names.length) return undefined;
  const byName = new Map(names.map((name, k) => [name, cells[k].trim()]));
  const [start, duration] = ['Start', 'Duration'].map((name) => {
    const text = byName.get(name) ?? '';
    return text === '' ? Number.NaN : Number(text) * scales[names.indexOf(name)];
  });
  if (!Number.isFinite(start) || !(duration >= 0) || duration === Infinity) return undefined;
  const get = (...keys: string[]): string =>
    keys.map((key) => byName.get(key) ?? '').find((value) => value !== '') ?? '';
  const common = { name: get('Name'), start, duration, cells: byName };
  const correlation = get('CorrId', 'CorrID');
  if (byName.has('Strm')) {
    const track = table.of(get('Device') || 'device', `stream ${get('Strm')}`, 'gpu');
    return { ...common, kind: 'kernel', track, correlation };
  }
  const track = table.of(get('Pid', 'PID'), get('Tid', 'TID'));
  if (byName.has('NumChild') || byName.has('RangeStack')) {
    // Ranges of a domain are DOMAIN:NAME, those of the default one :NAME.
    const name = common.name.replace(/^:/, '');
    return { ...common, name, kind: 'range', track, correlation: '' };
  }
  return { ...common, kind: 'api', track, correlation };
}

/** What reports of single events have in common in CSV and in SQLite. */
export interface NsysRow extends Pick<Row, 'kind' | 'name' | 'track' | 'start' | 'duration'> {
  readonly correlation: string;
  readonly cells: ReadonlyMap<string, unknown>;
}

/** Kernels get the scope in which they were launched. */
export function assemble(
  rows: readonly NsysRow[],
  { table, truncated, ignored }: { table: TrackTable; truncated: boolean; ignored: number },
): Trace {
  const places = placesOf(rows, ({ kind, name }) => (kind === 'range' ? name : undefined));
  const launches = new Map<string, NsysRow>();
  for (const row of rows) {
    if (row.kind === 'api' && row.correlation !== '') launches.set(row.correlation, row);
  }
  const events: TraceEvent[] = [];
  const phases: TracePhase[] = [];
  for (const row of rows) {
    const { kind, name, track, start, duration } = row;
    if (kind === 'range') phases.push({ name, track, start, duration });
    else events.push(eventOf(row, places, kind === 'kernel' ? launches.get(row.correlation) : row));
  }
  const { tracks } = table;
  return sortTrace({ source: 'nsys', tracks, events, phases, truncated, ignored });
}

function eventOf(
  row: NsysRow,
  places: ReadonlyMap<NsysRow, Place<NsysRow>>,
  launch: NsysRow | undefined,
): TraceEvent {
  const { kind, name, track, start, duration, cells } = row;
  const args = Object.fromEntries([...cells].filter(([, value]) => value !== ''));
  const path = launch === undefined ? [] : (places.get(launch)?.path ?? []);
  return {
    ...{ name, category: kind, track, start, duration, args, ...scopeField(path) },
    ...(kind === 'kernel' ? { operator: kernelName(name) } : {}),
    ...(kind === 'kernel' && launch !== undefined ? { launch: launch.start } : {}),
  };
}

/** Name of a kernel without its arguments: `void gemm<float, 2>(float*)` is `gemm`. */
function kernelName(name: string): string {
  if (name.startsWith('[')) return name;
  const plain = name.replace(/\(anonymous namespace\)::/g, '').replace(/^void /, '');
  const short = /^[^<(]+/.exec(plain)?.[0].trim() ?? '';
  return short === '' ? name : short;
}
