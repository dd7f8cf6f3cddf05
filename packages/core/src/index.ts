export * from './portable.ts';
export { readExtxyzFile } from './extxyz/readFile.ts';
export { streamExtxyzFile } from './extxyz/stream.ts';
export { readTextFile, writeFileAtomic } from './files.ts';
export { FolderBusyError, lockFolder, type LockOptions } from './folderLock.ts';
export { sha256 } from './hash.ts';
export {
  type Machine,
  MACHINE_SHAPE,
  machineDifferences,
  machineKey,
  thisMachine,
} from './machine.ts';
export {
  type Growth,
  MEMORY_SERIES,
  memoryGrowth,
  type MemoryGrowthOptions,
  type MemorySample,
  type MemorySeries,
  sampleMemory,
} from './memory.ts';
export { attributePauses, type SpanPauses } from './pauseReport.ts';
export { type Pause, PauseWatch } from './pauseWatch.ts';
export { readVersionedJson, type VersionedJson } from './versionedJson.ts';
export { ThreadCalculator } from './workers/threadCalculator.ts';
