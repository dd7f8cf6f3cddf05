import { readFileSync } from 'node:fs';
import { type Atoms, createAtoms, neighborList } from '@mlffd/core';
import { grad, Graph, interpret, reduceSum } from '@mlffd/graph';
import type { StudentConfig } from '../src/config.ts';
import { ElectronBuffers } from '../src/electronic/electronInputs.ts';
import {
  buildPainn,
  buildPairPainn,
  declareEdges,
  declarePairs,
  edgeFeeds,
  forcesFromEdges,
  layoutEdges,
  layoutPairs,
  pairFeeds,
  type Parameters,
} from '../src/index.ts';
import { goldenAtoms } from './golden.ts';

/** What schnetpack says about a structure with a charge and unpaired electrons. */
export interface ElectronicAnswer {
  readonly structure: string;
  readonly charge: number;
  readonly spin: number;
  readonly energy: number;
  readonly forces: number[];
}

interface ElectronicGolden {
  readonly cases: readonly {
    readonly name: string;
    readonly config: StudentConfig;
    readonly seed: number;
    readonly results: readonly ElectronicAnswer[];
  }[];
}

/** Answers of schnetpack 2.1.1, made by tooling/python/schnetpack/electronic_golden.py. */
export const electronicGolden = JSON.parse(
  readFileSync(new URL('fixtures/schnetpack-electronic.json', import.meta.url), 'utf8'),
) as ElectronicGolden;

/** Structure of an answer. */
export function answeredAtoms({ structure, charge, spin }: ElectronicAnswer): Atoms {
  return { ...goldenAtoms(structure), charge, spin };
}

/** Energy and forces of a structure by a network alone, in float64. */
export interface Computed {
  readonly energy: number;
  readonly forces: Float64Array;
}

/** How a reference is computed. */
export interface ReferenceOptions {
  readonly rows?: 'dense' | 'chunked';
  readonly oneStructure?: boolean;
}

/** Energies and forces of structures in one batch, on edges. */
export function onEdges(
  config: StudentConfig,
  parameters: Parameters,
  structures: readonly Atoms[],
  { rows = 'dense', oneStructure = false }: ReferenceOptions = {},
): Computed[] {
  const graph = new Graph();
  const lists = structures.map((atoms) => neighborList(atoms, config.cutoff));
  const batch = layoutEdges(lists, { rows });
  const edges = declareEdges(graph, { dense: rows === 'dense' });
  const { atomEnergies } = buildPainn(graph, config, {
    parameter: (spec) => graph.constant(parameters.get(spec.name)!, spec.shape),
    edges,
    oneStructure,
    elementTable: oneStructure,
  });
  const [gradient] = grad(atomEnergies, [edges.vectors]);
  const numbers = structures.flatMap((atoms) => [...atoms.numbers]);
  const feeds = edgeFeeds(batch, BigInt64Array.from(numbers, BigInt));
  // The layout's vectors are float32; the reference takes them in float64.
  const vectors = Float64Array.from(batch.vectors);
  const slots = lists.map(({ count }) => count);
  const firstEdge = slots.map((_, b) => slots.slice(0, b).reduce((sum, count) => sum + count, 0));
  lists.forEach((list, b) => {
    for (let e = 0; e < list.count; e++) {
      const slot = batch.slotOf[firstEdge[b] + e];
      vectors.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * slot);
    }
  });
  const out = interpret(
    { e: atomEnergies, g: gradient },
    {
      ...feeds,
      edge_vectors: { ...feeds.edge_vectors, data: vectors },
      ...new ElectronBuffers().feeds(structures),
    },
  );
  let atom = 0;
  return structures.map((atoms, b) => {
    const list = lists[b];
    const derivatives = new Float64Array(3 * list.count);
    for (let e = 0; e < list.count; e++) {
      const slot = batch.slotOf[firstEdge[b] + e];
      derivatives.set(out.g.data.subarray(3 * slot, 3 * slot + 3), 3 * e);
    }
    const energies = out.e.data.subarray(atom, (atom += atoms.numbers.length));
    return {
      energy: energies.reduce((sum, value) => sum + value, 0),
      forces: forcesFromEdges(list, derivatives, 1),
    };
  });
}

/** The same for open structures with a slot for every pair of atoms. */
export function onPairs(
  config: StudentConfig,
  parameters: Parameters,
  structures: readonly Atoms[],
): Computed[] {
  const graph = new Graph();
  const pairs = declarePairs(graph);
  const energies = buildPairPainn(graph, config, {
    pairs,
    parameter: (spec) => graph.constant(parameters.get(spec.name)!, spec.shape),
  });
  const [gradient] = grad(reduceSum(energies, [0, 1]), [pairs.positions]);
  const batch = layoutPairs(structures, config.cutoff);
  const out = interpret(
    { e: energies, g: gradient },
    { ...pairFeeds(batch), ...new ElectronBuffers().feeds(structures) },
  );
  const rows = batch.structures * batch.atoms;
  return structures.map((atoms, b) => {
    const first = b * batch.atoms;
    const forces = new Float64Array(3 * atoms.numbers.length);
    for (let i = 0; i < atoms.numbers.length; i++) {
      for (let c = 0; c < 3; c++) forces[3 * i + c] = -out.g.data[c * rows + first + i];
    }
    const slots = out.e.data.subarray(first, first + batch.atoms);
    return { energy: slots.reduce((sum, value) => sum + value, 0), forces };
  });
}

/** An open molecule whose coordinates, and their differences, float32 holds exactly. */
export function gridMolecule(atoms: Atoms): Atoms {
  const positions = atoms.positions.map((x) => Math.round(1024 * x) / 1024);
  return createAtoms({
    numbers: atoms.numbers,
    positions,
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin }),
  });
}
