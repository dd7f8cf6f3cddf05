import { z } from 'zod';
import type { StudentConfig } from './distillConfig.ts';

const count = z.int().positive();
const positive = z.number().positive();

/** What the student looks like: a preset, and what is changed of it. */
export const studentSchema: z.ZodType<StudentConfig> = z.strictObject({
  preset: z.enum(['ultra-tiny', 'tiny', 'original', 'large']).optional().describe('default tiny'),
  features: count.multipleOf(2).optional(),
  interactions: count.optional(),
  radialBasis: z
    .strictObject({ type: z.enum(['bessel', 'gaussian']), count: count.min(2) })
    .optional(),
  cutoff: positive.max(20).optional().describe('Angstrom'),
  cutoffFunction: z.enum(['cosine', 'polynomial']).optional(),
  sharedFilters: z.boolean().optional().describe('one filter network for all blocks'),
  maxAtomicNumber: count.max(118).optional().describe('of the embedding'),
  zbl: z.boolean().optional().describe('repulsion of nuclei at short distances'),
  zblReach: z
    .number()
    .min(0.1)
    .max(1)
    .optional()
    .describe('where it ends, over the sum of two covalent radii; presets: 0.7, before any bond'),
  charge: z.boolean().optional().describe('energies depend on the total charge'),
  spin: z.boolean().optional().describe('energies depend on the number of unpaired electrons'),
  isolatedAtoms: z
    .enum(['baseline', 'network'])
    .optional()
    .describe('baseline: an isolated atom has its reference energy'),
  normSoftening: z
    .number()
    .min(1e-15)
    .max(10)
    .optional()
    .describe(
      'roundness of the energy where symmetry makes vector features zero; schnetpack: 1e-4',
    ),
});
