import { DeviceError } from '../errors.ts';
import {
  type Gpu,
  type GpuClocks,
  type GpuState,
  lostGpu,
  lostState,
  type Mig,
  type MigDevice,
} from '../gpu.ts';
import { decodeThrottle } from '../throttle.ts';
import { isLost, NVML, nvmlText } from './codes.ts';
import { DeviceCalls, GpuLostError, textOf } from './deviceCalls.ts';
import { NvmlLibrary } from './library.ts';
import { type ProcessLayout, processLayout, readProcesses } from './processes.ts';

/** NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE. */
const VERSION_BYTES = 80;
/** nvmlClockType_t. */
const CLOCKS = { graphics: 0, sm: 1, memory: 2 } as const;

interface Device {
  readonly calls: DeviceCalls;
  readonly uuid: string | null;
}

/** The NVIDIA Management Library of this machine, initialised until `close`. */
export class Nvml {
  readonly driver: string | null;
  readonly cuda: string | null;
  /** Number of devices. */
  readonly count: number;
  readonly #library: NvmlLibrary;
  readonly #layout: ProcessLayout;
  /** What answered when it was asked for its handle, or why it did not. */
  readonly #devices: (Device | string)[];
  #open = true;

  private constructor(library: NvmlLibrary) {
    this.#library = library;
    this.#layout = processLayout(library);
    this.driver = driverVersion(library);
    this.cuda = cudaVersion(library);
    const count = Buffer.alloc(4);
    const code = library.call('nvmlDeviceGetCount_v2', count);
    this.count = code === NVML.success ? count.readUInt32LE() : 0;
    this.#devices = Array.from({ length: this.count }, (_, index) => openDevice(library, index));
  }

  /**
   * Loads and initialises the library.
   *
   * @throws DeviceError `profiler/no-koffi`, `profiler/no-nvml`, `profiler/nvml-init`
   */
  static async open(options: { readonly library?: string | undefined } = {}): Promise<Nvml> {
    const { library: path } = options;
    const library = await NvmlLibrary.load(path === undefined ? undefined : [path]);
    const code = library.call('nvmlInit_v2');
    if (code === NVML.success) return new Nvml(library);
    throw new DeviceError('profiler/nvml-init', `NVML does not start: ${nvmlText(code)}`, {
      where: library.path,
      found: `code ${code}`,
      hint: initHint(code),
    });
  }

  /** What a device is, and its state. */
  gpu(index: number): Gpu {
    const device = this.#device(index);
    if (typeof device === 'string') return lostGpu(index, null, device);
    const { calls, uuid } = device;
    try {
      const capability = calls.twoUints('nvmlDeviceGetCudaComputeCapability');
      const limit = calls.uint('nvmlDeviceGetEnforcedPowerLimit');
      return {
        ...readState(index, device),
        name: calls.text('nvmlDeviceGetName'),
        computeCapability: capability?.join('.') ?? null,
        memoryTotal: calls.memory().total,
        maxClocks: readClocks(calls, 'nvmlDeviceGetMaxClockInfo'),
        powerLimit: limit === null ? null : limit / 1000,
        mig: readMig(calls),
        processes: readProcesses(calls, this.#layout),
      };
    } catch (error) {
      return lostGpu(index, uuid, reasonOf(error));
    }
  }

  /** Its state alone: what a sampler asks for. */
  state(index: number): GpuState {
    const device = this.#device(index);
    if (typeof device === 'string') return lostState(index, null, device);
    try {
      return readState(index, device);
    } catch (error) {
      return lostState(index, device.uuid, reasonOf(error));
    }
  }

  /** Gives the library back; a second call does nothing. */
  close(): void {
    if (this.#open) this.#library.call('nvmlShutdown');
    this.#open = false;
  }

  #device(index: number): Device | string {
    if (!this.#open) {
      throw new DeviceError('profiler/nvml-closed', 'NVML was closed', {
        hint: 'Ask before close(), or open it again.',
      });
    }
    return this.#devices[index] ?? 'there is no such device';
  }
}

function initHint(code: number): string {
  if (code === NVML.driverMismatch) return 'Restart the machine: the driver was updated.';
  if (code === NVML.driverNotLoaded) return 'Load the driver: sudo modprobe nvidia.';
  return 'See whether nvidia-smi works; in a container start it with --gpus all.';
}

function openDevice(library: NvmlLibrary, index: number): Device | string {
  const pointer = Buffer.alloc(8);
  const code = library.call('nvmlDeviceGetHandleByIndex_v2', index, pointer);
  if (code !== NVML.success) return nvmlText(code);
  const calls = new DeviceCalls(library, pointer.readBigUInt64LE());
  try {
    return { calls, uuid: calls.text('nvmlDeviceGetUUID') };
  } catch (error) {
    return reasonOf(error);
  }
}

function readState(index: number, { calls, uuid }: Device): GpuState {
  const { used, reserved } = calls.memory();
  const utilization = calls.pair('nvmlDeviceGetUtilizationRates');
  const power = calls.uint('nvmlDeviceGetPowerUsage');
  const energy = calls.ulong('nvmlDeviceGetTotalEnergyConsumption');
  const mask =
    calls.ulong('nvmlDeviceGetCurrentClocksEventReasons') ??
    calls.ulong('nvmlDeviceGetCurrentClocksThrottleReasons');
  return {
    index,
    uuid,
    lost: null,
    memoryUsed: used,
    memoryReserved: reserved,
    utilization: utilization?.[0] ?? null,
    memoryUtilization: utilization?.[1] ?? null,
    clocks: readClocks(calls, 'nvmlDeviceGetClockInfo'),
    power: power === null ? null : power / 1000,
    energy: energy === null ? null : Number(energy) / 1000,
    temperature: calls.temperature(),
    throttle: mask === null ? null : decodeThrottle(mask),
  };
}

function readClocks(
  calls: DeviceCalls,
  name: 'nvmlDeviceGetClockInfo' | 'nvmlDeviceGetMaxClockInfo',
): GpuClocks {
  return {
    graphics: calls.uint(name, CLOCKS.graphics),
    sm: calls.uint(name, CLOCKS.sm),
    memory: calls.uint(name, CLOCKS.memory),
  };
}

function readMig(calls: DeviceCalls): Mig | null {
  const mode = calls.twoUints('nvmlDeviceGetMigMode');
  if (mode === null) return null;
  const enabled = mode[0] === 1;
  const most = enabled ? (calls.uint('nvmlDeviceGetMaxMigDeviceCount') ?? 0) : 0;
  const devices = Array.from({ length: most }, (_, k) => readMigDevice(calls, k));
  return { enabled, devices: devices.filter((device) => device !== undefined) };
}

/** Undefined for a slice that was not made. */
function readMigDevice({ library, handle }: DeviceCalls, k: number): MigDevice | undefined {
  const pointer = Buffer.alloc(8);
  const code = library.call('nvmlDeviceGetMigDeviceHandleByIndex', handle, k, pointer);
  if (isLost(code)) throw new GpuLostError(code);
  if (code !== NVML.success) return undefined;
  const calls = new DeviceCalls(library, pointer.readBigUInt64LE());
  const { total, used } = calls.memory();
  return {
    name: calls.text('nvmlDeviceGetName'),
    uuid: calls.text('nvmlDeviceGetUUID'),
    memoryTotal: total,
    memoryUsed: used,
  };
}

function driverVersion(library: NvmlLibrary): string | null {
  const buffer = Buffer.alloc(VERSION_BYTES);
  const code = library.call('nvmlSystemGetDriverVersion', buffer, VERSION_BYTES);
  return code === NVML.success ? textOf(buffer) : null;
}

/** NVML says 12040 for 12.4. */
function cudaVersion(library: NvmlLibrary): string | null {
  const buffer = Buffer.alloc(4);
  for (const name of [
    'nvmlSystemGetCudaDriverVersion_v2',
    'nvmlSystemGetCudaDriverVersion',
  ] as const) {
    if (library.call(name, buffer) !== NVML.success) continue;
    const version = buffer.readInt32LE();
    return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
  }
  return null;
}

/** @throws whatever is no loss of the device */
function reasonOf(error: unknown): string {
  if (error instanceof GpuLostError) return error.reason;
  throw error;
}
