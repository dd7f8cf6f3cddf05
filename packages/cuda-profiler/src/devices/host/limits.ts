import { dirname } from 'node:path/posix';
import { listLength, type SystemFiles } from './systemFiles.ts';

/** What a container or a job scheduler leaves of the machine; null: no limit. */
export interface HostLimits {
  /** Processors of the time quota, may be a fraction. */
  readonly cpuQuota: number | null;
  /** Processors that this process may run on. */
  readonly affinity: number | null;
  /** Bytes. */
  readonly memory: number | null;
  /** Bytes in use of `memory`, by all processes under the limit. */
  readonly memoryUsed: number | null;
}

/** Version 1 says "no limit" with the largest multiple of a page. */
const NO_LIMIT = 2 ** 60;

interface Group {
  readonly cpuQuota: number | undefined;
  readonly memory: number | undefined;
  readonly memoryUsed: number | undefined;
}

/** Limits by control groups (versions 1 and 2, the tightest up to the root) and by affinity, on Linux. */
export function readLimits(files: SystemFiles): HostLimits {
  const cpu: Group[] = [];
  const memory: Group[] = [];
  for (const line of (files.text('proc/self/cgroup') ?? '').split('\n')) {
    const entry = /^\d+:([^:]*):(\/.*)$/.exec(line);
    if (entry === null) continue;
    const [, controllers, path] = entry;
    const names = controllers.split(',');
    if (controllers === '') {
      const groups = upwards(path).map((group) => versionTwo(files, `sys/fs/cgroup${group}`));
      cpu.push(...groups);
      memory.push(...groups);
    }
    if (names.includes('cpu')) {
      const mounts = [...new Set([controllers, 'cpu'])];
      cpu.push(...groupsOf(mounts, path).map((folder) => versionOneCpu(files, folder)));
    }
    if (names.includes('memory')) {
      memory.push(...groupsOf(['memory'], path).map((folder) => versionOneMemory(files, folder)));
    }
  }
  const quotas = cpu.map(({ cpuQuota }) => cpuQuota).filter((quota) => quota !== undefined);
  const tightest = memory.reduce<Group | undefined>(
    (least, group) => ((group.memory ?? Infinity) < (least?.memory ?? Infinity) ? group : least),
    undefined,
  );
  return {
    cpuQuota: quotas.length === 0 ? null : Math.min(...quotas),
    affinity: affinity(files),
    memory: tightest?.memory ?? null,
    memoryUsed: tightest?.memoryUsed ?? null,
  };
}

/** `/a/b`, `/a` and the root, which is all that a container sees of its own path. */
function upwards(path: string): string[] {
  return path === '/' ? ['/'] : [path, ...upwards(dirname(path))];
}

function groupsOf(mounts: readonly string[], path: string): string[] {
  return mounts.flatMap((mount) => upwards(path).map((group) => `sys/fs/cgroup/${mount}${group}`));
}

function versionTwo(files: SystemFiles, folder: string): Group {
  const [quota, period] = (files.text(`${folder}/cpu.max`) ?? 'max').split(' ').map(Number);
  return {
    cpuQuota: Number.isFinite(quota) && period > 0 ? quota / period : undefined,
    memory: files.number(`${folder}/memory.max`),
    memoryUsed: files.number(`${folder}/memory.current`),
  };
}

function versionOneCpu(files: SystemFiles, folder: string): Group {
  const quota = files.number(`${folder}/cpu.cfs_quota_us`) ?? -1;
  const period = files.number(`${folder}/cpu.cfs_period_us`) ?? 0;
  const cpuQuota = quota > 0 && period > 0 ? quota / period : undefined;
  return { cpuQuota, memory: undefined, memoryUsed: undefined };
}

function versionOneMemory(files: SystemFiles, folder: string): Group {
  const limit = files.number(`${folder}/memory.limit_in_bytes`) ?? Infinity;
  return {
    cpuQuota: undefined,
    memory: limit < NO_LIMIT ? limit : undefined,
    memoryUsed: files.number(`${folder}/memory.usage_in_bytes`),
  };
}

function affinity(files: SystemFiles): number | null {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(files.text('proc/self/status') ?? '')?.[1];
  return list === undefined ? null : listLength(list);
}
