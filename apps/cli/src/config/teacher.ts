import { z } from 'zod';
import {
  ORB_EDGE_METHODS,
  ORB_MODELS,
  PYTHON_PRESETS,
  type PythonPresetName,
  TEACHERS,
  type TeacherSpec,
} from '@mlffd/teachers';

/** Presets that have no options of their own. */
const PRESET_NAMES = Object.keys(PYTHON_PRESETS).filter(
  (name): name is Exclude<PythonPresetName, 'fennol'> => name !== 'fennol',
);

const positive = z.number().positive();
const count = z.int().positive();

const pair = { elements: z.tuple([z.string(), z.string()]).describe('two symbols') };

const worker = {
  python: z.string().exactOptional().describe('interpreter'),
  threads: count.exactOptional(),
  reset: z.boolean().exactOptional().describe('compute each structure from nothing; default true'),
  forceConsistent: z.boolean().exactOptional().describe('take the free energy'),
  env: z.record(z.string(), z.string()).exactOptional().describe('environment variables'),
};

const python = {
  ...worker,
  args: z.record(z.string(), z.json()).exactOptional().describe('arguments of the ASE calculator'),
};

const device = z.string().exactOptional().describe('cpu, cuda ...');

/** Teachers in Python whose options have names of their own; their values are checked at the start. */
const orb = {
  model: z.enum(ORB_MODELS).exactOptional(),
  weights: z.string().exactOptional().describe('file; default: the download of orb-models'),
  device,
  precision: z.enum(['float32-high', 'float32-highest', 'float64']).exactOptional(),
  compile: z.boolean().exactOptional(),
  maxNeighbors: count.exactOptional(),
  edgeMethod: z.enum(ORB_EDGE_METHODS).exactOptional(),
  halfSupercell: z.boolean().exactOptional(),
  charge: z.int().exactOptional().describe('e, for models that take one'),
  spin: z.int().exactOptional().describe('unpaired electrons, for models that take them'),
};

const fennol = {
  model: z.string().min(1).describe('file, as model.fnx'),
  device,
  precision: z.enum(['float32', 'float64']).exactOptional(),
  energyTerms: z.array(z.string()).exactOptional(),
  matmulPrecision: z.enum(['default', 'high', 'highest']).exactOptional(),
  charge: z.enum(['refuse', 'ignore']).exactOptional(),
  spin: z.enum(['refuse', 'ignore']).exactOptional(),
  elements: z.array(z.string()).exactOptional(),
  allowPickle: z.boolean().exactOptional(),
};

const ipi = {
  path: z.string().exactOptional().describe('Unix socket: a name, or a path'),
  port: z.int().nonnegative().exactOptional(),
  host: z.string().exactOptional(),
  command: z.array(z.string()).exactOptional().describe('starts a driver; {address}, {data} ...'),
  cwd: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
  drivers: count.exactOptional(),
  template: z.string().exactOptional().describe('extended XYZ file'),
  elements: z.array(z.string()).exactOptional(),
  label: z.string().exactOptional().describe('what the drivers compute'),
  name: z.string().exactOptional(),
  stress: z.boolean().exactOptional(),
  timeout: positive.exactOptional().describe('s'),
  acceptTimeout: positive.exactOptional().describe('s'),
  checkSpecies: z.boolean().exactOptional(),
  cellFrame: z.boolean().exactOptional(),
  vacuum: positive.exactOptional().describe('Angstrom'),
  consolidated: z.boolean().exactOptional(),
  batchSize: count.exactOptional(),
  init: z.string().exactOptional(),
};

const text = z
  .string()
  .min(1)
  .describe(
    `${TEACHERS.join(', ')}, or ase:module.path:Class?key=value for any ASE calculator, onnx:FILE, fennol:FILE, ipi:unix:NAME, ipi:HOST:PORT`,
  );

const options = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('chgnet') }),
  z.strictObject({
    type: z.literal('onnx'),
    model: z.string().min(1).describe('exported potential'),
  }),
  z.strictObject({
    type: z.literal('lj'),
    epsilon: positive.describe('eV'),
    sigma: positive.describe('Angstrom'),
    cutoff: positive.describe('Angstrom'),
  }),
  z.strictObject({
    type: z.literal('morse'),
    depth: positive.exactOptional().describe('eV'),
    distance: positive.exactOptional().describe('Angstrom; default the sum of the covalent radii'),
    pairs: z
      .array(z.strictObject({ ...pair, depth: positive, distance: positive }))
      .exactOptional(),
    steepness: positive.exactOptional(),
    inner: positive.exactOptional().describe('where the cutoff begins, in units of the distance'),
    outer: positive.exactOptional().describe('where the energy is zero, in units of the distance'),
  }),
  z.strictObject({
    type: z.literal('emt'),
    fixedCutoff: z.boolean().exactOptional().describe("false as ASE's asap_cutoff=True"),
  }),
  z.strictObject({ type: z.literal('stillinger-weber') }),
  z.strictObject({
    type: z.literal('ase'),
    calculator: z.string().min(1).describe('module.path:Class'),
    ...python,
  }),
  z.strictObject({ type: z.literal('orb'), ...orb, ...worker }),
  z.strictObject({ type: z.literal('fennol'), ...fennol, ...worker }),
  z.strictObject({ type: z.literal('ipi'), ...ipi }),
  ...PRESET_NAMES.map((name) => z.strictObject({ type: z.literal(name), ...python })),
]);

/** Who labels: a teacher by name, any ASE calculator, or either with its options. */
export const teacherSchema: z.ZodType<TeacherSpec> = z.union([
  options,
  text.transform((name): TeacherSpec => name),
]);
