import type { ThrottleReason } from './throttle.ts';

/** Where figures of GPUs come from. */
export type GpuSource = 'nvml' | 'nvidia-smi';

/** MHz; null where the driver does not tell. */
export interface GpuClocks {
  readonly graphics: number | null;
  readonly sm: number | null;
  readonly memory: number | null;
}

/**
 * A GPU at one moment. What the device or the driver does not tell is null: many figures of consumer
 * cards, of MIG mode and of drivers in a virtual machine.
 */
export interface GpuState {
  /** Number of the device in the order of the driver (PCI), which need not be that of CUDA. */
  readonly index: number;
  readonly uuid: string | null;
  /** Why the device does not answer any more (fallen off the bus, needs a reset); all else is null then. */
  readonly lost: string | null;
  /** Bytes in use, all processes together. */
  readonly memoryUsed: number | null;
  /** Bytes that the driver keeps for itself; null where they are part of `memoryUsed`. */
  readonly memoryReserved: number | null;
  /**
   * Per cent of a window of 1/6 to 1 s (by device) in which any kernel ran, however small: it says
   * whether the GPU was touched, not how full it was, and nothing about a single call.
   */
  readonly utilization: number | null;
  /** Per cent of the same window in which device memory was read or written. */
  readonly memoryUtilization: number | null;
  readonly clocks: GpuClocks;
  /**
   * W. Some devices average over a second, some (A100, H100) look only a quarter of the time
   * (arXiv 2312.02741): good for runs over 10 s, useless for a step.
   */
  readonly power: number | null;
  /** J since the driver was loaded; from NVML, Volta and later. Differences are better than sums of `power`. */
  readonly energy: number | null;
  /** Celsius. */
  readonly temperature: number | null;
  /** What holds the clocks down; empty: nothing. */
  readonly throttle: readonly ThrottleReason[] | null;
}

/** A process that computes on a GPU. */
export interface GpuProcess {
  /** As the host counts; in a container that is not the container's number. */
  readonly pid: number;
  readonly name: string | null;
  /** Bytes; null on Windows (WDDM). */
  readonly memory: number | null;
  /** GPU instance in MIG mode. */
  readonly instance: number | null;
}

/** A slice of a GPU in MIG mode. */
export interface MigDevice {
  readonly name: string | null;
  readonly uuid: string | null;
  /** Bytes. */
  readonly memoryTotal: number | null;
  readonly memoryUsed: number | null;
}

/** Multi-instance mode. */
export interface Mig {
  readonly enabled: boolean;
  /** Slices; nvidia-smi does not list them in a query, so empty there. */
  readonly devices: readonly MigDevice[];
}

/** A GPU: what it is, and its state now. */
export interface Gpu extends GpuState {
  readonly name: string | null;
  /** As `9.0`. */
  readonly computeCapability: string | null;
  /** Bytes. */
  readonly memoryTotal: number | null;
  readonly maxClocks: GpuClocks;
  /** W that the driver enforces now. */
  readonly powerLimit: number | null;
  /** Null for a device that has no such mode. */
  readonly mig: Mig | null;
  /** Null where the driver does not tell. */
  readonly processes: readonly GpuProcess[] | null;
}

/** All GPUs of a machine. */
export interface GpuReport {
  /** Null where nothing answered. */
  readonly source: GpuSource | null;
  /** Version of the driver, as `550.90.12`. */
  readonly driver: string | null;
  /** Newest CUDA that the driver serves, as `12.4`: not the toolkit that is installed. */
  readonly cuda: string | null;
  readonly gpus: readonly Gpu[];
  /** What did not answer, in the order in which it was tried. */
  readonly failures: readonly GpuSourceFailure[];
}

export interface GpuSourceFailure {
  readonly source: GpuSource;
  readonly code: string;
  readonly reason: string;
}

const NO_CLOCKS: GpuClocks = { graphics: null, sm: null, memory: null };

/** State of a device that does not answer. */
export function lostState(index: number, uuid: string | null, reason: string): GpuState {
  return {
    index,
    uuid,
    lost: reason,
    memoryUsed: null,
    memoryReserved: null,
    utilization: null,
    memoryUtilization: null,
    clocks: NO_CLOCKS,
    power: null,
    energy: null,
    temperature: null,
    throttle: null,
  };
}

/** A device that does not answer. */
export function lostGpu(index: number, uuid: string | null, reason: string): Gpu {
  return {
    ...lostState(index, uuid, reason),
    name: null,
    computeCapability: null,
    memoryTotal: null,
    maxClocks: NO_CLOCKS,
    powerLimit: null,
    mig: null,
    processes: null,
  };
}
