// What taking the time of a call costs.
import { createAtoms } from '../../../packages/core/dist/index.js';
import {
  allocationPerCall,
  CallRecorder,
  recordingOverhead,
} from '../../../packages/cuda-profiler/dist/index.js';
import { digits } from '../table.mjs';

const REPEATS = 20;
/** us: the goal. */
const GOAL = 1;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Bytes of the heap that a call leaves, with the recorder less without. */
async function bytes() {
  const atoms = createAtoms({ symbols: ['Ar'], positions: [0, 0, 0] });
  const results = { energy: 0 };
  const nothing = { name: 'nothing', properties: ['energy'], dispose: () => undefined };
  const free = { ...nothing, calculate: () => results };
  const recorder = new CallRecorder();
  const of = (calculator) => allocationPerCall(calculator, [atoms], ['energy']);
  const recorded = recorder.wrap(free);
  // Compiled first: the interpreter allocates a number for every time.
  for (let k = 0; k < 50_000; k++) recorded.calculate(atoms, ['energy']);
  const [inside, outside] = [await of(recorded), await of(free)];
  await recorder.stop();
  return Math.max(0, inside.heap - outside.heap);
}

/** Figures and rows of a table: way, us per call (median), largest of the repeats, goal. */
export async function overhead() {
  console.log('overhead of the recorder');
  const found = [];
  for (let k = 0; k < REPEATS; k++) found.push(await recordingOverhead());
  const row = (name, key) => {
    const values = found.map((one) => one[key]);
    return [name, digits(median(values)), digits(Math.max(...values)), `< ${GOAL}`];
  };
  const middle = (key) => median(found.map((one) => one[key]));
  return {
    figures: {
      wrapper_overhead_us: Math.max(middle('synchronous'), middle('promised')),
      wrapper_overhead_us_synchronous: middle('synchronous'),
      wrapper_overhead_us_promised: middle('promised'),
      wrapper_bytes_per_call: await bytes(),
    },
    table: {
      columns: ['a calculator that answers', 'us per call', 'largest of 20', 'goal'],
      rows: [row('at once', 'synchronous'), row('with a promise', 'promised')],
    },
  };
}
