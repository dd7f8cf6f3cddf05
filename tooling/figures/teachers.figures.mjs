// Figures of teachers: latency of each, what Python costs, and a soak with injected faults.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAtoms, Rng } from '../../packages/core/dist/index.js';
import { createTeacher, PythonTeacher } from '../../packages/teachers/dist/index.js';
import { digits, table } from './table.mjs';

const SIZES = [3, 22, 100, 500];
const SOAK_CALLS = 20_000;
/** Share of the calls of the soak that go wrong. */
const FAULTS = ['garbage', 'hang', 'hard_exit', 'segfault', 'killed', 'error'];
const FAULT_RATE = 0.003;

/** Water molecules on a grid, rattled, and helium for what is left of `count` atoms. */
function waters(count) {
  const rng = new Rng(1, 'waters', count);
  const edge = Math.ceil(Math.cbrt(count / 3));
  const molecule = [
    [8, 0, 0, 0],
    [1, 0.96, 0, 0],
    [1, -0.24, 0.93, 0],
  ];
  const numbers = [];
  const positions = [];
  for (let m = 0; numbers.length < count; m++) {
    const corner = [m % edge, Math.floor(m / edge) % edge, Math.floor(m / edge ** 2)];
    const room = count - numbers.length >= molecule.length;
    for (const [number, ...at] of room ? molecule : [[2, 0, 0, 0]]) {
      numbers.push(number);
      positions.push(...at.map((x, c) => x + 3.1 * corner[c] + 0.02 * rng.normal()));
    }
  }
  const cell = 3.1 * edge;
  return createAtoms({ numbers, positions, cell: [cell, cell, cell], pbc: true });
}

/** The same numbers of metal atoms, for teachers that know no water. */
function metals(count, symbol) {
  const { positions, cell } = waters(count);
  return createAtoms({
    symbols: new Array(count).fill(symbol),
    positions: positions.map((x) => 1.4 * x),
    cell: cell.map((x) => 1.4 * x),
    pbc: true,
  });
}

/** Least time of a call with energy and forces, ms; positions change each time. */
async function latency(teacher, atoms) {
  const moved = { ...atoms, positions: atoms.positions.slice() };
  let least = Infinity;
  const started = performance.now();
  for (let k = 0; k < 200; k++) {
    moved.positions[k % moved.positions.length] += 1e-3;
    const start = performance.now();
    await teacher.calculate(moved, ['energy', 'forces']);
    least = Math.min(least, performance.now() - start);
    if (k >= 4 && performance.now() - started > 5000) break;
  }
  return least;
}

async function latencies(python) {
  const rows = [];
  for (const { name, spec, atoms = waters, most = 500 } of [
    { name: 'chgnet', spec: { type: 'chgnet', threads: 1 } },
    { name: 'lj', spec: { type: 'lj', epsilon: 0.01, sigma: 2, cutoff: 6 } },
    { name: 'morse', spec: { type: 'morse', inner: 1.3, outer: 1.9 } },
    { name: 'emt', spec: 'emt', atoms: (count) => metals(count, 'Cu') },
    {
      name: 'stillinger-weber',
      spec: 'stillinger-weber',
      atoms: (count) => metals(count, 'Si'),
    },
    ...(python === undefined
      ? []
      : [
          {
            name: 'gfn2-xtb',
            spec: { type: 'gfn2-xtb', python, reset: false },
            atoms: (count) => ({ ...waters(count), pbc: [false, false, false] }),
            most: 100,
          },
          {
            name: 'ase-emt',
            spec: { type: 'ase-emt', python },
            atoms: (count) => metals(count, 'Cu'),
          },
        ]),
  ]) {
    console.log(`latency: ${name}`);
    const teacher = await createTeacher(spec);
    const times = {};
    for (const size of SIZES) {
      if (size <= most) times[size] = await latency(teacher, atoms(size));
    }
    const { properties, elements } = teacher;
    await teacher.dispose();
    rows.push({ name, times, properties, elements: elements?.length });
  }
  return rows;
}

/** Calls with faults among them: every structure gets one answer or one reason. */
async function soak(root, python) {
  const teacher = await PythonTeacher.start({
    calculator: 'faulty_calculator:Faulty',
    args: { faults: ['none', ...FAULTS] },
    python,
    timeout: 0.5,
    env: { PYTHONPATH: join(root, 'tooling', 'python', 'teachers') },
  });
  const rng = new Rng(1, 'soak');
  const codes = {};
  let answers = 0;
  let wrong = 0;
  let injected = 0;
  let before = 0;
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const open = descriptors();
  for (let k = 0; k < SOAK_CALLS; k++) {
    const positions = Float64Array.from({ length: 9 }, () => rng.normal());
    const faulty = rng.uniform() < FAULT_RATE;
    const charge = faulty ? 1 + rng.integer(FAULTS.length) : 0;
    if (faulty) injected += 1;
    const atoms = createAtoms({ numbers: [2, 6, 8], positions, charge });
    try {
      const { energy, forces } = await teacher.calculate(atoms, ['energy', 'forces']);
      answers += 1;
      const expected = 0.5 * positions.reduce((sum, x) => sum + x * x, 0);
      if (Math.abs(energy - expected) > 1e-9 || forces.some((f, i) => f !== -positions[i])) {
        wrong += 1;
      }
    } catch (error) {
      codes[error.code] = (codes[error.code] ?? 0) + 1;
    }
    if (k === SOAK_CALLS / 4) before = process.memoryUsage().rss;
  }
  const growth = (process.memoryUsage().rss - before) / 1e6;
  const left = descriptors() - open;
  await teacher.dispose();
  const reasons = Object.values(codes).reduce((sum, count) => sum + count, 0);
  return {
    calls: SOAK_CALLS,
    injected,
    answers,
    codes,
    wrong,
    lost: SOAK_CALLS - answers - reasons,
    growth,
    descriptors: left,
  };
}

export async function run({ root, python }) {
  const rows = await latencies(python);
  const overhead = {};
  let soaked;
  if (python !== undefined) {
    const bench = await import('../../packages/teachers/bench/python.bench.mjs');
    await bench.run({
      report: ({ name, value }) => {
        overhead[name.replace('teachers/', '').replaceAll('/', '_')] = value;
      },
      peers: {},
    });
    console.log('soak');
    soaked = await soak(root, python);
  }
  const figures = {
    ...overhead,
    ...(soaked === undefined
      ? {}
      : {
          soak_calls: soaked.calls,
          soak_faults: soaked.injected,
          soak_lost: soaked.lost + soaked.wrong,
          soak_rss_growth_mb: soaked.growth,
          soak_descriptors: soaked.descriptors,
        }),
    ...Object.fromEntries(
      rows.flatMap(({ name, times }) =>
        Object.entries(times).map(([size, time]) => [
          `latency_ms_${name.replaceAll('-', '_')}_${size}`,
          time,
        ]),
      ),
    ),
  };
  return { figures: rounded(figures), text: textOf(rows, figures, soaked) };
}

const rounded = (figures) =>
  Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))]),
  );

function textOf(rows, figures, soaked) {
  const ms = (time) => (time === undefined ? '' : digits(time));
  const parts = [
    '# Figures: teachers',
    '## Time of a call',
    table(
      ['teacher', 'elements', 'properties', ...SIZES.map((size) => `${size} atoms, ms`)],
      rows.map(({ name, times, properties, elements }) => [
        `\`${name}\``,
        elements ?? 'all',
        properties.join(', '),
        ...SIZES.map((size) => ms(times[size])),
      ]),
    ),
    'Energy and forces, one core, least of up to 200 calls with other positions each; water in a periodic box (copper, silicon; for `gfn2-xtb` open clusters of water, and it goes on from its last wave function).',
  ];
  if (soaked === undefined) return parts.join('\n\n');
  const reasons = Object.entries(soaked.codes).map(([code, count]) => `${count} x \`${code}\``);
  return [
    ...parts,
    '## Python',
    table(
      ['figure', 'measured', 'goal'],
      [
        [
          'overhead of a call at 22 atoms',
          `${digits(figures.worker_overhead_ms_22)} ms`,
          '< 0.2 ms',
        ],
        ['at 500 atoms', `${digits(figures.worker_overhead_ms_500)} ms`, '< 0.5 ms'],
        ['calls of the soak', soaked.calls.toLocaleString('en'), '20,000'],
        ['faults among them', soaked.injected, ''],
        ['without an answer or a reason, or wrong', figures.soak_lost, '0'],
        ['growth of memory after the first quarter', `${digits(soaked.growth)} MB`, ''],
        ['descriptors left open while it ran', soaked.descriptors, ''],
      ],
    ),
    `Faults are garbage on stdout, endless waits, exits, crashes, kills and errors. Reasons: ${reasons.join(', ')}. Garbage on stdout costs nothing: those calls are answered.`,
  ].join('\n\n');
}
