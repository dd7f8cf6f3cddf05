export { writeDataset, type WriteDatasetOptions } from './store/atomicStore.ts';
export { audit, type AuditEvent, auditStream, type AuditStreamOptions } from './audit/audit.ts';
export type { AuditOptions } from './audit/auditor.ts';
export {
  type Batch,
  batches,
  type BatchOptions,
  type BatchPlan,
  type BatchSource,
  planBatches,
} from './loader/batches.ts';
export { compactShards, type CompactOptions } from './store/compact.ts';
export { coarseHash, geometryHash, structureHash } from './contentHash.ts';
export {
  BENCHMARK_KINDS,
  type BenchmarkKind,
  type BenchmarkSystem,
  benchmarkSystems,
  grownCrystal,
} from './build/benchmarkSystems.ts';
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
export { Dataset, type DatasetOptions } from './store/dataset.ts';
export {
  FolderBusyError,
  FolderMismatchError,
  InvalidStructureError,
  LabelNoGoError,
  SamplingError,
  SplitError,
} from './errors.ts';
export { exportExtxyz, importExtxyz, type ImportExtxyzOptions } from './extxyz.ts';
export type { Finding, Severity, SourceCount } from './audit/finding.ts';
export {
  auditExitCode,
  type AuditExitOptions,
  type AuditReport,
  auditText,
} from './audit/report.ts';
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
export type { JournalEntry } from './label/journal.ts';
export { labelStructures, type LabelOptions, type StructureUnit } from './label.ts';
export { readLabelFolder, type LabelFolderContent } from './label/labelFolder.ts';
export type { LabelManifest } from './label/manifest.ts';
export type { LabelEvent } from './label/labelProgress.ts';
export type { LabelFailure, LabelSummary } from './label/labelTypes.ts';
export {
  fractionsOf,
  ReferenceFit,
  type ReferenceSolution,
  type ReferenceSolveOptions,
} from './normalization/referenceFit.ts';
export {
  compositionEnergy,
  type CompositionEnergy,
  robustReferenceEnergies,
} from './normalization/robustFit.ts';
export { checkLeakage, type LeakageOptions } from './split/leakage.ts';
export type { Leak, LeakKind } from './split/leakageScan.ts';
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
  type ExtrapolationOptions,
  splitBySize,
  splitByTemperature,
  type SplitByTemperatureOptions,
} from './split/extrapolation.ts';
export type { Side, Split, SplitCriteria, SplitKind, Splittable } from './split/split.ts';
export {
  type CompositionSource,
  splitByComposition,
  type SplitByCompositionOptions,
} from './split/splitByComposition.ts';
export { splitRandom, type SplitRandomOptions } from './split/splitRandom.ts';
export {
  fitNormalization,
  type FitNormalizationOptions,
  type NormalizationEvent,
  type NormalizationSource,
} from './normalization/fitNormalization.ts';
export {
  type Normalization,
  type NormalizationCounts,
  rankWarning,
} from './normalization/normalization.ts';
export { loadNormalization, saveNormalization } from './normalization/normalizationFile.ts';
export { splitByGroup, type SplitOptions } from './split/splitByGroup.ts';
export { loadSplit, saveSplit } from './split/splitFile.ts';
export type { Origin, Provenance } from './store/provenance.ts';
export type { StoreSummary } from './store/storeWriter.ts';
export { NODE_SUM_HINT, NODE_SUM_TOLERANCE, nodeSumProblem } from './nodeEnergies.ts';
export {
  type KnownLabels,
  LABEL_PROPERTIES,
  type LabelledStructure,
  type LabelProperty,
  type Structure,
  type StructureMeta,
} from './structure.ts';
export { angleScan, type AngleScanOptions } from './sampling/angleScan.ts';
export type { AtomPair, BondOptions } from '@mlffd/md';
export { bondScan, type BondScanOptions } from './sampling/bondScan.ts';
export { dimerScan, type DimerScanOptions, elementPairs } from './sampling/dimerScan.ts';
export { hessian, type Hessian, type HessianEvent, type HessianOptions } from '@mlffd/md';
export { minimaUnits, type MinimaUnitsOptions, type MinimumEvent } from './sampling/minimaUnits.ts';
export {
  type Amplitudes,
  type AmplitudeOptions,
  modeAmplitudes,
} from './sampling/modeAmplitudes.ts';
export {
  modeDisplacement,
  normalModes,
  type NormalModes,
  type NormalModesOptions,
  vibrations,
} from '@mlffd/md';
export {
  type NormalModeEvent,
  normalModeSet,
  type NormalModeSetOptions,
  normalModeUnits,
  type NormalModeUnitsOptions,
  type VibratingParent,
} from './sampling/normalModeSet.ts';
export {
  type AcceptedProposal,
  type Proposal,
  type ProposalOptions,
  proposeChild,
  type RejectedProposal,
  type RejectionReason,
  type RelaxationStop,
  stopProbability,
} from './sampling/proposeChild.ts';
export {
  growTree,
  type GrowTreeOptions,
  plantTree,
  type RattleRelaxTree,
  type TreeSampling,
} from './sampling/rattleRelaxTree.ts';
export type { Relaxation } from './sampling/relaxParent.ts';
export {
  type SaddleEvent,
  type SaddleFailure,
  saddleFrames,
  type SaddleFrames,
  type SaddleStart,
  saddleUnits,
  type SaddleUnitsOptions,
} from './sampling/saddleFrames.ts';
export {
  type SaddleWalk,
  saddleWalk,
  type SaddleWalkOptions,
  type WalkPoint,
  type WalkReason,
} from './sampling/saddleWalk.ts';
export type { Scan, SkippedScan } from './sampling/scan.ts';
export { torsionScan, type TorsionScanOptions } from './sampling/torsionScan.ts';
export type { TreeEvent, TreeStatistics } from './sampling/treeEvents.ts';
export type { NodeResults, TreeNode } from './sampling/treeNode.ts';
export { TreePool } from './sampling/treePool.ts';
export { type TreeOptions, treeSettings, type TreeSettings } from './sampling/treeSettings.ts';
export { treeUnits, type TreeUnitsOptions } from './sampling/treeUnits.ts';
export { committeeDisagreement, disagreement, type Disagreement } from './selection/committee.ts';
export type { DiverseShortlist } from './selection/diverseShortlist.ts';
export type {
  Measured,
  MeasureFailure,
  MeasureOptions,
  StructureStream,
} from './selection/measureEach.ts';
export type {
  QueryEvent,
  QueryFailure,
  QueryStatistics,
  TrustClass,
} from './selection/queryTally.ts';
export { SelectionError } from './selection/selectionError.ts';
export {
  againstTeacher,
  committeeUncertainty,
  type Uncertainty,
  type UncertaintyMeasure,
  type UncertaintyOf,
} from './selection/uncertainty.ts';
export {
  type SelectedStructure,
  selectUncertain,
  type SelectUncertainOptions,
  trustClass,
  type TrustLevels,
  type UncertainSelection,
} from './selection/uncertaintyQuery.ts';
export { descriptorMatrix, type PointMatrix } from './descriptors/descriptorMatrix.ts';
export {
  type DescriptorOptions,
  StructureDescriptor,
  structureDescriptor,
} from './descriptors/structureDescriptor.ts';
export { alignedRmsd, type AlignedRmsdOptions, periodicRmsd } from './diversity/alignedRmsd.ts';
export { analyzeDiversity, type DiversityOptions } from './diversity/analyzeDiversity.ts';
export type {
  CoveragePart,
  DiversityAlert,
  DiversityReport,
  GateCriterion,
  GateOutcome,
  Suggestion,
} from './diversity/diversityReport.ts';
export {
  DIVERSITY_GATES,
  type DiversityGate,
  type DiversityGoals,
  gateFor,
} from './diversity/goals.ts';
export {
  renderDiversityReport,
  type RenderDiversityOptions,
} from './diversity/renderDiversityReport.ts';
export type { DiversityEvent } from './diversity/stage.ts';
export type { DiversitySource } from './diversity/survey.ts';
export {
  farthestPoints,
  type FarthestPoints,
  type FarthestPointsOptions,
  selectDiverse,
  type SelectDiverseOptions,
} from './selection/farthestPoints.ts';
export type { Augmentation } from './loader/augment.ts';
export { BatchLoader, type BatchLoaderOptions, type LoaderCursor } from './loader/batchLoader.ts';
export type { BatchLimits, BatchSizes } from './loader/batches.ts';
export type { EdgeCountEvent } from './loader/edgeCounts.ts';
export { LoaderError } from './loader/errors.ts';
export {
  batchAtoms,
  type BatchArrays,
  type BatchCounts,
  type LoadedBatch,
} from './loader/loadedBatch.ts';
export { Auditor } from './audit/auditor.ts';
export type { CompositionKind } from './composition.ts';
export type { Fractions } from './split/fractions.ts';
export { filterDataset, type FilterCandidate } from './store/filterDataset.ts';
export { mergeDatasets, type MergeOptions } from './store/mergeDatasets.ts';
export { subsetDataset } from './store/subsetDataset.ts';
export type { RewriteEvent, RewriteOptions } from './store/rewriteOptions.ts';
export {
  exportMemmap,
  type ExportMemmapOptions,
  type MemmapProperty,
  type MemmapSummary,
} from './store/exportMemmap.ts';
export { importMemmap, type ImportMemmapOptions } from './store/importMemmap.ts';
export {
  hdf5Layout,
  type Hdf5Layout,
  readHdf5Dataset,
  type ReadHdf5Options,
} from './formats/hdf5Dataset.ts';
export type { MemmapKeys } from './store/memmapLayout.ts';
export { StoreMismatchError } from './store/errors.ts';
export { type Rounding, SMALL_ROUNDING } from './store/rounding.ts';
export type { StoreForm } from './store/storeFormat.ts';
export { readAniHdf5, type ReadAniOptions } from './formats/aniHdf5.ts';
export { readSpiceHdf5, type ReadSpiceOptions } from './formats/spiceHdf5.ts';
export { hessianProduct, type HessianProductOptions } from './hessian/hessianProduct.ts';
export {
  type HessianLabelOptions,
  type HessianLabelSummary,
  labelHessianProducts,
} from './hessian/labelHessianProducts.ts';
export { HessianProductSet, type StructureWithProducts } from './hessian/hessianProductSet.ts';
export { type HessianProducts, ProductFile } from './hessian/productFile.ts';
export type { ProductDescription } from './hessian/productFormat.ts';
export type { DirectionKind } from './hessian/directions.ts';
export { structuresOf, trainingDomainOf, type TrainingDomainOptions } from './trainingDomain.ts';
