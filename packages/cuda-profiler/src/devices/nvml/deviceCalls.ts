import { DeviceError } from '../errors.ts';
import { isLost, NVML, nvmlText } from './codes.ts';
import type { Handle, NvmlFunction, NvmlLibrary } from './library.ts';

/** Longest name or UUID (NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE). */
const TEXT_BYTES = 96;
/** sizeof(nvmlMemory_v2_t) and its version, as NVML_STRUCT_VERSION makes it. */
const MEMORY_V2_BYTES = 40;
const MEMORY_V2 = (MEMORY_V2_BYTES | (2 << 24)) >>> 0;
/** nvmlTemperature_v1_t. */
const TEMPERATURE_BYTES = 12;
const TEMPERATURE_V1 = (TEMPERATURE_BYTES | (1 << 24)) >>> 0;

/** Internal: the device does not answer; `DeviceCalls` of it throw nothing else. */
export class GpuLostError extends DeviceError {
  readonly reason: string;

  constructor(code: number) {
    super('profiler/gpu-lost', nvmlText(code), {
      hint: 'Restart the machine, or ask who runs it; look for Xid in the log of the kernel.',
    });
    this.reason = nvmlText(code);
  }
}

/** Bytes of device memory. */
export interface DeviceMemory {
  readonly total: number | null;
  readonly used: number | null;
  readonly reserved: number | null;
}

/** Questions to one device; what it cannot answer is null. */
export class DeviceCalls {
  readonly library: NvmlLibrary;
  readonly handle: Handle;
  readonly #scratch = Buffer.alloc(TEXT_BYTES);

  constructor(library: NvmlLibrary, handle: Handle) {
    this.library = library;
    this.handle = handle;
  }

  /** @throws GpuLostError */
  succeeds(code: number): boolean {
    if (isLost(code)) throw new GpuLostError(code);
    return code === NVML.success;
  }

  text(name: NvmlFunction): string | null {
    const buffer = this.#scratch.fill(0);
    const code = this.library.call(name, this.handle, buffer, TEXT_BYTES);
    return this.succeeds(code) ? textOf(buffer) : null;
  }

  uint(name: NvmlFunction, ...before: number[]): number | null {
    const buffer = this.#scratch;
    const code = this.library.call(name, this.handle, ...before, buffer);
    return this.succeeds(code) ? buffer.readUInt32LE() : null;
  }

  ulong(name: NvmlFunction): bigint | null {
    const buffer = this.#scratch;
    return this.succeeds(this.library.call(name, this.handle, buffer))
      ? buffer.readBigUInt64LE()
      : null;
  }

  /** Two unsigned ints in one struct. */
  pair(name: NvmlFunction): readonly [number, number] | null {
    const buffer = this.#scratch;
    return this.succeeds(this.library.call(name, this.handle, buffer))
      ? [buffer.readUInt32LE(), buffer.readUInt32LE(4)]
      : null;
  }

  /** Two unsigned ints through two pointers. */
  twoUints(name: NvmlFunction): readonly [number, number] | null {
    const first = Buffer.alloc(4);
    const second = Buffer.alloc(4);
    const code = this.library.call(name, this.handle, first, second);
    return this.succeeds(code) ? [first.readUInt32LE(), second.readUInt32LE()] : null;
  }

  /** Version 2 tells what the driver reserves; version 1, before driver 510, counts that as used. */
  memory(): DeviceMemory {
    const buffer = this.#scratch.fill(0);
    buffer.writeUInt32LE(MEMORY_V2);
    if (this.succeeds(this.library.call('nvmlDeviceGetMemoryInfo_v2', this.handle, buffer))) {
      const [total, reserved, , used] = [8, 16, 24, 32].map((at) => bytesAt(buffer, at));
      return { total, used, reserved };
    }
    if (this.succeeds(this.library.call('nvmlDeviceGetMemoryInfo', this.handle, buffer))) {
      return { total: bytesAt(buffer, 0), used: bytesAt(buffer, 16), reserved: null };
    }
    return { total: null, used: null, reserved: null };
  }

  /** Celsius of the chip. */
  temperature(): number | null {
    const old = this.uint('nvmlDeviceGetTemperature', 0);
    if (old !== null) return old;
    const buffer = this.#scratch.fill(0);
    buffer.writeUInt32LE(TEMPERATURE_V1);
    const code = this.library.call('nvmlDeviceGetTemperatureV', this.handle, buffer);
    return this.succeeds(code) ? buffer.readInt32LE(8) : null;
  }
}

/** Text up to the closing zero. */
export function textOf(buffer: Buffer): string {
  const end = buffer.indexOf(0);
  return buffer.toString('utf8', 0, end < 0 ? buffer.length : end);
}

/** Sizes stay far below 2^53. */
function bytesAt(buffer: Buffer, offset: number): number {
  return Number(buffer.readBigUInt64LE(offset));
}
