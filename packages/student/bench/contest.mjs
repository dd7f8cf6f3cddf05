// Calculators in turn on the same structures, in a process of its own: node contest.mjs < REQUEST
//
// Request: { seconds, rounds, comparisons: [{ key, config, atoms, contenders }] }, where a contender
// is { name, student } (options of StudentCalculator for a student of `config` with random weights)
// or { name, teacher } (path of a potential for OnnxTeacher).
// Answer: { node, relaxedSimd, comparisons: [{ key, edges, times: { name: { median, min, calls } } }] },
// times of whole calls in ms.
import { readFileSync } from 'node:fs';
import { createAtoms, isPromise, neighborList } from '@mlffd/core';
import { StudentCalculator } from '@mlffd/student';
import { frames, least, median, studentOf, timeCalls } from './means.mjs';
import { hasRelaxedSimd } from '../dist/fused/kernels.js';

/** Least calls of a contender in a round. */
const LEAST_CALLS = 3;
/** Before anything counts: WebAssembly is compiled again, better, where much time is spent. */
const WARM_UP = { seconds: 0.2, least: 10 };

async function calculatorOf({ student, teacher }, config) {
  if (student !== undefined) return StudentCalculator.fromStudent(studentOf(config), student);
  const { OnnxTeacher } = await import('../../teachers/dist/index.js');
  return OnnxTeacher.load(teacher);
}

/** What is said to be fused must be: another back end would answer with a promise. */
async function requireFused(calculator, { student }, atoms) {
  const answer = calculator.calculate(atoms, ['energy', 'forces']);
  if (!isPromise(answer)) return;
  await answer;
  if (student?.backend === 'fused') throw new Error('the back end `fused` was not used');
}

async function compare({ key, config, atoms, contenders }, { seconds, rounds }) {
  const structures = frames(createAtoms(atoms));
  const runners = [];
  for (const contender of contenders) {
    const calculator = await calculatorOf(contender, config);
    await requireFused(calculator, contender, structures[0]);
    await timeCalls(calculator, structures, {
      seconds: Math.min(seconds, WARM_UP.seconds),
      least: WARM_UP.least,
    });
    runners.push({ name: contender.name, calculator, samples: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { calculator, samples } of runners) {
      const slice = { seconds: seconds / rounds, least: LEAST_CALLS, samples };
      await timeCalls(calculator, structures, slice);
    }
  }
  const times = {};
  for (const { name, calculator, samples } of runners) {
    await calculator.dispose();
    times[name] = { median: median(samples), min: least(samples), calls: samples.length };
  }
  const edges = neighborList(structures[0], config.cutoff).count;
  return { key, edges, times };
}

const { comparisons, ...how } = JSON.parse(readFileSync(0, 'utf8'));
const found = [];
for (const comparison of comparisons) found.push(await compare(comparison, how));
process.stdout.write(
  JSON.stringify({
    node: process.versions.node,
    relaxedSimd: hasRelaxedSimd(),
    comparisons: found,
  }),
);
