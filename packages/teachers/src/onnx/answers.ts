import { type Atoms, BOHR, HARTREE, MlffdError, type Property, type Results } from '@mlffd/core';
import type { InferenceSession } from 'onnxruntime-node';
import { EdgeSums, reserve } from '../manyBody/edgeSums.ts';
import type { EdgeGraph } from './edgeGraph.ts';
import type { GraphInterface } from './graphInterface.ts';
import type { PotentialManifest } from './manifest.ts';
import { removeNetForce, removeNetTorque } from './netForces.ts';

type Values = Float32Array | Float64Array;

/** What was asked, of which structure, and the graph that it was made to. */
export interface Question {
  readonly atoms: Atoms;
  readonly graph: EdgeGraph;
  readonly properties: readonly Property[];
}

/** Turns what a graph gives into results, in float64: units, references, sums over edges. */
export class Answers {
  readonly #manifest: PotentialManifest;
  readonly #energyName: GraphInterface['energy'];
  /** eV in the graph's unit of energy. */
  readonly #energyUnit: number;
  /** Angstrom in the graph's unit of length. */
  readonly #lengthUnit: number;
  #gradients: Float64Array = new Float64Array();

  constructor(manifest: PotentialManifest, { energy }: GraphInterface) {
    this.#manifest = manifest;
    this.#energyName = energy;
    this.#energyUnit = manifest.energyUnit === 'Hartree' ? HARTREE : 1;
    this.#lengthUnit = manifest.lengthUnit === 'Bohr' ? BOHR : 1;
  }

  /**
   * @throws MlffdError `onnx/wrong-output` for outputs of another size, `onnx/not-finite`
   */
  read(outputs: InferenceSession.OnnxValueMapType, question: Question): Results {
    const { properties } = question;
    const { forces, stress } = this.#manifest;
    const results: Results = {};
    this.#addEnergies(results, outputs, question);
    const ofGradient = [
      ...(properties.includes('forces') && forces === 'gradient' ? (['forces'] as const) : []),
      ...(properties.includes('stress') && stress === 'gradient' ? (['stress'] as const) : []),
    ];
    if (ofGradient.length > 0) {
      const sums = new EdgeSums(question.atoms.numbers.length);
      const { edges, centers, neighbors, vectors } = question.graph;
      sums.add(
        { count: edges, centers, neighbors, vectors },
        this.#edgeGradients(outputs, question),
      );
      Object.assign(results, sums.results(question.atoms, ofGradient));
    }
    if (properties.includes('forces') && forces === 'direct') {
      results.forces = this.#directForces(outputs, question.atoms);
    }
    if (properties.includes('stress') && stress === 'direct') {
      const unit = this.#energyUnit / this.#lengthUnit ** 3;
      results.stress = Float64Array.from(this.#output(outputs, 'stress', 6), (s) => s * unit);
    }
    requireFinite(this.#manifest.name, results);
    return results;
  }

  #addEnergies(
    results: Results,
    outputs: InferenceSession.OnnxValueMapType,
    { atoms, properties }: Question,
  ): void {
    const wantsEnergy = properties.includes('energy');
    const wantsEnergies = properties.includes('energies');
    if (!wantsEnergy && !wantsEnergies) return;
    const { referenceEnergies, energyScale } = this.#manifest;
    const { numbers } = atoms;
    const factor = energyScale.factor * this.#energyUnit;
    const isOfAtoms = this.#energyName === 'energies';
    const given = this.#output(outputs, this.#energyName, isOfAtoms ? numbers.length : 1);
    const energies = new Float64Array(numbers.length);
    let energy = isOfAtoms ? 0 : factor * given[0];
    for (let i = 0; i < numbers.length; i++) {
      const own = isOfAtoms ? factor * given[i] : 0;
      energies[i] = own + energyScale.perAtom + referenceEnergies[numbers[i]];
      energy += energies[i];
    }
    if (wantsEnergy) results.energy = energy;
    if (wantsEnergies) results.energies = energies;
  }

  /** dE/dv of the real edges, eV/Angstrom. */
  #edgeGradients(
    outputs: InferenceSession.OnnxValueMapType,
    { graph: { edges, dummies } }: Question,
  ): Float64Array {
    const given = this.#output(outputs, 'edgeGradients', 3 * (dummies + edges));
    const unit = (this.#manifest.energyScale.factor * this.#energyUnit) / this.#lengthUnit;
    this.#gradients = reserve(this.#gradients, 3 * edges);
    const start = 3 * dummies;
    for (let k = 0; k < 3 * edges; k++) this.#gradients[k] = unit * given[start + k];
    return this.#gradients;
  }

  #directForces(outputs: InferenceSession.OnnxValueMapType, atoms: Atoms): Float64Array {
    const { direct } = this.#manifest;
    const unit = this.#energyUnit / this.#lengthUnit;
    const given = this.#output(outputs, 'forces', atoms.positions.length);
    const forces = Float64Array.from(given, (force) => force * unit);
    if (direct.removeNetForce) removeNetForce(forces);
    const isOpen = !atoms.pbc.includes(true);
    if (direct.removeNetTorque === 'open' && isOpen) removeNetTorque(forces, atoms.positions);
    for (let k = 0; k < forces.length; k++) forces[k] += direct.offset;
    return forces;
  }

  #output(outputs: InferenceSession.OnnxValueMapType, name: string, length: number): Values {
    const values = outputs[name].data as Values;
    if (values.length === length) return values;
    throw new MlffdError(
      'onnx/wrong-output',
      `${this.#manifest.name} gives ${values.length} values as ${name}`,
      {
        expected: `${length} values`,
        found: `${values.length} values, shape [${outputs[name].dims.join(', ')}]`,
        where: name,
        hint: 'The graph does not keep to its contract: export it again with dynamic axes.',
      },
    );
  }
}

function requireFinite(name: string, { energy, energies, forces, stress }: Results): void {
  const all = { energy: energy === undefined ? [] : [energy], energies, forces, stress };
  for (const [property, values = []] of Object.entries(all)) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad === -1) continue;
    throw new MlffdError('onnx/not-finite', `${name} has no finite ${property} of a structure`, {
      expected: 'finite numbers',
      found: `${values[bad]} as ${property}[${bad}]`,
      hint: 'Leave this structure out; look for atoms that are too close.',
    });
  }
}
