import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { inMemory, LabelError, ResumeMismatchError, TrainConfigError, Trainer } from '@mlffd/train';
import type { LabelledStructure, TrainResult } from '@mlffd/train';
import { StructureWeights } from '../src/structureWeights.ts';
import { CONFIG, DATASET, inFolder, SPLIT, stopAt, STRUCTURES, train } from './runs.ts';

/** Every structure has a group and a source. */
const NAMED = STRUCTURES.map((structure, k) => ({
  ...structure,
  meta: { group: k < 3 ? 'dimers' : `run-${k}`, source: k % 2 === 0 ? 'md' : 'rattle' },
}));

/** What a run leads to, without its hash of the data. */
function outcome({ student, curve, metrics }: TrainResult): unknown {
  return { parameters: student.parameters, baseline: student.baseline, curve, metrics };
}

describe('weights of structures', () => {
  it('are products of their own, the list, the group and the source', () => {
    const weights = new StructureWeights({
      groups: { dimers: 0.5, md: 3 },
      given: [10, 20, 30, 40],
    });
    expect(weights.of({ ...NAMED[0], weight: 2 }, 0)).toBe(2 * 10 * 0.5 * 3);
    expect(weights.of(NAMED[1], 1)).toBe(20 * 0.5);
    expect(weights.of(STRUCTURES[2], 2)).toBe(30);
    expect(() => {
      weights.requireAllMet();
    }).not.toThrow();
    expect(new StructureWeights({ groups: {}, given: undefined }).of(NAMED[4], 4)).toBe(1);
    // One name for both counts once.
    const once = new StructureWeights({ groups: { md: 3 }, given: undefined });
    expect(once.of({ ...NAMED[0], meta: { group: 'md', source: 'md' } }, 0)).toBe(3);
  });

  it.each([-1, NaN, Infinity])('of %d are refused with the number of the structure', (weight) => {
    const weights = new StructureWeights({ groups: {}, given: undefined });
    expect(() => weights.of({ ...STRUCTURES[0], weight }, 7)).toThrow(LabelError);
    expect(() => weights.of({ ...STRUCTURES[0], weight }, 7)).toThrow(/structure 7/);
  });

  it('that are missing in a list are refused', async () => {
    await expect(train({}, { weights: [1, 1] })).rejects.toThrow(/structure 2: its weight is NaN/);
  });

  it('of groups that nothing belongs to are refused with a suggestion', async () => {
    const refused = train({ loss: { groupWeights: { dimer: 0 } } }, { dataset: inMemory(NAMED) });
    await expect(refused).rejects.toThrow(TrainConfigError);
    await expect(refused).rejects.toThrow(/no training structure is of group or source "dimer"/);
    await expect(refused).rejects.toMatchObject({ hint: 'Did you mean "dimers"?' });
    await expect(train({ loss: { groupWeights: { dimers: 0 } } })).rejects.toMatchObject({
      hint: 'The structures have no names.',
    });
  });
});

describe('a weight of zero', () => {
  const without = { ...SPLIT, train: Array.from(SPLIT.train).filter((k) => k > 2) };
  const broken: readonly LabelledStructure[] = NAMED.map((structure, k) =>
    k > 2 ? structure : { ...structure, weight: 0, energy: 1e6 },
  );

  it('leaves no trace: the run is that without the structures, bit for bit', async () => {
    const { result: clean } = await train({}, { split: without });
    const ways = [
      { options: { dataset: inMemory(broken) }, config: {} },
      {
        options: { dataset: inMemory(NAMED) },
        config: { loss: { ...CONFIG.loss, groupWeights: { dimers: 0 } } },
      },
      { options: { weights: STRUCTURES.map((_, k) => (k < 3 ? 0 : 1)) }, config: {} },
    ];
    for (const { options, config } of ways) {
      expect(outcome((await train(config, options)).result)).toEqual(outcome(clean));
    }
  });

  it('of all is refused', async () => {
    await expect(train({}, { weights: STRUCTURES.map(() => 0) })).rejects.toThrow(LabelError);
  });
});

describe('other weights', () => {
  const weights = STRUCTURES.map((_, k) => 0.5 + (k % 3));

  it('change the run, and the weights of validation structures do not', async () => {
    const { result: plain } = await train({});
    const { result } = await train({}, { weights });
    expect(result.student.parameters).not.toEqual(plain.student.parameters);
    const onlyThere = STRUCTURES.map((_, k) => (k < 14 ? 1 : 5));
    expect(outcome((await train({}, { weights: onlyThere })).result)).toEqual(outcome(plain));
  });

  it('are part of what a run is: a resume needs the same', async () => {
    await inFolder(async (folder) => {
      const { result } = await train({}, { weights });
      const run = await stopAt(5, folder, CONFIG, { weights });
      const inputs = { dataset: DATASET, split: SPLIT };
      await expect(Trainer.resume(run, inputs)).rejects.toThrow(ResumeMismatchError);
      const grouped = { ...CONFIG, loss: { ...CONFIG.loss, groupWeights: { a: 2 } } };
      await expect(Trainer.resume(run, { ...inputs, weights, config: grouped })).rejects.toThrow(
        /groupWeights: absent -> /,
      );
      const rest = await Trainer.resume(run, { ...inputs, weights });
      expect(rest.folder).toBe(join(folder, 'run'));
      expect(outcome(await rest.run())).toEqual(outcome(result));
    });
  });
});
