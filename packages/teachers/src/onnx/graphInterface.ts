import { FileFormatError } from '@mlffd/core';
import type { InferenceSession } from 'onnxruntime-node';
import type { PotentialManifest } from './manifest.ts';

/** Sizes of the inputs that a graph may have: N atoms, E edges, T triples, K columns. */
const INPUT_SHAPES = {
  numbers: ['N'],
  vectors: ['E', 3],
  centers: ['E'],
  neighbors: ['E'],
  edgesOut: ['N', 'K'],
  edgesIn: ['N', 'K'],
  tripleFirst: ['T'],
  tripleSecond: ['T'],
} as const;

export type InputName = keyof typeof INPUT_SHAPES;

const INPUT_NAMES = Object.keys(INPUT_SHAPES) as readonly InputName[];
const TRIPLES: readonly InputName[] = ['tripleFirst', 'tripleSecond'];

/** What goes into a graph and what is taken from it. */
export interface GraphInterface {
  readonly inputs: readonly InputName[];
  /** The output that holds the energy: of each atom, or of all. */
  readonly energy: 'energies' | 'energy';
  readonly outputs: readonly string[];
}

/**
 * Checks names, types and sizes of a graph against its manifest.
 *
 * @param where the file's name, for messages
 * @throws FileFormatError `onnx/interface`
 */
export function interfaceOf(
  session: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  manifest: Pick<PotentialManifest, 'forces' | 'stress' | 'tripleCutoff'>,
  where: string,
): GraphInterface {
  const inputs = session.inputMetadata.map((input) => checkInput(input, where));
  if (!inputs.includes('vectors')) {
    throw interfaceError(where, { problem: 'no input vectors', expected: 'vectors [E, 3]' });
  }
  if (manifest.tripleCutoff === undefined && TRIPLES.some((name) => inputs.includes(name))) {
    throw interfaceError(where, {
      problem: 'angles as inputs, but no tripleCutoff in the manifest',
      expected: 'tripleCutoff, the longest edge of an angle in Angstrom',
    });
  }
  const energy = energyOutput(session.outputMetadata, where);
  const outputs = [energy, ...derivativeOutputs(manifest)];
  for (const name of outputs) checkOutput(name, session.outputMetadata, where);
  return { inputs, energy, outputs };
}

function checkInput(input: InferenceSession.ValueMetadata, where: string): InputName {
  const name = INPUT_NAMES.find((known) => known === input.name);
  if (name === undefined) {
    throw interfaceError(where, {
      problem: `the input ${input.name}, which nobody knows how to fill`,
      expected: `inputs among ${INPUT_NAMES.join(', ')}`,
    });
  }
  const type = name === 'vectors' ? 'float32' : 'int64';
  const shape = INPUT_SHAPES[name];
  const expected = `${name} of ${type} [${shape.join(', ')}]`;
  if (!input.isTensor || input.type !== type) {
    const found = input.isTensor ? input.type : 'no tensor';
    throw interfaceError(where, { problem: `the input ${name} of ${found}`, expected });
  }
  // Sizes of an input without a shape are not known: an empty list.
  if (input.shape.length > 0 && input.shape.length !== shape.length) {
    const problem = `the input ${name} with ${input.shape.length} axes`;
    throw interfaceError(where, { problem, expected });
  }
  for (const [axis, size] of input.shape.entries()) {
    if (typeof size === 'string' || size === shape[axis]) continue;
    throw interfaceError(where, {
      problem: `the input ${name} with exactly ${size} along axis ${axis}`,
      expected: `${expected}, any size along axes with a letter (dynamic axes)`,
    });
  }
  return name;
}

function energyOutput(
  outputs: readonly InferenceSession.ValueMetadata[],
  where: string,
): 'energies' | 'energy' {
  const found = (['energies', 'energy'] as const).filter((name) =>
    outputs.some((output) => output.name === name),
  );
  if (found.length === 1) return found[0];
  throw interfaceError(where, {
    problem: found.length === 0 ? 'no energy among its outputs' : 'the outputs energies and energy',
    expected: 'either energies (of each atom, [N]) or energy (of all)',
  });
}

function derivativeOutputs({
  forces,
  stress,
}: Pick<PotentialManifest, 'forces' | 'stress'>): string[] {
  const hasGradient = forces === 'gradient' || stress === 'gradient';
  return [
    ...(hasGradient ? ['edgeGradients'] : []),
    ...(forces === 'direct' ? ['forces'] : []),
    ...(stress === 'direct' ? ['stress'] : []),
  ];
}

function checkOutput(
  name: string,
  outputs: readonly InferenceSession.ValueMetadata[],
  where: string,
): void {
  const output = outputs.find((candidate) => candidate.name === name);
  if (output?.isTensor === true && (output.type === 'float32' || output.type === 'float64')) return;
  const type = output?.isTensor === true ? output.type : 'no tensor';
  throw interfaceError(where, {
    problem: output === undefined ? `no output ${name}` : `the output ${name} of ${type}`,
    expected: `an output ${name} of float32, as the manifest says`,
  });
}

/** The graph and its manifest do not fit together. */
function interfaceError(
  where: string,
  { problem, expected }: { problem: string; expected: string },
): FileFormatError {
  return new FileFormatError('onnx/interface', `the graph of ${where} has ${problem}`, {
    expected,
    found: problem,
    where,
    hint: 'Export it again with the names and sizes of the contract in the README.',
  });
}
