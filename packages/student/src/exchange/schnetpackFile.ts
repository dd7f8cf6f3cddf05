import { FileFormatError, isAtomicNumber } from '@mlffd/core';
import { normEpsilon, type PainnConfig, readNormSoftening, type StudentConfig } from '../config.ts';
import { electronProperties, type ElectronProperty } from '../electronic/electronInputs.ts';
import { fieldError, readFields, readInteger, readPositive } from '../fields.ts';
import { decodeSafetensors, type NamedTensor } from '../safetensors.ts';
import type { JsonValue } from '../student.ts';

/** Value of `format` in the metadata of the file. */
export const SCHNETPACK_FORMAT = 'mlffd-schnetpack';
const VERSION = 1;

const RADIAL_BASES = { bessel: 'BesselRBF', gaussian: 'GaussianRBF' } as const;
const CUTOFFS = { cosine: 'CosineCutoff', polynomial: 'PolynomialCutoff' } as const;

/** Keys of schnetpack's inputs; its own `spin_multiplicity` is one more than ours and never zero. */
const ELECTRON_KEYS = { charge: 'total_charge', spin: 'unpaired_electrons' } as const;

/** What a model of schnetpack's can have of a student's configuration. */
type SchnetpackConfig = Required<PainnConfig> &
  Pick<StudentConfig, ElectronProperty | 'normSoftening'>;

/** An answer of schnetpack that an imported student is compared with. */
export interface SchnetpackCheck {
  readonly numbers: readonly number[];
  /** 3N, Angstrom. */
  readonly positions: readonly number[];
  /** 9, Angstrom. */
  readonly cell: readonly number[];
  readonly pbc: readonly boolean[];
  /** e */
  readonly charge?: number;
  /** Number of unpaired electrons. */
  readonly spin?: number;
  /** In the unit of energy of the model. */
  readonly energy: number;
  /** 3N, in that unit per Angstrom. */
  readonly forces?: readonly number[];
}

/** What a file for or from schnetpack says beside its tensors. */
export interface SchnetpackFacts {
  readonly config: SchnetpackConfig;
  /** Key of the energy in schnetpack's results. */
  readonly outputKey: string;
  /** Factor on the network's output, in the unit of energy of the model. */
  readonly scale: number;
  /** Energy that is added per atom, by atomic number, in that unit. */
  readonly atomref: ReadonlyMap<number, number>;
  readonly elements: readonly number[];
  readonly provenance: Readonly<Record<string, JsonValue>>;
  readonly checks: readonly SchnetpackCheck[];
}

/** Name of a student's tensor in the state dict of schnetpack's NeuralNetworkPotential. */
export function schnetpackName(name: string): string {
  return name.startsWith('outnet.') ? `output_modules.0.${name}` : `representation.${name}`;
}

/** The inverse of `schnetpackName`; a name of another kind stays as it is. */
function studentName(name: string): string {
  return name.replace(/^(?:representation|output_modules\.0)\./, '');
}

/** The facts as the Python script reads them: hyper-parameters under schnetpack's own names. */
export function encodeFacts(facts: SchnetpackFacts): Record<string, JsonValue> {
  const { config } = facts;
  const electrons = electronProperties(config).map((property) => ELECTRON_KEYS[property]);
  return {
    version: VERSION,
    units: { energy: 'eV', length: 'Angstrom' },
    representation: {
      n_atom_basis: config.features,
      n_interactions: config.interactions,
      shared_filters: config.sharedFilters,
      n_embeddings: config.maxAtomicNumber + 1,
      radial_basis: {
        type: RADIAL_BASES[config.radialBasis.type],
        n_rbf: config.radialBasis.count,
      },
      cutoff_fn: { type: CUTOFFS[config.cutoffFunction], cutoff: config.cutoff },
      ...(electrons.length === 0 ? {} : { electronic_embeddings: electrons }),
      ...(config.normSoftening === undefined ? {} : { epsilon: normEpsilon(config) }),
    },
    energy: {
      output_key: facts.outputKey,
      scale: facts.scale,
      atomref: Object.fromEntries(facts.atomref),
      elements: facts.elements,
    },
    provenance: facts.provenance,
  };
}

/**
 * Reads a file that the Python script `schnetpack_model.py` or `toSchnetpack` wrote.
 *
 * @throws FileFormatError for a file of another kind, StudentConfigError for wrong facts
 */
export function decodeSchnetpack(
  bytes: Uint8Array,
  where: string,
): { facts: SchnetpackFacts; tensors: ReadonlyMap<string, NamedTensor> } {
  const { tensors, metadata: entries } = decodeSafetensors(bytes, where);
  const metadata: Readonly<Partial<Record<string, string>>> = entries;
  if (metadata.format !== SCHNETPACK_FORMAT || metadata.schnetpack === undefined) {
    throw new FileFormatError('student/not-schnetpack', `${where} holds no schnetpack model`, {
      expected: `safetensors with the format "${SCHNETPACK_FORMAT}" in its metadata`,
      found: `format ${JSON.stringify(metadata.format ?? null)}`,
      where,
      hint: 'Make it from the saved model: python schnetpack_model.py extract best_model FILE.',
    });
  }
  const renamed = Array.from(tensors, ([name, tensor]) => [studentName(name), tensor] as const);
  return { facts: readFacts(parse(metadata.schnetpack, where), where), tensors: new Map(renamed) };
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FileFormatError('student/json', `the metadata of ${where} are no valid JSON`, {
      expected: 'JSON',
      where,
      hint: 'Extract the model again.',
      cause,
    });
  }
}

const KEYS = ['version', 'units', 'representation', 'energy', 'provenance', 'checks'] as const;
const SHAPE_KEYS = [
  'n_atom_basis',
  'n_interactions',
  'shared_filters',
  'n_embeddings',
  'radial_basis',
  'cutoff_fn',
  'electronic_embeddings',
  'epsilon',
] as const;

function readFacts(value: unknown, where: string): SchnetpackFacts {
  const fields = readFields(value, KEYS, where);
  readInteger(fields, 'version', { least: 1, most: VERSION, where });
  const inside = `${where}, energy`;
  const energy = readFields(
    fields.energy,
    ['output_key', 'scale', 'atomref', 'elements'] as const,
    inside,
  );
  const { elements, atomref } = energy;
  if (!Array.isArray(elements) || elements.length === 0 || !elements.every(isAtomicNumber)) {
    throw fieldError('elements', 'a list of atomic numbers', { value: elements, where: inside });
  }
  return {
    config: readConfig(fields.representation, `${where}, representation`),
    outputKey: String(energy.output_key),
    scale: readPositive(energy, 'scale', inside),
    atomref: readEnergies(atomref, inside),
    elements: elements as number[],
    provenance: (fields.provenance ?? {}) as Record<string, JsonValue>,
    checks: (fields.checks ?? []) as readonly SchnetpackCheck[],
  };
}

function readEnergies(value: unknown, where: string): Map<number, number> {
  const table = new Map<number, number>();
  for (const [z, energy] of Object.entries(value ?? {})) {
    if (typeof energy !== 'number' || !isAtomicNumber(Number(z))) {
      throw fieldError(`atomref.${z}`, 'an energy by atomic number', { value: energy, where });
    }
    table.set(Number(z), energy);
  }
  return table;
}

function readConfig(value: unknown, where: string): SchnetpackConfig {
  const shape = readFields(value, SHAPE_KEYS, where);
  const basis = readFields(shape.radial_basis, ['type', 'n_rbf'] as const, where);
  const envelope = readFields(shape.cutoff_fn, ['type', 'cutoff'] as const, where);
  return {
    features: readInteger(shape, 'n_atom_basis', { least: 2, most: 4096, where }),
    interactions: readInteger(shape, 'n_interactions', { least: 1, most: 32, where }),
    radialBasis: {
      type: keyOf(RADIAL_BASES, basis.type, where),
      count: readInteger(basis, 'n_rbf', { least: 2, most: 512, where }),
    },
    cutoff: readPositive(envelope, 'cutoff', where),
    cutoffFunction: keyOf(CUTOFFS, envelope.type, where),
    sharedFilters: shape.shared_filters === true,
    maxAtomicNumber: readInteger(shape, 'n_embeddings', { least: 2, most: 119, where }) - 1,
    ...readElectrons(shape.electronic_embeddings ?? [], where),
    ...readSoftening(shape, where),
  };
}

/** The square of the softening is schnetpack's epsilon. */
function readSoftening(
  shape: Readonly<Record<string, unknown>>,
  where: string,
): Pick<StudentConfig, 'normSoftening'> {
  if (shape.epsilon === undefined) return {};
  const normSoftening = Math.sqrt(readPositive(shape, 'epsilon', where));
  return readNormSoftening({ normSoftening }, where);
}

/** Tensors are numbered in the order of the embeddings, so that this has to be that of a student. */
function readElectrons(value: unknown, where: string): Pick<StudentConfig, ElectronProperty> {
  const known = [[], [ELECTRON_KEYS.charge], [ELECTRON_KEYS.spin], Object.values(ELECTRON_KEYS)];
  const found = known.find((keys) => JSON.stringify(keys) === JSON.stringify(value));
  if (found === undefined) {
    throw fieldError('electronic_embeddings', `some of ${known[3].join(', ')}, in this order`, {
      value,
      where,
    });
  }
  return {
    ...(found.includes(ELECTRON_KEYS.charge) ? { charge: true } : {}),
    ...(found.includes(ELECTRON_KEYS.spin) ? { spin: true } : {}),
  };
}

/** The name of ours that stands for a class of schnetpack. */
function keyOf<K extends string>(
  names: Readonly<Record<K, string>>,
  value: unknown,
  where: string,
): K {
  const known = (Object.keys(names) as K[]).find((key) => names[key] === value);
  if (known !== undefined) return known;
  throw fieldError('type', `one of ${Object.values(names).join(', ')}`, { value, where });
}
