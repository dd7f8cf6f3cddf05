import type { GpuProcess } from '../gpu.ts';
import { NVML } from './codes.ts';
import { type DeviceCalls, textOf } from './deviceCalls.ts';
import type { NvmlFunction, NvmlLibrary } from './library.ts';

/** NVML_VALUE_NOT_AVAILABLE and "no MIG instance". */
const NO_SIZE = 0xffff_ffff_ffff_ffffn;
const NO_INSTANCE = 0xffff_ffff;
/** Processes that may start between the question how many and the question which. */
const SPARE = 8;
const MOST_TRIES = 4;
const NAME_BYTES = 1024;

/** How a driver lists processes. */
export interface ProcessLayout {
  readonly name: NvmlFunction;
  /** Size of an entry, bytes. */
  readonly stride: number;
  /** Offset of the GPU instance; undefined in version 1, which has none. */
  readonly instanceAt: number | undefined;
}

/**
 * Version 1 is 16 bytes, versions 2 and 3 are 24. A few drivers 535 have a version 3 of 32 bytes,
 * with protected memory at its end, which was taken back: they have the functions of confidential
 * computing but not yet the list of details (nvitop tells them apart in the same way).
 */
export function processLayout(library: NvmlLibrary): ProcessLayout {
  const base = 'nvmlDeviceGetComputeRunningProcesses';
  if (library.has(`${base}_v3`)) {
    const long =
      library.has('nvmlDeviceGetConfComputeMemSizeInfo') &&
      !library.has('nvmlDeviceGetRunningProcessDetailList');
    return { name: `${base}_v3`, stride: long ? 32 : 24, instanceAt: 16 };
  }
  if (library.has(`${base}_v2`)) return { name: `${base}_v2`, stride: 24, instanceAt: 16 };
  return { name: base, stride: 16, instanceAt: undefined };
}

/** Processes that compute on a device, or null where the driver does not tell. */
export function readProcesses(calls: DeviceCalls, layout: ProcessLayout): GpuProcess[] | null {
  const count = Buffer.alloc(4);
  let buffer = Buffer.alloc(layout.stride * SPARE);
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    count.writeUInt32LE(buffer.length / layout.stride);
    const code = calls.library.call(layout.name, calls.handle, count, buffer);
    if (code !== NVML.insufficientSize) {
      return calls.succeeds(code)
        ? decode(buffer, count.readUInt32LE(), layout).map((found) => ({
            ...found,
            name: processName(calls.library, found.pid),
          }))
        : null;
    }
    buffer = Buffer.alloc(layout.stride * (count.readUInt32LE() + SPARE));
  }
  return null;
}

function decode(
  buffer: Buffer,
  count: number,
  { stride, instanceAt }: ProcessLayout,
): Omit<GpuProcess, 'name'>[] {
  return Array.from({ length: count }, (_, k) => {
    const at = k * stride;
    const memory = buffer.readBigUInt64LE(at + 8);
    const instance = instanceAt === undefined ? NO_INSTANCE : buffer.readUInt32LE(at + instanceAt);
    return {
      pid: buffer.readUInt32LE(at),
      memory: memory === NO_SIZE ? null : Number(memory),
      instance: instance === NO_INSTANCE ? null : instance,
    };
  });
}

/** Null for processes of other users and outside of a container. */
function processName(library: NvmlLibrary, pid: number): string | null {
  const buffer = Buffer.alloc(NAME_BYTES);
  const code = library.call('nvmlSystemGetProcessName', pid, buffer, NAME_BYTES);
  const name = code === NVML.success ? textOf(buffer) : '';
  return name === '' ? null : name;
}
