// The most arithmetic that 128-bit SIMD does on one core: node peak.mjs
//
// Prints { plain, relaxed }, GFLOP/s in float32: independent multiply-adds in registers, as one
// multiplication and one addition, and as one fused instruction where this process has it.
import { Buffer } from 'node:buffer';
import { hasRelaxedSimd } from '../../../packages/student/dist/fused/kernels.js';

/** Chains of dependent multiply-adds side by side; how many are best depends on the processor. */
const CHAINS = [8, 9, 10, 11, 12, 13, 14];
/** Multiply-adds of each chain in one turn of the loop. */
const UNROLLED = 8;
const LANES = 4;
const TURNS = 20_000;
const SECONDS = 0.15;

const { WebAssembly } = globalThis;

/** Unsigned LEB128. */
function leb(value) {
  const bytes = [];
  let rest = value;
  do {
    bytes.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

const sized = (bytes) => [...leb(bytes.length), ...bytes];
const section = (id, bytes) => [id, ...sized(bytes)];
const get = (local) => [0x20, ...leb(local)];
const set = (local) => [0x21, ...leb(local)];
const simd = (code) => [0xfd, ...leb(code)];
const SPLAT = simd(0x13);
const ADD = simd(0xe4);
const MUL = simd(0xe6);
const MADD = simd(0x105);
const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const END = 0x0b;

/** A vector of four equal numbers. */
function splat(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return [0x43, ...bytes, ...SPLAT];
}

/**
 * Module of `run(turns)`: x = x m + c on every chain, with x going to 1. It returns a sum, so that nothing
 * can be left out.
 */
function kernel(chains, fused) {
  const numbers = Array.from({ length: chains }, (_, k) => k + 1);
  const [m, c] = [chains + 1, chains + 2];
  const step = (x) => [
    ...[...get(x), ...get(m)],
    ...(fused ? [...get(c), ...MADD] : [...MUL, ...get(c), ...ADD]),
    ...set(x),
  ];
  const body = [
    ...[1, ...leb(chains + 2), V128],
    ...numbers.flatMap((x) => [...splat(1 + 0.01 * x), ...set(x)]),
    ...[...splat(0.75), ...set(m), ...splat(0.25), ...set(c)],
    ...[0x03, 0x40],
    ...Array.from({ length: UNROLLED }, () => numbers.flatMap(step)).flat(),
    // turns -= 1; again while there are turns
    ...[...get(0), 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, END],
    ...get(1),
    ...numbers.slice(1).flatMap((x) => [...get(x), ...ADD]),
    ...[...simd(0x1f), 0, END],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, I32, 1, F32]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...sized([...Buffer.from('run')]), 0, 0]),
    ...section(10, [1, ...sized(body)]),
  ]);
}

/** GFLOP/s of the fastest call. */
function speed(chains, fused) {
  const module = new WebAssembly.Module(kernel(chains, fused));
  const { run } = new WebAssembly.Instance(module).exports;
  let least = Infinity;
  const end = performance.now() + 1e3 * SECONDS;
  while (performance.now() < end) {
    const begin = performance.now();
    run(TURNS);
    least = Math.min(least, performance.now() - begin);
  }
  return (2 * LANES * chains * UNROLLED * TURNS) / least / 1e6;
}

const best = (fused) => Math.max(...CHAINS.map((chains) => speed(chains, fused)));
const result = { plain: best(false), ...(hasRelaxedSimd() ? { relaxed: best(true) } : {}) };
process.stdout.write(JSON.stringify(result));
