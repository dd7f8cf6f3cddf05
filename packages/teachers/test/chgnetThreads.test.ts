import { expect, test } from '@jest/globals';
import { ChgnetCalculator } from '../src/index.ts';
import { rocksalt } from './fixtures.ts';

test.each([1, 4])('1 and 2 threads give the same bits, %d^3 cells', async (cells) => {
  // 512 atoms: a sum whose order depends on the threads would show at such sizes only.
  const atoms = rocksalt(cells, 5.64, 0.1);
  const answers = [];
  for (const threads of [1, 2]) {
    const calculator = await ChgnetCalculator.load({ threads });
    answers.push(await calculator.calculate(atoms, ['energy', 'energies', 'forces', 'stress']));
    answers.push(await calculator.calculate(atoms, ['energy', 'energies', 'forces', 'stress']));
    await calculator.dispose();
  }
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});
