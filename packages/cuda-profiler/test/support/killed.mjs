// Runs a profiled session and waits to be killed: node killed.mjs PREFIX
import { Graph, OnnxSession, sin, toOnnx } from '@mlffd/graph';

const graph = new Graph();
const wave = graph.scope('block0', () => sin(graph.input('x', [2])));
const session = await OnnxSession.create(toOnnx({ outputs: { wave }, name: 'wave' }), {
  profile: process.argv[2],
});
await session.run({ x: { data: Float32Array.of(1, 2), dims: [2] } });
process.stdout.write('ready\n');
process.stdin.resume();
