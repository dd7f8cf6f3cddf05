export { writeDataset, type WriteDatasetOptions } from './atomicStore.ts';
export { audit, type AuditOptions, type AuditReport } from './audit.ts';
export {
  type Batch,
  batches,
  type BatchOptions,
  type BatchPlan,
  type BatchSource,
  planBatches,
} from './batches.ts';
export { compactShards, type CompactOptions } from './compact.ts';
export { coarseHash, geometryHash, structureHash } from './contentHash.ts';
export { cluster, type ClusterOptions } from './build/cluster.ts';
export {
  bcc,
  type CrystalOptions,
  cscl,
  diamond,
  fcc,
  hcp,
  prototypeCrystal,
  type PrototypeOptions,
  rocksalt,
  type ShapeOptions,
  zincblende,
} from './build/crystals.ts';
export { crystalSet, type CrystalSetOptions, elementLists } from './build/crystalSet.ts';
export {
  type SiteChoice,
  substitute,
  type SubstituteOptions,
  vacancies,
  type VacancyOptions,
} from './build/defects.ts';
export { estimateLattice, type LatticeEstimate } from './build/latticeEstimate.ts';
export { type MoleculeCount, packBox, type PackBoxOptions } from './build/packBox.ts';
export type { PrototypeName } from './build/prototypes.ts';
export { slab, type SlabOptions } from './build/slab.ts';
export { type IntegerMatrix, supercell } from './build/supercell.ts';
export { Dataset, type DatasetOptions } from './dataset.ts';
export {
  FolderBusyError,
  FolderMismatchError,
  InvalidStructureError,
  LabelNoGoError,
  SamplingError,
  SplitError,
} from './errors.ts';
export { exportExtxyz, importExtxyz, type ImportExtxyzOptions } from './extxyz.ts';
export type { Finding, Severity } from './finding.ts';
export { readAseDb, type ReadAseDbOptions } from './formats/aseDb.ts';
export { readCif, type ReadCifOptions } from './formats/cif.ts';
export { type EnergyUnit, readMd17Npz, type ReadMd17Options } from './formats/md17.ts';
export { readPdb, type ReadPdbOptions } from './formats/pdb.ts';
export { readPoscar, type ReadPoscarOptions } from './formats/poscar.ts';
export {
  readStructures,
  type ReadStructuresOptions,
  type StructureFormat,
} from './formats/readStructures.ts';
export { writePoscar, type WritePoscarOptions } from './formats/writePoscar.ts';
export type { JournalEntry } from './journal.ts';
export { labelStructures, type LabelOptions, type StructureUnit } from './label.ts';
export { readLabelFolder, type LabelFolderContent, type LabelManifest } from './labelFolder.ts';
export type { LabelEvent } from './labelProgress.ts';
export type { LabelFailure, LabelSummary } from './labelTypes.ts';
export { checkLeakage, type Leak, type LeakageOptions } from './leakage.ts';
export {
  randomStrain,
  type RandomSource,
  type RandomStrainOptions,
  rattle,
  type RattleOptions,
  strain,
} from './perturb.ts';
export {
  type Parent,
  perturbedSet,
  type PerturbedSetOptions,
  strainSeries,
} from './perturbedSet.ts';
export type { Rounding } from './rounding.ts';
export {
  type MdSampling,
  sampleMd,
  type SampleEvent,
  type SampleMdOptions,
  sampleTrajectory,
  type Stopped,
  type Trajectory,
  type TrajectoryOptions,
  trajectoryUnits,
} from './sampleMd.ts';
export {
  loadSplit,
  saveSplit,
  type Side,
  type Split,
  splitByGroup,
  type SplitOptions,
  type Splittable,
} from './split.ts';
export type { Provenance, StoreSummary } from './storeWriter.ts';
export {
  type KnownLabels,
  LABEL_PROPERTIES,
  type LabelledStructure,
  type LabelProperty,
  type Structure,
  type StructureMeta,
} from './structure.ts';
