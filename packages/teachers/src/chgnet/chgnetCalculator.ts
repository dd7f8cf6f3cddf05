import {
  type Atoms,
  type Calculator,
  type Property,
  type Results,
  VerletList,
  volume,
} from '@mlffd/core';
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { checkRequest, requireCount } from '../checks.ts';
import { corrupt } from '../onnx/onnxFile.ts';
import { createSession, disposedError } from '../onnx/onnxSession.ts';
import { CrystalGraph } from './crystalGraph.ts';
import { bondGradients, forcesOf, stressOf } from './graphGradients.ts';
import { type ChgnetModelFile, readModelFile } from './modelFile.ts';

export interface ChgnetOptions {
  /** Threads of one evaluation, default 1; the results are the same bits for any number. */
  readonly threads?: number;
  /** Another export of CHGNet, default the one that the package carries. */
  readonly modelPath?: string;
}

/** Candidates are kept this much farther than the cutoff, Angstrom, which saves searches in MD. */
const SKIN = 0.4;

/**
 * CHGNet 0.3.0 (Deng et al., Nat. Mach. Intell. 5, 1031 (2023)) in this process, on ONNX Runtime.
 *
 * Energies, forces and stress of the original, without magnetic moments. The network runs in
 * float32 on bond lengths and angles; geometry, forces, virial and sums are float64. Structures
 * need no cell: an open direction is what an infinite vacuum would give. An atom without a
 * neighbour within 6 Angstrom contributes the energy that the network gives to a lone atom.
 */
export class ChgnetCalculator implements Calculator {
  readonly name: string;
  readonly properties: readonly Property[] = ['energy', 'energies', 'forces', 'stress'];
  readonly elements: readonly number[];
  /**
   * Length of an edge, Angstrom. Four layers of messages reach four times as far, plus the angles.
   */
  readonly cutoff: number;
  /** SHA-256 of the model file. */
  readonly fingerprint: string;
  readonly #model: ChgnetModelFile;
  readonly #list: VerletList;
  #session: InferenceSession | undefined;
  /** One graph per evaluation under way; more than one only when calls overlap. */
  readonly #free: CrystalGraph[] = [];

  private constructor(model: ChgnetModelFile, session: InferenceSession) {
    this.name = model.name;
    this.elements = model.elements;
    this.cutoff = model.atomCutoff;
    this.fingerprint = model.fingerprint;
    this.#model = model;
    this.#session = session;
    this.#list = new VerletList({ cutoff: model.atomCutoff, skin: SKIN });
  }

  /**
   * @throws FileSystemError, FileFormatError `onnx/corrupt` for an unreadable or damaged model
   * @throws InvalidArgumentError for a number of threads that is not a positive integer
   */
  static async load({ threads = 1, modelPath }: ChgnetOptions = {}): Promise<ChgnetCalculator> {
    requireCount(threads, 'threads');
    const model = await readModelFile(modelPath);
    try {
      const session = await createSession(model.bytes, threads);
      return new ChgnetCalculator(model, session);
    } catch (cause) {
      throw corrupt(model.path, 'a graph that ONNX Runtime refuses', cause);
    }
  }

  async calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    const session = this.#open();
    checkRequest(this, atoms, properties);
    const graph = this.#free.pop() ?? new CrystalGraph(this.#model);
    const list = this.#list.update(atoms);
    graph.build(atoms, list, this.#list.reverse());
    try {
      const outputs = await session.run(feedsOf(graph));
      return this.#results(graph, outputs, { atoms, properties });
    } finally {
      this.#free.push(graph);
    }
  }

  async dispose(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #open(): InferenceSession {
    if (this.#session !== undefined) return this.#session;
    throw disposedError(this.name);
  }

  #results(
    graph: CrystalGraph,
    outputs: InferenceSession.OnnxValueMapType,
    { atoms, properties }: { atoms: Atoms; properties: readonly Property[] },
  ): Results {
    const interaction = float32(outputs, 'energies');
    const { referenceEnergies, cosineScale } = this.#model;
    const energies = new Float64Array(graph.atoms);
    let energy = 0;
    for (let i = 0; i < graph.atoms; i++) {
      energies[i] = interaction[i] + referenceEnergies[graph.numbers[i]];
      energy += energies[i];
    }
    const results: Results = {};
    if (properties.includes('energy')) results.energy = energy;
    if (properties.includes('energies')) results.energies = energies;
    const wantsForces = properties.includes('forces');
    const wantsStress = properties.includes('stress');
    if (!wantsForces && !wantsStress) return results;
    const gradients = new Float64Array(3 * graph.bonds);
    const inputs = {
      lengths: float32(outputs, 'lengthGradients'),
      angles: float32(outputs, 'angleGradients'),
      cosineScale,
    };
    bondGradients(graph, inputs, gradients);
    if (wantsForces) results.forces = forcesOf(graph, gradients);
    if (wantsStress) results.stress = stressOf(graph, gradients, volume(atoms));
    return results;
  }
}

function float32(outputs: InferenceSession.OnnxValueMapType, name: string): Float32Array {
  return outputs[name].data as Float32Array;
}

function feedsOf(graph: CrystalGraph): Record<string, Tensor> {
  const { atoms, bonds, shortBonds, angles, edgesPerAtom, bondsPerAtom, anglesPerBond } = graph;
  const int32 = (data: Int32Array, rows: number, columns: number): Tensor =>
    new Tensor('int32', data.subarray(0, rows * columns), [rows, columns]);
  return {
    numbers: new Tensor('int32', graph.numbers.subarray(0, atoms), [atoms]),
    lengths: new Tensor('float32', graph.lengths.subarray(0, bonds), [bonds, 1]),
    angles: new Tensor('float32', graph.theta.subarray(0, angles), [angles, 1]),
    ends: int32(graph.ends, 2, bonds),
    edgesOut: int32(graph.edgesOut, atoms, edgesPerAtom),
    edgesIn: int32(graph.edgesIn, atoms, edgesPerAtom),
    bondsOut: int32(graph.bondsOut, atoms, bondsPerAtom),
    first: int32(graph.first, 2, angles),
    angleBonds: int32(graph.angleBonds, 2, angles),
    anglesFirst: int32(graph.anglesFirst, 2 * shortBonds, anglesPerBond),
    anglesSecond: int32(graph.anglesSecond, 2 * shortBonds, anglesPerBond),
  };
}
