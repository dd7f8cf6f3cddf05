import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ResumeMismatchError, Trainer } from '@mlffd/train';
import { CONFIG, DATASET, fingerprint, inFolder, SPLIT, stopAt } from './runs.ts';

const data = { dataset: DATASET, split: SPLIT, config: CONFIG };

describe('Trainer.open', () => {
  it('begins where nothing is, and after a kill before the first checkpoint', async () => {
    await inFolder(async (root) => {
      const folder = join(root, 'run');
      const whole = fingerprint(await (await Trainer.open({ ...data, folder })).run());
      await inFolder(async (other) => {
        const killed = join(other, 'run');
        await Trainer.create({ ...data, folder: killed });
        rmSync(join(killed, 'checkpoints'), { recursive: true });
        const result = await (await Trainer.open({ ...data, folder: killed })).run();
        expect(fingerprint(result)).toEqual(whole);
      });
    });
  });

  it('goes on where a run was stopped, without asking for a student to start from', async () => {
    await inFolder(async (root) => {
      const whole = fingerprint(
        await (await Trainer.create({ ...data, folder: join(root, 'whole') })).run(),
      );
      const folder = await stopAt(4, root, CONFIG);
      const initial = (): never => {
        throw new Error('asked for');
      };
      const result = await (await Trainer.open({ ...data, folder, initial })).run();
      expect(fingerprint(result)).toEqual(whole);
    });
  });

  it('starts from the student that it is given', async () => {
    await inFolder(async (root) => {
      const { student } = await (await Trainer.open({ ...data, folder: join(root, 'a') })).run();
      const trainer = await Trainer.open({
        ...data,
        config: { ...CONFIG, epochs: 1, optimizer: { learningRate: 1e-30 }, ema: { decay: 0 } },
        folder: join(root, 'b'),
        initial: () => Promise.resolve(student),
      });
      const again = await trainer.run();
      expect(again.student.parameters).toEqual(student.parameters);
    });
  });

  it('refuses a run of another configuration', async () => {
    await inFolder(async (root) => {
      const folder = await stopAt(2, root, CONFIG);
      const opened = Trainer.open({ ...data, config: { ...CONFIG, batchSize: 3 }, folder });
      await expect(opened).rejects.toThrow(ResumeMismatchError);
    });
  });
});
