import { expect } from '@jest/globals';
import {
  answersOf,
  differenceFrom,
  type ModelKind,
  modelPath,
  PATIENCE,
  propertiesOf,
  startFennol,
  structure,
  testFennol,
} from './fennolSupport.ts';

/** Answers are kept with 12 digits; charges come from an iteration with an end. */
const TOLERANCE = 1e-9;

testFennol(
  'all that models take is there: graphs, angles, indices of species, points of k space',
  async () => {
    // At once, since each takes seconds to start and to compile.
    await Promise.all([check('angular'), check('ionic')]);
  },
  PATIENCE,
);

async function check(kind: ModelKind): Promise<void> {
  const { teacher } = await startFennol({ model: modelPath(kind), precision: 'float64' });
  try {
    for (const answer of answersOf(kind)) {
      const atoms = structure(answer.structure);
      const results = await teacher.calculate(atoms, propertiesOf(atoms));
      expect(differenceFrom(answer, results)).toBeLessThan(TOLERANCE);
    }
  } finally {
    await teacher.dispose();
  }
}
