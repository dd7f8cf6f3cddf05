import { type Gpu, type GpuReport, isThrottled } from '@mlffd/cuda-profiler';
import { formatBytes, formatNumber } from '@mlffd/report';
import type { Check, CheckGroup } from './check.ts';

const PLAIN = { ascii: true } as const;

/** GPUs of NVIDIA. */
export function gpuChecks(report: GpuReport): CheckGroup {
  return {
    id: 'gpus',
    title: 'GPUs',
    checks: [sourceCheck(report), ...report.gpus.flatMap(checksOf)],
  };
}

function sourceCheck({ source, driver, cuda, gpus, failures }: GpuReport): Check {
  const check = { id: 'driver', label: 'driver' };
  if (source === null) {
    // Nothing to repair where no driver is: most machines have no such GPU.
    const broken = failures.find(({ code }) => !ABSENT.has(code));
    if (broken === undefined) {
      const value = 'no GPU of NVIDIA; students run on processors';
      return { ...check, status: 'off', value };
    }
    return {
      ...check,
      status: 'gap',
      value: `${broken.source}: ${broken.reason}`,
      advice: [
        'Repair the driver: restart after an update (code 18), load it (sudo modprobe nvidia, code 9),',
        'and in a container pass the devices in (docker run --gpus all).',
      ],
    };
  }
  const value = `${driver ?? 'unknown'}, serves CUDA ${cuda ?? 'unknown'} (told by ${source})`;
  if (gpus.length > 0) return { ...check, status: 'ok', value };
  const advice = ['In a container pass the devices in: docker run --gpus all.'];
  return { ...check, status: 'gap', value: `${value}, but there is no GPU`, advice };
}

const ABSENT: ReadonlySet<string> = new Set([
  'profiler/no-nvml',
  'profiler/no-koffi',
  'profiler/no-nvidia-smi',
]);

function checksOf(gpu: Gpu): Check[] {
  const { index, mig, lost, throttle, processes } = gpu;
  const id = `gpu-${String(index)}`;
  const label = `GPU ${String(index)}`;
  if (lost !== null) {
    const advice = ['Restart the machine; look for Xid in the log of the kernel (dmesg).'];
    return [{ id, label, status: 'gap', value: lost, advice }];
  }
  const hot = throttle !== null && isThrottled(throttle);
  return [
    {
      id,
      label,
      status: hot ? 'gap' : 'ok',
      value: valueOf(gpu),
      ...(hot
        ? { advice: [`Slowed down by ${throttle.join(', ')}: do not trust figures of speed.`] }
        : {}),
    },
    ...(mig?.enabled === true ? [migCheck(id, label, mig.devices)] : []),
    ...(processes ?? []).map(({ pid, name, memory }, k): Check => ({
      id: `${id}-process-${String(k)}`,
      label: `${label} process`,
      status: 'ok',
      value: `${String(pid)} ${name ?? 'unknown'}, ${memory === null ? 'memory not told' : formatBytes(memory)}`,
    })),
  ];
}

function valueOf(gpu: Gpu): string {
  const { clocks, maxClocks } = gpu;
  const figure = (value: number | null, unit: string): string | undefined =>
    value === null ? undefined : `${formatNumber(value, PLAIN)} ${unit}`;
  const most = (now: string | undefined, top: string | undefined): string | undefined =>
    now === undefined || top === undefined ? now : `${now} of ${top}`;
  const parts = [
    gpu.name ?? 'unnamed',
    gpu.computeCapability === null ? undefined : `compute capability ${gpu.computeCapability}`,
    most(
      gpu.memoryUsed === null ? undefined : `${formatBytes(gpu.memoryUsed)} used`,
      gpu.memoryTotal === null ? undefined : formatBytes(gpu.memoryTotal),
    ),
    most(figure(clocks.sm, 'MHz'), figure(maxClocks.sm, 'MHz')),
    most(figure(gpu.power, 'W'), figure(gpu.powerLimit, 'W')),
    figure(gpu.temperature, 'Celsius'),
    gpu.utilization === null ? undefined : `busy ${figure(gpu.utilization, '%') ?? ''}`,
  ];
  return parts.filter((part) => part !== undefined).join('; ');
}

function migCheck(id: string, label: string, devices: NonNullable<Gpu['mig']>['devices']): Check {
  const names = devices.map(({ name, uuid }) => `${name ?? 'slice'} ${uuid ?? ''}`.trim());
  return {
    id: `${id}-mig`,
    label: `${label} MIG`,
    status: 'ok',
    value: names.length === 0 ? 'on' : names.join('; '),
  };
}
