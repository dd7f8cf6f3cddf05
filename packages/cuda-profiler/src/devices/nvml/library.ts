import { DeviceError } from '../errors.ts';
import { NVML } from './codes.ts';

/** A pointer that NVML gave out for a device. */
export type Handle = bigint;
type Argument = Handle | number | Buffer | null;
type Native = (...args: Argument[]) => number;

/** Arguments: `d` a device, `u` an unsigned int, `p` a buffer. All return nvmlReturn_t. */
const SIGNATURES = {
  nvmlInit_v2: '',
  nvmlShutdown: '',
  nvmlSystemGetDriverVersion: 'pu',
  nvmlSystemGetCudaDriverVersion_v2: 'p',
  nvmlSystemGetCudaDriverVersion: 'p',
  nvmlSystemGetProcessName: 'upu',
  nvmlDeviceGetCount_v2: 'p',
  nvmlDeviceGetHandleByIndex_v2: 'up',
  nvmlDeviceGetName: 'dpu',
  nvmlDeviceGetUUID: 'dpu',
  nvmlDeviceGetCudaComputeCapability: 'dpp',
  nvmlDeviceGetMemoryInfo: 'dp',
  nvmlDeviceGetMemoryInfo_v2: 'dp',
  nvmlDeviceGetUtilizationRates: 'dp',
  nvmlDeviceGetClockInfo: 'dup',
  nvmlDeviceGetMaxClockInfo: 'dup',
  nvmlDeviceGetPowerUsage: 'dp',
  nvmlDeviceGetEnforcedPowerLimit: 'dp',
  nvmlDeviceGetTotalEnergyConsumption: 'dp',
  nvmlDeviceGetTemperature: 'dup',
  nvmlDeviceGetTemperatureV: 'dp',
  nvmlDeviceGetCurrentClocksEventReasons: 'dp',
  nvmlDeviceGetCurrentClocksThrottleReasons: 'dp',
  nvmlDeviceGetComputeRunningProcesses: 'dpp',
  nvmlDeviceGetComputeRunningProcesses_v2: 'dpp',
  nvmlDeviceGetComputeRunningProcesses_v3: 'dpp',
  nvmlDeviceGetConfComputeMemSizeInfo: 'dp',
  nvmlDeviceGetRunningProcessDetailList: 'dp',
  nvmlDeviceGetMigMode: 'dpp',
  nvmlDeviceGetMaxMigDeviceCount: 'dp',
  nvmlDeviceGetMigDeviceHandleByIndex: 'dup',
} as const;

export type NvmlFunction = keyof typeof SIGNATURES;

// A handle is a pointer; as a number it needs no type of its own in koffi's global table.
const TYPES: Readonly<Record<string, string>> = { d: 'uintptr_t', u: 'uint32', p: 'void *' };

/** Where drivers put the library. */
export function nvmlCandidates(
  platform: NodeJS.Platform = process.platform,
  variables: NodeJS.ProcessEnv = process.env,
): string[] {
  if (platform === 'linux') return ['libnvidia-ml.so.1', '/usr/lib/wsl/lib/libnvidia-ml.so.1'];
  if (platform !== 'win32') return [];
  const programs = variables.ProgramFiles ?? 'C:\\Program Files';
  return ['nvml.dll', `${programs}\\NVIDIA Corporation\\NVSMI\\nvml.dll`];
}

/** The functions of NVML that this driver has, called through koffi. */
export class NvmlLibrary {
  /** File that was loaded. */
  readonly path: string;
  readonly #find: (name: NvmlFunction) => Native | undefined;
  readonly #found = new Map<NvmlFunction, Native | undefined>();

  private constructor(path: string, find: (name: NvmlFunction) => Native | undefined) {
    this.path = path;
    this.#find = find;
  }

  /**
   * Loads the library; nothing is initialised yet.
   *
   * @throws DeviceError `profiler/no-koffi`, `profiler/no-nvml`
   */
  static async load(paths: readonly string[] = nvmlCandidates()): Promise<NvmlLibrary> {
    const koffi = await import('koffi').catch((cause: unknown) => {
      throw new DeviceError(
        'profiler/no-koffi',
        'koffi, which calls native libraries, is missing',
        {
          found: messageOf(cause),
          hint: 'Install it: npm install koffi. Without it nvidia-smi is asked.',
          cause,
        },
      );
    });
    const reasons: string[] = [];
    for (const path of paths) {
      try {
        const library = koffi.load(path);
        return new NvmlLibrary(path, (name) => {
          try {
            const types = Array.from(SIGNATURES[name], (letter) => TYPES[letter]);
            return library.func(name, 'int', types) as Native;
          } catch {
            return undefined;
          }
        });
      } catch (cause) {
        reasons.push(`${path}: ${messageOf(cause)}`);
      }
    }
    throw new DeviceError('profiler/no-nvml', 'the NVML library of the driver was not found', {
      expected: paths.length === 0 ? 'Linux or Windows' : paths.join(' or '),
      found: reasons.join('; ') || process.platform,
      hint: 'Install the driver of NVIDIA; in a container start it with --gpus all.',
    });
  }

  has(name: NvmlFunction): boolean {
    return this.#lookUp(name) !== undefined;
  }

  /** Calls a function and returns its code; a function that this driver lacks gives that code. */
  call(name: NvmlFunction, ...args: Argument[]): number {
    return this.#lookUp(name)?.(...args) ?? NVML.functionNotFound;
  }

  #lookUp(name: NvmlFunction): Native | undefined {
    if (!this.#found.has(name)) this.#found.set(name, this.#find(name));
    return this.#found.get(name);
  }
}

// Errors of native modules and of other realms are no `instanceof Error`.
function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}
