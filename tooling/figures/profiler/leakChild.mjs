// One run that watches the memory of a calculator, in a process of its own; prints JSON.
// node [--expose-gc] leakChild.mjs BACKEND objects|buffers|nothing CALLS
import { detectLeaks, watchMemory } from '../../../packages/cuda-profiler/dist/index.js';
import { waters } from '../waters.mjs';
import { student } from './students.mjs';

const [, , backend, kind, count] = process.argv;
const calls = Number(count);
const SAMPLES = 100;
/** Samples of the shortest part of a run that is looked at. */
const SHORTEST = 20;
const ATOMS = 22;
/** What a call keeps. */
const BYTES = 1000;

const kept = [];
const LEAKS = {
  // Numbers of 8 bytes in an array.
  objects: () => kept.push(Array.from({ length: BYTES / 8 }, (_, k) => k + 0.5)),
  buffers: () => kept.push(new ArrayBuffer(BYTES)),
  nothing: () => undefined,
};

const inner = await student('ultra-tiny', backend);
const calculator = {
  name: inner.name,
  properties: inner.properties,
  calculate: (atoms, asked) => {
    LEAKS[kind]();
    return inner.calculate(atoms, asked);
  },
  dispose: () => inner.dispose(),
};
const watched = await watchMemory(calculator, waters(ATOMS), { calls, samples: SAMPLES });
await calculator.dispose();
const { track, leaks, where, growth, resolution, collection } = watched;
// What shorter runs would have said.
const looks = Array.from({ length: track.count - SHORTEST + 1 }, (_, k) =>
  detectLeaks(track, SHORTEST + k),
);
const lastMiss = looks.findLastIndex((look) => !look.leaks);
console.log(
  JSON.stringify({
    backend,
    kind,
    collection,
    leaks,
    where,
    growth,
    resolution,
    // Calls from which on every longer run says so, not the first that happens to; null where the last does not.
    found: looks[lastMiss + 1]?.calls ?? null,
    firstLook: looks[0].calls,
    alarms: looks.filter((look) => look.leaks).length,
    looks: looks.length,
  }),
);
