import type { Calculator } from '@mlffd/core';
import {
  angleScan,
  bondScan,
  minimaUnits,
  normalModeUnits,
  perturbedSet,
  saddleUnits,
  torsionScan,
  trajectoryUnits,
  treeUnits,
  type LabelProperty,
  type Parent,
  type Structure,
  type StructureUnit,
} from '@mlffd/data';
import type { SamplingConfig, SourceConfig } from './recipe.ts';

/** What sampling needs beside its settings. */
export interface SamplingMeans {
  readonly calculator: Calculator;
  readonly properties: readonly LabelProperty[];
  readonly seed: number;
}

/** The part of a source that decides what is made from its parents. */
export function samplingOf(source: SourceConfig): SamplingConfig & { readonly name: string } {
  const { name, rattle, dynamics, modes, tree, minima, saddles, scans } = source;
  return { name, rattle, dynamics, modes, tree, minima, saddles, scans };
}

/**
 * Everything that is made from the parents of one source, each unit when its turn comes. Whatever
 * comes of one molecule or crystal is one group, so that no split can put it on two sides.
 */
export function samplingUnits(
  config: SamplingConfig,
  parents: readonly Parent[],
  means: SamplingMeans,
): StructureUnit[] {
  return parents.flatMap((parent) =>
    unitsOf(config, parent, means).map((unit) => inFamily(unit, parent)),
  );
}

function unitsOf(config: SamplingConfig, parent: Parent, means: SamplingMeans): StructureUnit[] {
  const { dynamics, modes, tree, minima, saddles, scans } = config;
  const { calculator, properties, seed } = means;
  const units = [copiesUnit(config.rattle, parent, seed)];
  if (scans !== undefined) units.push(scanUnit(scans, parent));
  if (dynamics !== undefined) {
    const { trajectories, ...sampling } = dynamics;
    const settings = { ...sampling, calculator, properties, seed };
    units.push(...trajectoryUnits({ ...settings, starts: [parent], replicas: trajectories }));
  }
  if (modes !== undefined) {
    units.push(...normalModeUnits({ ...modes, calculator, seed, parents: [parent] }));
  }
  if (tree !== undefined) {
    const strain = parent.atoms.pbc.every(Boolean) ? tree.strain : 0;
    const settings = { ...tree, strain, calculator, properties, seed };
    units.push(...treeUnits({ ...settings, roots: [parent], includeRoots: false }));
  }
  if (minima !== undefined) units.push(...minimaUnits({ calculator, parents: [parent] }));
  if (saddles !== undefined) {
    units.push(...saddleUnits({ ...saddles, calculator, parents: [parent] }));
  }
  return units;
}

function copiesUnit(rattle: SamplingConfig['rattle'], parent: Parent, seed: number): StructureUnit {
  const { count = 0, displacement = 0, strain = 0 } = rattle ?? {};
  return {
    unit: `${parent.id}/copies`,
    count: 1 + count,
    make: () => [...perturbedSet({ parents: [parent], count, stdev: displacement, strain, seed })],
  };
}

function scanUnit(scans: NonNullable<SamplingConfig['scans']>, parent: Parent): StructureUnit {
  const { bonds, angles, torsions } = scans;
  return {
    unit: `${parent.id}/scans`,
    make: () => [
      ...(bonds === undefined ? [] : bondScan(parent, { count: bonds }).structures),
      ...(angles === undefined ? [] : angleScan(parent, { count: angles }).structures),
      ...(torsions === undefined ? [] : torsionScan(parent, { count: torsions }).structures),
    ],
  };
}

/** The unit with its structures as descendants of the parent. */
function inFamily(unit: StructureUnit, { id, group = id }: Parent): StructureUnit {
  const adopt = (structure: Structure): Structure => {
    const { meta } = structure;
    const parent = meta.id === id ? {} : { parent: meta.parent ?? id };
    return { ...structure, meta: { ...meta, group, ...parent } };
  };
  return { ...unit, make: async (signal) => (await unit.make(signal)).map(adopt) };
}
