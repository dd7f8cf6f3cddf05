import {
  type Atoms,
  cellDeterminant,
  type NeighborList,
  neighborList,
  type Results,
  symbolOf,
  UnsupportedElementError,
  validateAtoms,
  volume,
} from '@mlffd/core';
import { interpret } from '@mlffd/graph';
import { EDGE_INPUTS, edgeFeeds } from './edges.ts';
import { ELECTRON_INPUTS } from './electronic/electronInputs.ts';
import { INFERENCE_OUTPUTS, inferenceGraph } from './inference.ts';
import { type EdgeBatch, layoutEdges } from './layout.ts';
import { forcesFromEdges, virialFromEdges } from './observables.ts';
import { type Student, trainedElements } from './student.ts';
import { repulsionReach } from './config.ts';
import { zblEnergy } from './zbl/zblEnergy.ts';

/** What `referenceResults` gives; the stress of structures with a full cell only. */
export type ReferenceResults = Required<Pick<Results, 'energy' | 'energies' | 'forces'>> &
  Pick<Results, 'stress'>;

/**
 * Energy (eV), energies (eV), forces (eV/Angstrom) and stress (eV/Angstrom^3) of a structure with
 * everything in float64, by the interpreter of `@mlffd/graph`: what a float32 calculator rounds, and
 * smooth enough for finite differences. It keeps every intermediate value and is far
 * slower than a `StudentCalculator`: for tests on some ten atoms.
 *
 * @throws InvalidAtomsError, UnsupportedElementError, ParameterMismatchError
 */
export function referenceResults(student: Student, atoms: Atoms): ReferenceResults {
  validateAtoms(atoms);
  const { baseline, config } = student;
  requireTrained(student, atoms);
  const list = neighborList(atoms, config.cutoff);
  const output = networkResults(student, atoms, list);
  const { scale, energies: references } = baseline;
  const energies = Float64Array.from(
    atoms.numbers,
    (z, i) => references[z] + scale * output.atoms[i],
  );
  const forces = forcesFromEdges(list, output.edges, scale);
  const virial = virialFromEdges(list, output.edges, scale);
  const reach = repulsionReach(config);
  if (reach !== undefined) {
    const zbl = zblEnergy(atoms, list, { reach });
    addTo(energies, zbl.energies);
    addTo(forces, zbl.forces);
    addTo(virial, zbl.virial);
  }
  const energy = energies.reduce((sum, value) => sum + value, 0);
  if (cellDeterminant(atoms.cell) === 0) return { energy, energies, forces };
  const size = volume(atoms);
  return { energy, energies, forces, stress: virial.map((value) => value / size) };
}

/** Outputs per atom, dimensionless, and their derivatives along the edges, 1/Angstrom. */
function networkResults(
  student: Student,
  { numbers, charge = 0, spin = 0 }: Atoms,
  list: NeighborList,
): { atoms: ArrayLike<number>; edges: Float64Array } {
  const batch = layoutEdges(list, { rows: 'dense' });
  const one = (value: number): { shape: number[]; data: number[] } => ({
    shape: [1, 1],
    data: [value],
  });
  const feeds = edgeFeeds(batch, BigInt64Array.from(numbers, BigInt));
  const vectors = { ...feeds[EDGE_INPUTS.vectors], data: exactVectors(batch, list) };
  const out = interpret(inferenceGraph(student, { dense: true }), {
    ...feeds,
    [EDGE_INPUTS.vectors]: vectors,
    [ELECTRON_INPUTS.charge]: one(charge),
    [ELECTRON_INPUTS.spin]: one(spin),
  });
  const gradients = out[INFERENCE_OUTPUTS.edgeGradients].data;
  const edges = new Float64Array(3 * list.count);
  for (let e = 0; e < edges.length; e++) {
    edges[e] = gradients[3 * batch.slotOf[Math.floor(e / 3)] + (e % 3)];
  }
  return { atoms: out[INFERENCE_OUTPUTS.atomEnergies].data, edges };
}

/** Vectors of all slots; those of a layout are rounded to float32. */
function exactVectors({ vectors, slotOf }: EdgeBatch, list: NeighborList): Float64Array {
  const exact = Float64Array.from(vectors);
  for (let e = 0; e < list.count; e++) {
    exact.set(list.vectors.subarray(3 * e, 3 * e + 3), 3 * slotOf[e]);
  }
  return exact;
}

function requireTrained({ baseline }: Student, { numbers }: Atoms): void {
  const known = trainedElements(baseline);
  const atom = numbers.findIndex((z) => !known.includes(z));
  if (atom < 0) return;
  const symbol = symbolOf(numbers[atom]);
  throw new UnsupportedElementError(
    'student/element',
    `the student was not trained for ${symbol}`,
    {
      expected: `only ${known.map((z) => symbolOf(z)).join(', ')}`,
      found: `${symbol} for atom ${atom}`,
      where: `atom ${atom}`,
      hint: 'Train a student on data that contain this element.',
    },
  );
}

function addTo(sum: Float64Array, values: Float64Array): void {
  for (let k = 0; k < sum.length; k++) sum[k] += values[k];
}
