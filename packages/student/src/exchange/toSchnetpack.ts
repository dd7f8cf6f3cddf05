import { Graph, interpret } from '@mlffd/graph';
import { parsePainnConfig } from '../config.ts';
import { isolatedEnergies } from '../isolatedAtoms.ts';
import { checkParameters, parameterSpecs } from '../parameters.ts';
import { encodeSafetensors, type NamedTensor } from '../safetensors.ts';
import { type Student, trainedElements } from '../student.ts';
import { ExportError } from './errors.ts';
import { encodeFacts, SCHNETPACK_FORMAT, schnetpackName } from './schnetpackFile.ts';

/**
 * A student as a file that `schnetpack_model.py` turns into schnetpack's NeuralNetworkPotential:
 * tensors under the names of schnetpack's state dict, hyper-parameters and baseline as JSON in the
 * metadata, reference energies and scale in full precision. Where isolated atoms are at the baseline,
 * what the network says about them is taken off the reference energies. A student with `charge` or
 * `spin` becomes a model with the inputs `total_charge` and `unpaired_electrons`.
 *
 * @throws ParameterMismatchError where weights and configuration do not fit
 * @throws ExportError for a student with the repulsion of nuclei
 */
export function toSchnetpack(student: Student): Uint8Array {
  const { config, parameters, baseline, provenance } = student;
  checkParameters(config, parameters);
  if (config.zbl === true) {
    throw new ExportError(
      'student/export-zbl',
      'a student with the ZBL repulsion of nuclei has no counterpart in schnetpack',
      {
        expected: 'a student without `zbl`',
        found: 'zbl: true',
        where: 'model configuration',
        hint: 'schnetpack switches its repulsion off in another way; train a student without it.',
      },
    );
  }
  const tensors = new Map<string, NamedTensor>();
  for (const { name, shape } of parameterSpecs(config)) {
    const data = parameters.get(name) ?? new Float32Array(0);
    tensors.set(schnetpackName(name), { shape, data });
  }
  const elements = trainedElements(baseline);
  const facts = encodeFacts({
    config: parsePainnConfig(config),
    outputKey: 'energy',
    scale: baseline.scale,
    atomref: referenceEnergies(student, elements),
    elements,
    provenance,
    checks: [],
  });
  const metadata = { format: SCHNETPACK_FORMAT, schnetpack: JSON.stringify(facts) };
  return encodeSafetensors({ tensors, metadata });
}

/** Energies that are added to the plain network, eV, by atomic number. */
function referenceEnergies(student: Student, elements: readonly number[]): Map<number, number> {
  const { config, parameters, baseline } = student;
  const table = new Map(elements.map((z) => [z, baseline.energies[z]]));
  if (config.isolatedAtoms !== 'baseline') return table;
  const graph = new Graph();
  const weights = new Map(
    parameterSpecs(config).map(({ name, shape }) => [
      name,
      graph.constant(parameters.get(name) ?? [], shape),
    ]),
  );
  const { isolated } = interpret({ isolated: isolatedEnergies(weights, config) }, {});
  for (const [z, energy] of table) table.set(z, energy - baseline.scale * isolated.data[z]);
  return table;
}

/** The Python script that reads and writes such files; it ships with this package. */
export function schnetpackScript(): URL {
  // The same from `src` and from `dist`.
  return new URL('../../src/exchange/schnetpack_model.py', import.meta.url);
}
