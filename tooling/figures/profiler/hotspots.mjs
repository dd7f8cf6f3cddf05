// Where the time of a call goes, by block of the model; and whether the parts add up to the time by the clock.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { hotspots, readTrace, traceOfSpans } from '../../../packages/cuda-profiler/dist/index.js';
import { CALL_SPAN, profileStudent } from '../../../packages/student/dist/index.js';
import { digits } from '../table.mjs';
import { waters } from '../waters.mjs';
import { randomStudent, STUDENTS } from './students.mjs';

/** Atoms. Below some tens of them the clock around a session sees its start as well. */
const SIZES = [100, 500];
const CALLS = 20;
const TRIAL_CALLS = 6;
/** Blocks that get a row. */
const MOST_ROWS = 6;
/** Allowed difference of the sum from the time of a call, %. */
const GOAL = 10;

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** Time of the spans of one name by the program's clock, us, without those of the warm-up. */
function clockTime(spans, name, dropped) {
  const times = spans.filter((span) => span.name === name).map(({ start, end }) => end - start);
  const later = times.slice(dropped);
  return (1000 * later.reduce((sum, time) => sum + time, 0)) / later.length;
}

/** Hotspots by block of the operators of ONNX Runtime, against the clock around its session. */
async function onnxHotspots(student, atoms, { folder, calls }) {
  const { spans, files } = await profileStudent(student, atoms, { backend: 'onnx', folder, calls });
  const [{ path, span }] = files;
  const session = await readTrace(path);
  const { dropped } = hotspots(session, { by: 'block' });
  return hotspots(session, { by: 'block', wall: clockTime(spans, span, dropped) });
}

/** Hotspots by block of the stages of the kernels, against the clock around the call. */
async function fusedHotspots(student, atoms, { calls }) {
  const { spans } = await profileStudent(student, atoms, { backend: 'fused', calls });
  const trace = traceOfSpans(spans, { run: CALL_SPAN });
  const { dropped } = hotspots(trace, { by: 'block' });
  return hotspots(trace, { by: 'block', wall: clockTime(spans, CALL_SPAN, dropped) });
}

/** @returns flat figures, tables of sums and of blocks */
export async function hotspotFigures({ folder, trial = false }) {
  const where = join(folder, 'traces');
  mkdirSync(where, { recursive: true });
  const calls = trial ? TRIAL_CALLS : CALLS;
  const sums = [];
  const blocks = [];
  for (const preset of STUDENTS) {
    for (const size of SIZES) {
      const student = randomStudent(preset);
      const atoms = waters(size);
      const found = {
        onnx: await onnxHotspots(student, atoms, { folder: where, calls }),
        fused: await fusedHotspots(student, atoms, { calls }),
      };
      for (const [backend, { wall, covered, error, rows }] of Object.entries(found)) {
        sums.push({ preset, size, backend, wall, covered, error });
        if (size !== SIZES[0]) continue;
        const first = rows.slice(0, MOST_ROWS);
        const text = first.map(({ name, share }) => `${name} ${digits(100 * share, 2)} %`);
        blocks.push([`${preset}, ${backend}`, text.join('; ')]);
      }
    }
  }
  const errors = sums.map(({ error }) => error);
  return {
    figures: { hotspot_error: Math.max(...errors), hotspot_error_median: median(errors) },
    sums: {
      columns: ['student', 'atoms', 'back end', 'by the clock, ms', 'sum, ms', 'error', 'goal'],
      rows: sums.map(({ preset, size, backend, wall, covered, error }) => [
        preset,
        digits(size),
        backend,
        digits(wall / 1000),
        digits(covered / 1000),
        `${Number((100 * error).toFixed(2))} %`,
        `<= ${GOAL} %`,
      ]),
    },
    blocks: { columns: [`${SIZES[0]} atoms`, 'blocks, share of the time'], rows: blocks },
  };
}
