import { neighborList, Rng } from '@mlffd/core';
import type { Auditor } from '../audit/auditor.ts';
import { matrixOf } from '../descriptors/descriptorMatrix.ts';
import type { PointMatrix } from '../descriptors/descriptorMatrix.ts';
import { StructureDescriptor } from '../descriptors/structureDescriptor.ts';
import type { LabelledStructure } from '../structure.ts';
import { CompositionStatistics } from './compositionStatistics.ts';
import { LabelStatistics } from './labelStatistics.ts';
import { OriginStatistics } from './originStatistics.ts';
import { PairDistances } from './pairDistances.ts';
import { Stage } from './stage.ts';
import type { StageOptions } from './stage.ts';

/** What is analysed: a `Dataset`, or anything else that gives structures by number. */
export interface DiversitySource {
  readonly length: number;
  get(k: number): LabelledStructure;
}

/** A structure of the sample. */
interface Sampled {
  readonly index: number;
  readonly source: string;
  readonly group: string;
  readonly periodic: boolean;
}

/** What one pass over all structures gives. */
export interface Survey {
  readonly compositions: CompositionStatistics;
  readonly labels: LabelStatistics;
  readonly origins: OriginStatistics;
  readonly pairs: PairDistances;
  readonly sample: readonly Sampled[];
  /** Descriptors of the sample. */
  readonly points: PointMatrix;
  /** What each number of a descriptor stands for. */
  readonly names: readonly string[];
}

/** Options of `survey`. */
export interface SurveyOptions extends StageOptions {
  /** Structures in the sample. */
  readonly sample: number;
  readonly seed: number;
  /** Sees every structure, too. */
  readonly auditor?: Pick<Auditor, 'see'> | undefined;
}

/** Reads all structures once, one at a time. */
export async function survey(source: DiversitySource, options: SurveyOptions): Promise<Survey> {
  const chosen = sampleOf(source.length, options);
  const descriptor = new StructureDescriptor();
  const compositions = new CompositionStatistics();
  const labels = new LabelStatistics();
  const origins = new OriginStatistics();
  const pairs = new PairDistances();
  const sample: Sampled[] = [];
  const rows: Float32Array[] = [];
  const stage = new Stage('read', source.length, options);
  for (let k = 0; k < source.length; k++) {
    const structure = source.get(k);
    const { atoms, meta } = structure;
    options.auditor?.see(structure);
    labels.add(structure, compositions.add(atoms));
    origins.add(structure);
    if (chosen.has(k)) {
      const list = neighborList(atoms, descriptor.cutoff);
      rows.push(Float32Array.from(descriptor.structure(atoms, list)));
      pairs.add(atoms.numbers, list);
      const { source: origin, group } = meta;
      sample.push({ index: k, source: origin, group, periodic: atoms.pbc.includes(true) });
    }
    await stage.step(k + 1);
  }
  const points = matrixOf(rows, descriptor.size);
  return { compositions, labels, origins, pairs, sample, points, names: descriptor.names };
}

/** Indices without repetition, drawn with the seed. */
function sampleOf(length: number, { sample, seed }: SurveyOptions): ReadonlySet<number> {
  if (sample >= length) return new Set(Array.from({ length }, (_, k) => k));
  const rng = new Rng(seed, 'diversity-sample');
  const chosen = new Set<number>();
  // Floyd's method: as many draws as there are structures in the sample.
  for (let last = length - sample; last < length; last++) {
    const k = rng.integer(last + 1);
    chosen.add(chosen.has(k) ? last : k);
  }
  return chosen;
}
