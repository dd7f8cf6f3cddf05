// Time of every stage of the kernels, in a process of its own: node stagesRun.mjs < REQUEST
//
// Request: { seconds, cases: [{ key, config, atoms }] }.
// Answer: { kind, cases: [{ key, pairs, milliseconds: { pairs, messages, products, gradients, forces } }] },
// medians, of one thread with tabulated filters. Each stage is timed alone, so that their sum is a little
// longer than a call.
import { readFileSync } from 'node:fs';
import { createAtoms, neighborList } from '../../../packages/core/dist/index.js';
import { frames, median, studentOf } from '../../../packages/student/bench/means.mjs';
import { hasRelaxedSimd, instantiate } from '../../../packages/student/dist/fused/kernels.js';
import { StructureMemory } from '../../../packages/student/dist/fused/structureMemory.js';
import { imageOf } from './filterTable.mjs';

const { WebAssembly } = globalThis;
/** Candidates for pairs are this much farther than the cutoff, Angstrom, as the calculator's. */
const SKIN = 0.5;
/** Of a candidate in memory: two atoms, a shift, its vector (assembly/candidate.ts). */
const CANDIDATE = { bytes: 48, vector: 24 };
const LEAST_CALLS = 20;
const WARM_UP = { seconds: 0.3, least: 50 };

/** Each pair once: i before j, and one of the two shifts to an own image. */
function* halfOf({ count, centers, neighbors, shifts }) {
  for (let e = 0; e < count; e++) {
    const [i, j] = [centers[e], neighbors[e]];
    const first = shifts.subarray(3 * e, 3 * e + 3).find((n) => n !== 0);
    if (i < j || (i === j && first > 0)) yield e;
  }
}

/** Writes the candidates of a structure to memory: address and number. */
function putCandidates(arena, { positions }, list) {
  const edges = [...halfOf(list)];
  const address = arena.take(CANDIDATE.bytes * edges.length);
  const view = new DataView(arena.memory.buffer);
  edges.forEach((e, k) => {
    const at = address + CANDIDATE.bytes * k;
    const [i, j] = [list.centers[e], list.neighbors[e]];
    view.setUint32(at, i, true);
    view.setUint32(at + 4, j, true);
    for (let c = 0; c < 3; c++) {
      const shift = list.vectors[3 * e + c] - positions[3 * j + c] + positions[3 * i + c];
      view.setFloat64(at + CANDIDATE.vector + 8 * c, shift, true);
    }
  });
  return { address, count: edges.length };
}

/** What a stage does, by its number. */
function kindsOf({ interactions }) {
  const forward = Array.from({ length: interactions }, () => ['messages', 'products']).flat();
  const back = Array.from({ length: interactions }, () => ['gradients', 'products']).flat();
  return ['pairs', ...forward, ...back, 'forces', 'forces'];
}

/** A student and the first of some structures in memory, and how to compute the others. */
function prepare(module, config, structures) {
  const { memory, arena, image } = imageOf(studentOf(config));
  const [first] = structures;
  const atoms = first.numbers.length;
  const list = neighborList(first, config.cutoff + SKIN);
  const candidates = putCandidates(arena, first, list);
  const place = new StructureMemory(arena, image, {
    atoms,
    pairs: candidates.count,
    parts: 1,
  });
  const [part] = place.parts;
  place.struct.setWord('atoms', atoms);
  place.struct.setWord('candidates', candidates.address);
  place.struct.setWord('candidateCount', candidates.count);
  const range = { first: 0, last: atoms, from: 0, to: candidates.count };
  for (const [name, value] of Object.entries(range)) part.setWord(name, value);
  const species = new Uint32Array(memory.buffer, place.species, atoms);
  species.set(Array.from(first.numbers, (z) => image.elements.indexOf(z)));
  const positions = new Float64Array(memory.buffer, place.positions, 3 * atoms);
  const { runStage } = instantiate({ module }, memory);
  return {
    part,
    move: (structure) => positions.set(structure.positions),
    stage: (k) => runStage(image.address, place.struct.address, 0, k),
  };
}

/** Adds the times of each kind of stage in one call, ms, to `samples`. */
function call({ stage }, kinds, samples) {
  const times = Object.fromEntries(kinds.map((kind) => [kind, 0]));
  kinds.forEach((kind, k) => {
    const begin = performance.now();
    if (stage(k) !== 0) throw new Error('two atoms are at one place');
    times[kind] += performance.now() - begin;
  });
  for (const [kind, time] of Object.entries(times)) (samples[kind] ??= []).push(time);
}

function stages(module, { key, config, atoms }, seconds) {
  const structures = frames(createAtoms(atoms));
  const kernels = prepare(module, config, structures);
  const kinds = kindsOf(config);
  const repeat = (samples, { seconds: time, least }) => {
    const end = performance.now() + 1e3 * time;
    for (let k = 0; k < least || performance.now() < end; k++) {
      kernels.move(structures[k % structures.length]);
      call(kernels, kinds, samples);
    }
  };
  repeat({}, WARM_UP);
  const samples = {};
  repeat(samples, { seconds, least: LEAST_CALLS });
  const milliseconds = Object.fromEntries(
    Object.entries(samples).map(([kind, values]) => [kind, median(values)]),
  );
  return { key, pairs: kernels.part.word('pairCount'), milliseconds };
}

const { cases, seconds } = JSON.parse(readFileSync(0, 'utf8'));
const kind = hasRelaxedSimd() ? 'relaxed' : 'simd';
const wasm = new URL(`../../../packages/student/wasm/${kind}.wasm`, import.meta.url);
const module = new WebAssembly.Module(readFileSync(wasm));
process.stdout.write(
  JSON.stringify({ kind, cases: cases.map((one) => stages(module, one, seconds)) }),
);
