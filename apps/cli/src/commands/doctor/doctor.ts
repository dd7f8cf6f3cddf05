import { createRequire } from 'node:module';
import {
  type GpuReport,
  type Host,
  probeProviders,
  readGpus,
  readHost,
  type RuntimeProbe,
} from '@mlffd/cuda-profiler';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { versions } from '../../output/versions.ts';
import { canWork, type CheckGroup } from './check.ts';
import { diskChecks } from './diskChecks.ts';
import { gpuChecks } from './gpuChecks.ts';
import { hostChecks } from './hostChecks.ts';
import { nodeChecks } from './nodeChecks.ts';
import { providerChecks } from './providerChecks.ts';
import { studentChecks } from './studentChecks.ts';
import { teacherChecks } from './teacherChecks.ts';
import { groupText, verdictText } from './text.ts';

/** Options of `mlffd doctor`. */
export interface DoctorFlags {
  readonly json?: boolean;
  readonly runs: string;
}

/** What `--json` prints. */
export interface DoctorReport {
  readonly format: 'mlffd-doctor-1';
  /** Whether everything is there that the main job needs. */
  readonly ok: boolean;
  readonly versions: Readonly<Record<string, string>>;
  readonly groups: readonly CheckGroup[];
  /** Figures behind the checks: bytes, MHz, W, Celsius, per cent. */
  readonly host: Host;
  readonly gpus: GpuReport;
  readonly onnxruntime: RuntimeProbe;
}

/** `mlffd doctor`: what there is to work with, and what to do about what is missing. */
export async function doctorCommand(flags: DoctorFlags, io: CommandIo): Promise<number> {
  const { signal } = io;
  const groups: CheckGroup[] = [];
  const show = (group: CheckGroup): void => {
    groups.push(group);
    if (flags.json !== true) io.stdout.write(`${groupText(group)}\n`);
  };
  show(nodeChecks());
  const host = await readHost();
  show(hostChecks(host));
  const gpus = await readGpus({ signal });
  show(gpuChecks(gpus));
  const require = createRequire(import.meta.url);
  const onnxruntime = await probeProviders(require.resolve('onnxruntime-node'), { signal });
  const { platform, cpu } = host;
  show(providerChecks(onnxruntime, { gpus, platform, architecture: cpu.architecture }));
  show(await studentChecks());
  show(await teacherChecks(signal));
  show(diskChecks(flags.runs));
  const ok = canWork(groups);
  if (flags.json === true) {
    const report: DoctorReport = {
      format: 'mlffd-doctor-1',
      ok,
      versions: versions(),
      groups,
      host,
      gpus,
      onnxruntime,
    };
    io.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else io.stdout.write(`${verdictText(groups)}\n`);
  return ok ? EXIT.done : EXIT.failed;
}
