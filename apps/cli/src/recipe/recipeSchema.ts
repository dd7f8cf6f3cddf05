import { z } from 'zod';
import { teacherSchema } from '../config/teacher.ts';
import type { Recipe } from './recipe.ts';

const positive = z.number().positive();
const count = z.int().positive();
const strain = z.number().min(0).max(0.2);
const triple = z.tuple([count, count, count]);
const symbol = z.string().min(1).max(2);

const molecules = z.strictObject({
  count: count.optional().describe('molecules of the bundled list'),
  skip: z.int().min(0).default(0).describe('molecules of the bundled list to leave out first'),
  smiles: z.array(z.string().min(1)).min(1).optional(),
  file: z.string().min(1).optional().describe('one SMILES a line, relative to this file'),
  conformers: count.default(1),
});

const variant = z.union([
  z.strictObject({ supercell: triple }),
  z.strictObject({ vacancies: count }),
  z.strictObject({
    substitute: z.strictObject({ from: symbol, to: symbol, fraction: z.number().gt(0).max(1) }),
  }),
  z.strictObject({
    slab: z.strictObject({
      miller: z.tuple([z.int(), z.int(), z.int()]),
      layers: count,
      vacuum: positive.default(12).describe('Angstrom'),
    }),
  }),
  z.strictObject({ cluster: z.strictObject({ radius: positive.describe('Angstrom') }) }),
]);

const crystals = z.strictObject({
  prototypes: z
    .array(
      z.enum([
        'fcc',
        'bcc',
        'hcp',
        'diamond',
        'rocksalt',
        'cscl',
        'zincblende',
        'wurtzite',
        'fluorite',
        'antifluorite',
        'rutile',
        'perovskite',
        'spinel',
      ]),
    )
    .min(1),
  elements: z
    .array(z.array(symbol).min(1))
    .min(1)
    .describe('symbols for each position of the prototypes; all combinations are made'),
  strains: z.array(z.number().min(-0.2).max(0.2)).min(1).optional(),
  repeat: triple.optional(),
  variants: z.array(variant).default([]).describe('made of every crystal beside the plain one'),
  maxAtoms: count.default(200),
});

const boxes = z.strictObject({
  molecules: z.record(z.string().min(1), count).describe('number of copies by SMILES'),
  density: positive.describe('g/cm^3'),
  count: count.default(1),
});

const dimers = z.strictObject({
  elements: z.array(symbol).min(1).describe('every pair of them'),
  to: positive.describe('longest distance, Angstrom: the cutoff of the student'),
  count: count.default(30).describe('distances of each pair'),
});

const rattle = z.strictObject({
  count: z.int().min(0).describe('copies of each structure'),
  displacement: z
    .union([positive.max(1), z.tuple([positive.max(1), positive.max(1)])])
    .default([0.02, 0.15])
    .describe('Angstrom; two numbers: log-uniform between them'),
  strain: strain.default(0.03).describe('largest strain component of periodic ones'),
});

const dynamics = z.strictObject({
  temperatures: z.array(positive.max(20_000)).min(1).describe('K'),
  trajectories: count.default(1).describe('per structure and temperature'),
  frames: count.describe('kept of each trajectory'),
  stride: count.default(20).describe('steps between kept frames'),
  equilibration: z.int().min(0).default(100).describe('steps before the first kept frame'),
  timestep: positive.max(20).default(1).describe('fs'),
  friction: positive.default(0.02).describe('1/fs'),
});

const modes = z.strictObject({
  temperatures: z.array(positive.max(20_000)).min(1).describe('K'),
  count: count.describe('copies at each temperature'),
  statistics: z.enum(['classical', 'quantum']).default('classical'),
});

const tree = z.strictObject({
  children: count.describe('of each structure'),
  temperature: positive.max(20_000).default(300).describe('K, of the choice of parents'),
  sigma: z
    .tuple([positive.max(1), positive.max(1)])
    .default([0.05, 0.2])
    .describe('displacements, Angstrom, log-uniform'),
  strain: strain.max(0.1).default(0.02).describe('of the cell of periodic ones'),
});

const scans = z.strictObject({
  bonds: count.optional().describe('lengths of each bond'),
  angles: count.optional().describe('values of each angle'),
  torsions: count.optional().describe('values of each torsion'),
});

const ORIGINS = ['molecules', 'crystals', 'boxes', 'dimers', 'files'] as const;

const source = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w.-]+$/, 'a name has letters, digits, _, . and - only')
      .describe('becomes part of the ids'),
    molecules: molecules.optional(),
    crystals: crystals.optional(),
    boxes: boxes.optional(),
    dimers: dimers.optional(),
    files: z.array(z.string().min(1)).min(1).optional(),
    rattle: rattle.optional(),
    dynamics: dynamics.optional(),
    modes: modes.optional().describe('thermal displacements along normal modes'),
    tree: tree.optional().describe('rattle-and-relax trees'),
    minima: z.strictObject({}).optional().describe('relaxations, with frames on the way'),
    saddles: z
      .strictObject({ modes: count.default(2).describe('softest modes that are followed') })
      .optional()
      .describe('ways over saddle points'),
    scans: scans.optional().describe('bonds, angles and torsions of molecules, one at a time'),
  })
  .superRefine((value, context) => {
    if (ORIGINS.filter((origin) => value[origin] !== undefined).length !== 1) {
      context.addIssue({ code: 'custom', message: `give exactly one of ${ORIGINS.join(', ')}` });
    }
    const { molecules: listed } = value;
    if (listed === undefined) return;
    const kinds = [listed.count, listed.smiles, listed.file];
    if (kinds.filter((kind) => kind !== undefined).length !== 1) {
      context.addIssue({
        code: 'custom',
        path: ['molecules'],
        message: 'give exactly one of count, smiles and file',
      });
    }
  });

/** The recipe of `mlffd data build`: strict, so that a typo is an error and not a default. */
export const recipeSchema: z.ZodType<Recipe> = z
  .strictObject({
    name: z.string().min(1),
    seed: z.int().min(0).default(1),
    teacher: teacherSchema,
    properties: z
      .array(z.enum(['energy', 'forces', 'stress', 'energies']))
      .min(1)
      .optional()
      .describe(
        'default energy and forces, and stress where every source is a crystal; energies are those of the atoms',
      ),
    sources: z.array(source).min(1),
    labelling: z
      .strictObject({
        workers: count.max(256).default(2),
        timeout: positive.default(300).describe('seconds for one structure'),
        retries: z.int().min(0).default(1),
        minSuccess: z.number().min(0).max(1).default(0.95),
      })
      .prefault({}),
  })
  .superRefine(({ sources }, context) => {
    const names = sources.map(({ name }) => name);
    names.forEach((name, k) => {
      if (names.indexOf(name) === k) return;
      context.addIssue({
        code: 'custom',
        path: ['sources', k, 'name'],
        message: `'${name}' is the name of two sources`,
      });
    });
  });
