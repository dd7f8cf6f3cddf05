// Labels into the folder of argv[2]; pauses argv[3] ms at every structure so that it can be killed.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Calculator, Results } from '@mlffd/core';
import { labelStructures } from '../../src/index.ts';
import { PairPotential } from './pairPotential.ts';
import { makeStructures } from './structures.ts';

const inner = new PairPotential();
const pause = Number(process.argv[3]);

const calculator: Calculator = {
  name: inner.name,
  properties: inner.properties,
  async calculate(atoms, properties): Promise<Results> {
    await sleep(pause);
    if (atoms.numbers.length === 9) throw new RangeError('nine atoms are too many');
    return inner.calculate(atoms, properties);
  },
  dispose: () => undefined,
};

process.stdout.write('ready\n');
const summary = await labelStructures({
  structures: makeStructures(60),
  calculator,
  folder: process.argv[2],
  shardSize: 4,
  minSuccess: 0.5,
});
process.stdout.write(JSON.stringify(summary));
