import { type Gpu, type GpuProcess, type GpuState, lostGpu, lostState } from '../gpu.ts';
import { decodeThrottle } from '../throttle.ts';

const MEBIBYTE = 2 ** 20;

/** Fields of `nvidia-smi --query-gpu` that change during a run. */
const STATE = [
  'index',
  'uuid',
  'memory.used',
  'memory.reserved',
  'utilization.gpu',
  'utilization.memory',
  'clocks.current.graphics',
  'clocks.current.sm',
  'clocks.current.memory',
  'power.draw',
  'temperature.gpu',
  'clocks_event_reasons.active',
] as const;
/** `name` is last, so that a comma in it does no harm. */
const FIXED = [
  'driver_version',
  'compute_cap',
  'memory.total',
  'clocks.max.graphics',
  'clocks.max.sm',
  'clocks.max.memory',
  'enforced.power.limit',
  'mig.mode.current',
  'name',
] as const;

export type SmiField = (typeof STATE)[number] | (typeof FIXED)[number];

export const STATE_FIELDS: readonly SmiField[] = STATE;
export const GPU_FIELDS: readonly SmiField[] = [...STATE, ...FIXED];

/** Names that fields have in other drivers; null: there is none, and the field is left out. */
const OLD_NAMES: Readonly<Partial<Record<SmiField, string>>> = {
  // Before driver 535.
  'clocks_event_reasons.active': 'clocks_throttle_reasons.active',
};

/** Fields to ask for, by the names that this driver has. */
export type SmiColumns = readonly { readonly field: SmiField; readonly name: string }[];

export function columnsOf(fields: readonly SmiField[]): SmiColumns {
  return fields.map((field) => ({ field, name: field }));
}

/**
 * What to ask a driver that refused a field: `Field "mig.mode.current" is not a valid field to query.`
 * Undefined where the answer is another one.
 */
export function withoutRefused(columns: SmiColumns, answer: string): SmiColumns | undefined {
  const refused = /Field "([^"]+)" is not a valid field/.exec(answer)?.[1];
  const at = columns.findIndex(({ name }) => name === refused);
  if (at < 0) return undefined;
  const old = OLD_NAMES[columns[at].field];
  const renamed =
    old === undefined || old === refused ? [] : [{ field: columns[at].field, name: old }];
  return [...columns.slice(0, at), ...renamed, ...columns.slice(at + 1)];
}

/** One line of the answer by field; undefined for a line that is a message. */
export type SmiRow = Readonly<Partial<Record<SmiField, string>>>;

/** Splits a line of `--format=csv,noheader,nounits`. */
export function parseRow(line: string, columns: SmiColumns): SmiRow | undefined {
  const cells = line.split(',').map((cell) => cell.trim());
  if (cells.length < columns.length || !/^\d+$/.test(cells[0])) return undefined;
  const last = columns.length - 1;
  return Object.fromEntries(
    columns.map(({ field }, k) => [field, k === last ? cells.slice(k).join(', ') : cells[k]]),
  );
}

/** A text, or null for `[N/A]`, `N/A`, `[Not Supported]`, `[Unknown Error]`, `ERR!` and their like. */
function text(cell: string | undefined): string | null {
  if (cell === undefined || cell === '' || cell === 'N/A' || cell === 'ERR!') return null;
  return cell.startsWith('[') ? null : cell;
}

function number(cell: string | undefined): number | null {
  const value = Number.parseFloat(text(cell) ?? '');
  return Number.isFinite(value) ? value : null;
}

function bytes(cell: string | undefined): number | null {
  const value = number(cell);
  return value === null ? null : value * MEBIBYTE;
}

function mask(cell: string | undefined): bigint | null {
  const hexadecimal = text(cell);
  return hexadecimal !== null && /^0x[\da-f]+$/i.test(hexadecimal) ? BigInt(hexadecimal) : null;
}

/** Why a device does not answer: the reason stands in every cell. */
function lossOf(row: SmiRow): string | undefined {
  const cells = Object.values(row).filter((cell) =>
    /^\[GPU (is lost|requires reset)\]$/i.test(cell),
  );
  return cells.length > 0 ? cells[0].slice(1, -1) : undefined;
}

/** The state of a device from its line. */
export function stateOf(row: SmiRow): GpuState {
  const index = Number(row.index);
  const lost = lossOf(row);
  if (lost !== undefined) return lostState(index, text(row.uuid), lost);
  const reasons = mask(row['clocks_event_reasons.active']);
  return {
    index,
    uuid: text(row.uuid),
    lost: null,
    memoryUsed: bytes(row['memory.used']),
    memoryReserved: bytes(row['memory.reserved']),
    utilization: number(row['utilization.gpu']),
    memoryUtilization: number(row['utilization.memory']),
    clocks: {
      graphics: number(row['clocks.current.graphics']),
      sm: number(row['clocks.current.sm']),
      memory: number(row['clocks.current.memory']),
    },
    power: number(row['power.draw']),
    energy: null,
    temperature: number(row['temperature.gpu']),
    throttle: reasons === null ? null : decodeThrottle(reasons),
  };
}

/** A device from its line, and the processes of all devices; null where those are not told. */
export function gpuOf(row: SmiRow, processes: readonly SmiProcess[] | null): Gpu {
  const state = stateOf(row);
  if (state.lost !== null) return lostGpu(state.index, state.uuid, state.lost);
  const mig = text(row['mig.mode.current']);
  return {
    ...state,
    name: text(row.name),
    computeCapability: text(row.compute_cap),
    memoryTotal: bytes(row['memory.total']),
    maxClocks: {
      graphics: number(row['clocks.max.graphics']),
      sm: number(row['clocks.max.sm']),
      memory: number(row['clocks.max.memory']),
    },
    powerLimit: number(row['enforced.power.limit']),
    mig: mig === null ? null : { enabled: mig === 'Enabled', devices: [] },
    processes:
      processes?.filter(({ gpu }) => gpu === state.uuid).map(({ process }) => process) ?? null,
  };
}

/** A process and the UUID of the device that it computes on. */
export interface SmiProcess {
  readonly gpu: string;
  readonly process: GpuProcess;
}

/** Fields of `nvidia-smi --query-compute-apps`. */
export const PROCESS_FIELDS = 'gpu_uuid,pid,used_gpu_memory,process_name';

/** Answer of `--query-compute-apps`; lines that are messages are passed over. */
export function parseProcesses(answer: string): SmiProcess[] {
  return answer.split('\n').flatMap((line) => {
    const [gpu, pid, memory, ...name] = line.split(',').map((cell) => cell.trim());
    if (name.length === 0 || !/^\d+$/.test(pid)) return [];
    return [
      {
        gpu,
        process: {
          pid: Number(pid),
          name: text(name.join(', ')),
          memory: bytes(memory),
          instance: null,
        },
      },
    ];
  });
}

/**
 * CUDA version of the banner that `nvidia-smi` prints without arguments, which no query has; newer
 * drivers (610) call it that of the user-mode driver.
 */
export function cudaVersionOf(banner: string): string | null {
  return /CUDA (?:UMD )?Version\s*:\s*(\d+\.\d+)/.exec(banner)?.[1] ?? null;
}
