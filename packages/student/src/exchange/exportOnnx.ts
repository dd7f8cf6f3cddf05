import { isAtomicNumber, symbolOf } from '@mlffd/core';
import { grad, Graph, mul, optimize, reshape, toOnnx } from '@mlffd/graph';
import { parsePainnConfig, repulsionReach } from '../config.ts';
import { declareEdges, EDGE_INPUTS, edgeForces, edgeVirials } from '../edges.ts';
import { describeElectrons, electronProperties } from '../electronic/electronInputs.ts';
import { buildPainn } from '../painn.ts';
import { checkParameters } from '../parameters.ts';
import { type JsonValue, type Student, trainedElements } from '../student.ts';
import { missingRepulsion } from '../zbl/missingRepulsion.ts';

/** Outputs of an exported ONNX model. */
export const EXPORT_OUTPUTS = {
  /** Energy of each atom less its reference energy, [N], eV. */
  atomEnergies: 'atom_energies',
  /** [N, 3], eV/Angstrom. */
  forces: 'forces',
  /** Sum over the edges of each atom of r (x) dE/dr, [N, 3, 3], eV. */
  atomVirials: 'atom_virials',
} as const;

/** Choices of `exportOnnx`. */
export interface ExportOnnxOptions {
  /** Version of the standard operator set, 18 to 23; default 21. */
  readonly opset?: number;
}

/**
 * A student as one ONNX model for other programs: neighbours in, energies, forces and virials of
 * atoms out, in eV and Angstrom. Its metadata say what each input and output is, the cutoff,
 * the elements, and the reference energies to be added in float64.
 *
 * The repulsion of nuclei (`zbl`) is not part of the graph; the metadata say so.
 * Several structures may go in at once: nothing couples atoms that no edge connects, but the charge and
 * the spin of a student that has them. It then takes these and the structure of each atom, too.
 */
export function exportOnnx(student: Student, options: ExportOnnxOptions = {}): Uint8Array {
  const { config, parameters, baseline } = student;
  checkParameters(config, parameters);
  const graph = new Graph();
  const edges = declareEdges(graph, { dense: true });
  const network = buildPainn(graph, config, {
    parameter: (spec) => graph.constant(parameters.get(spec.name) ?? [], spec.shape),
    elementTable: true,
    edges,
  });
  const energies = mul(network.atomEnergies, graph.scalar(baseline.scale));
  const [gradient] = grad(energies, [edges.vectors]);
  const outputs = optimize({
    [EXPORT_OUTPUTS.atomEnergies]: reshape(energies, ['N']),
    [EXPORT_OUTPUTS.forces]: edgeForces(gradient, edges),
    [EXPORT_OUTPUTS.atomVirials]: edgeVirials(gradient, edges),
  });
  return toOnnx({ outputs, name: 'painn', metadata: describe(student), ...options });
}

function describe(student: Student): Record<string, string> {
  const { baseline, provenance } = student;
  const config = parsePainnConfig(student.config);
  const reach = repulsionReach(config);
  const elements = trainedElements(baseline);
  const facts: Record<string, JsonValue> = {
    format: 'mlffd-onnx-1',
    cutoff_A: config.cutoff,
    elements: elements.filter(isAtomicNumber).map((z) => symbolOf(z)),
    atomic_numbers: elements,
    reference_energies_eV: Object.fromEntries(elements.map((z) => [z, baseline.energies[z]])),
    units: {
      length: 'Angstrom',
      energy: 'eV',
      forces: 'eV/Angstrom',
      stress: 'eV/Angstrom^3, tension positive',
    },
    inputs: {
      [EDGE_INPUTS.numbers]: 'int64 [N]: atomic number of each atom',
      [EDGE_INPUTS.vectors]:
        'float32 [N, C, 3]: r_ij = r_j - r_i (Angstrom) of the edges of each atom, all within the cutoff, both directions; unused slots hold a vector longer than the cutoff, e.g. (2 cutoff, 0, 0)',
      [EDGE_INPUTS.neighbors]: 'int64 [N, C]: atom j; 0 in unused slots',
      [EDGE_INPUTS.reverse]:
        'int64 [N, C]: position n * C + c of the edge j -> i; its own position in unused slots',
      ...(electronProperties(config).length === 0
        ? {}
        : { [EDGE_INPUTS.structures]: 'int64 [N]: structure of each atom, counted from 0' }),
      ...describeElectrons(config, '[B, 1]'),
    },
    outputs: {
      [EXPORT_OUTPUTS.atomEnergies]: 'float32 [N]: energy of each atom less its reference, eV',
      [EXPORT_OUTPUTS.forces]: 'float32 [N, 3]: eV/Angstrom',
      [EXPORT_OUTPUTS.atomVirials]: 'float32 [N, 3, 3]: eV',
    },
    energy: 'E = sum_i (reference_energies_eV[Z_i] + atom_energies[i]), summed in float64',
    stress: 'symmetric part of sum_i atom_virials[i] / volume',
    ...(reach === undefined ? {} : { zbl: missingRepulsion(reach, 'virial') }),
    model: { ...config, radialBasis: { ...config.radialBasis } },
    provenance,
  };
  return Object.fromEntries(
    Object.entries(facts).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
