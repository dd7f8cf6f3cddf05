import { z } from 'zod';
import { TEACHERS, type TeacherSpec } from '@mlffd/teachers';

const positive = z.number().positive();
const count = z.int().positive();

const pair = { elements: z.tuple([z.string(), z.string()]).describe('two symbols') };

const python = {
  args: z.record(z.string(), z.json()).exactOptional().describe('arguments of the ASE calculator'),
  python: z.string().exactOptional().describe('interpreter'),
  threads: count.exactOptional(),
  reset: z.boolean().exactOptional().describe('compute each structure from nothing; default true'),
  forceConsistent: z.boolean().exactOptional().describe('take the free energy'),
};

const text = z
  .string()
  .min(1)
  .describe(`${TEACHERS.join(', ')}, or ase:module.path:Class?key=value for any ASE calculator`);

const options = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('chgnet') }),
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
  ...(['gfn2-xtb', 'gfn1-xtb', 'ase-emt'] as const).map((name) =>
    z.strictObject({ type: z.literal(name), ...python }),
  ),
]);

/** Who labels: a teacher by name, any ASE calculator, or either with its options. */
export const teacherSchema: z.ZodType<TeacherSpec> = z.union([
  options,
  text.transform((name): TeacherSpec => name),
]);
