import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { SystemFiles } from './host/systemFiles.ts';
import { Nvml } from './nvml/nvml.ts';

const POWERCAP = '/sys/class/powercap';
/** Packages of processors (RAPL); what is within them has a second colon. */
const PACKAGE = /^intel-rapl:\d+$/;
/** ms over which the first power is taken, before anything is measured. */
const FIRST = 200;
/** ms; over less the counters of processors have hardly moved. */
const SHORTEST = 20;

/** Reads the power of this machine, as far as it is readable. */
export interface PowerSource {
  /** What is read: `processor package-0`, `GPU 0`. */
  readonly devices: readonly string[];
  /** W of all of them since the last time it was asked; undefined where they do not answer any more. */
  readonly power: () => number | undefined;
  readonly close: () => void;
}

/** Choices of `openPowerSource`. */
export interface PowerSourceOptions {
  /** Path of libnvidia-ml; default: where drivers put it. */
  readonly nvmlLibrary?: string;
  /** Folder of the energy counters of processors; default `/sys/class/powercap`. */
  readonly powercap?: string;
}

/** A counter of energy, J; undefined where it does not answer. */
interface Counter {
  readonly device: string;
  readonly read: () => number | undefined;
  /** J at which it begins again. */
  readonly range: number;
}

/**
 * Opens the energy counters of processors (RAPL of Linux, which mostly only root may read) and of GPUs (NVML,
 * Volta and later); undefined where there is none. Waits a moment, so that the first answer is that of before.
 */
export async function openPowerSource(
  options: PowerSourceOptions = {},
): Promise<PowerSource | undefined> {
  const { nvmlLibrary, powercap = POWERCAP } = options;
  const nvml = await Nvml.open({ library: nvmlLibrary }).catch(() => undefined);
  const counters = [...packages(powercap), ...(nvml === undefined ? [] : gpus(nvml))];
  if (counters.length === 0) {
    nvml?.close();
    return undefined;
  }
  const power = meterOf(counters);
  await sleep(FIRST);
  return {
    devices: counters.map(({ device }) => device),
    power,
    close: () => nvml?.close(),
  };
}

/** Power from the differences of counters. */
function meterOf(counters: readonly Counter[]): () => number | undefined {
  let time = performance.now();
  let last = counters.map(({ read }) => read());
  let watts: number | undefined;
  return () => {
    const now = performance.now();
    if (now - time < SHORTEST) return watts;
    const energies = counters.map(({ read }) => read());
    let joules = 0;
    energies.forEach((energy, k) => {
      const difference = (energy ?? NaN) - (last[k] ?? NaN);
      joules += difference < 0 ? difference + counters[k].range : difference;
    });
    watts = Number.isFinite(joules) ? (1000 * joules) / (now - time) : undefined;
    [time, last] = [now, energies];
    return watts;
  };
}

function packages(powercap: string): Counter[] {
  const files = new SystemFiles(powercap);
  const names = files.names('').filter((name) => PACKAGE.test(name));
  return names.sort().flatMap((name) => {
    const joules = (file: string): number | undefined => {
      const microjoules = files.number(join(name, file));
      return microjoules === undefined ? undefined : 1e-6 * microjoules;
    };
    const range = joules('max_energy_range_uj');
    const read = (): number | undefined => joules('energy_uj');
    if (range === undefined || read() === undefined) return [];
    return [{ device: `processor ${files.text(join(name, 'name')) ?? name}`, read, range }];
  });
}

function gpus(nvml: Nvml): Counter[] {
  return Array.from({ length: nvml.count }, (_, index) => ({
    device: `GPU ${index}`,
    read: () => nvml.state(index).energy ?? undefined,
    range: Infinity,
  })).filter(({ read }) => read() !== undefined);
}
