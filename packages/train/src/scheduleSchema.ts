import { z } from 'zod';
import type { ScheduleConfig } from './schedule.ts';

const fraction = z.number().min(0).max(1);
const inside = z.number().gt(0).lt(1);
const warmupSteps = z.int().nonnegative().default(100);

const constant = z.strictObject({ type: z.literal('constant'), warmupSteps });

const cosine = z.strictObject({
  type: z.literal('cosine').default('cosine'),
  warmupSteps,
  final: fraction.default(0.01),
});

const plateau = z.strictObject({
  type: z.literal('plateau'),
  warmupSteps,
  factor: inside.default(0.5),
  patience: z.int().nonnegative().default(10),
  smoothing: z.number().min(0).lt(1).default(0),
  final: fraction.default(0.001),
});

const oneCycle = z.strictObject({
  type: z.literal('one-cycle'),
  rise: inside.default(0.3),
  initial: fraction.default(0.04),
  final: fraction.default(1e-4),
});

/** Schema of a schedule of the learning rate. */
export const scheduleSchema: z.ZodType<ScheduleConfig> = z.union([
  constant,
  plateau,
  oneCycle,
  cosine,
]);
