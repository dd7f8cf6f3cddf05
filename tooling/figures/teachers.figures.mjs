// Figures of teachers: whether answers survive every way to them, what a call costs, and a soak with faults.
import { createAtoms } from '../../packages/core/dist/index.js';
import { createTeacher, PYTHON_PRESETS } from '../../packages/teachers/dist/index.js';
import { fennolMaxDifference, latencies as fennolLatencies } from './fennol.mjs';
import { ipiMaxDifference } from './ipi.mjs';
import { orbMaxDifference } from './orb.mjs';
import { orbOnnx } from './orbOnnx.mjs';
import { chgnetMaxDifference, pythonLatencies } from './potentials.mjs';
import { sevennetOnnx } from './sevennetOnnx.mjs';
import { soak } from './soak.mjs';
import { digits, rounded, table } from './table.mjs';
import { transports } from './transports.mjs';
import { latencies, SIZES, waters } from './waters.mjs';

/** Python environments that these figures need. */
export const peers = ['reference', 'torch', 'jax', 'mace'];

/** Metal atoms in place of those of water, farther apart. */
function metals(count, symbol) {
  const { positions, cell } = waters(count);
  return createAtoms({
    symbols: new Array(count).fill(symbol),
    positions: positions.map((x) => 1.4 * x),
    cell: cell.map((x) => 1.4 * x),
    pbc: true,
  });
}

/** Teachers that are timed by the same clock: name, specification, structures. */
function timed(python) {
  const copper = (count) => metals(count, 'Cu');
  return [
    { name: 'chgnet', spec: { type: 'chgnet', threads: 1 } },
    { name: 'lj', spec: { type: 'lj', epsilon: 0.01, sigma: 2, cutoff: 6 } },
    { name: 'morse', spec: { type: 'morse', inner: 1.3, outer: 1.9 } },
    { name: 'emt', spec: 'emt', structures: copper },
    {
      name: 'stillinger-weber',
      spec: 'stillinger-weber',
      structures: (count) => metals(count, 'Si'),
    },
    {
      name: 'gfn2-xtb',
      spec: { type: 'gfn2-xtb', python, reset: false },
      // Helium, as the self-consistent field of a lone oxygen atom has no end.
      structures: (count) => waters(count, { periodic: false, filler: 2 }),
      sizes: SIZES.slice(0, 3),
    },
    { name: 'ase-emt', spec: { type: 'ase-emt', python }, structures: copper },
  ];
}

const WHERE = { onnx: 'in process, exported', here: 'in process', python: 'Python' };

async function ownLatencies(python) {
  const rows = [];
  for (const { name, spec, structures, sizes } of timed(python)) {
    const teacher = await createTeacher(spec);
    const times = await latencies(teacher, structures, sizes);
    const { properties, elements } = teacher;
    await teacher.dispose();
    const where = Object.hasOwn(PYTHON_PRESETS, name) ? WHERE.python : WHERE.here;
    rows.push({ name, where, times, properties, elements: elements?.length });
  }
  return rows;
}

/** Rows of the exported potentials and their originals, of what their own figures say. */
function exportedRows({ orb, sevennet, fennol }) {
  const ofOrb = (where) =>
    Object.fromEntries(SIZES.map((size) => [size, orb[`latency_ms_orb_${where}_${size}`]]));
  const ofSevennet = (where) =>
    Object.fromEntries(sevennet.latency.map((one) => [one.atoms, one[where].least]));
  const known = (name) => {
    const { elements, properties } = PYTHON_PRESETS[name];
    return { elements: elements.length, properties };
  };
  const total = ['energy', 'forces', 'stress'];
  return [
    { name: 'sevennet', where: WHERE.onnx, times: ofSevennet('onnx'), ...known('sevennet') },
    { name: 'sevennet', where: WHERE.python, times: ofSevennet('original'), ...known('sevennet') },
    {
      name: 'orb-v2',
      where: WHERE.onnx,
      times: ofOrb('onnx'),
      ...known('orb-v2'),
      properties: total,
    },
    { name: 'orb-v2', where: WHERE.python, times: ofOrb('python'), ...known('orb-v2') },
    { name: 'fennol', where: WHERE.python, times: fennol.times, ...known('fennol') },
  ];
}

function weightsOf(name) {
  if (!Object.hasOwn(PYTHON_PRESETS, name)) return 'included';
  const { weights } = PYTHON_PRESETS[name];
  return weights === 'file' ? 'a file of yours' : weights;
}

async function overheads() {
  const figures = {};
  const bench = await import('../../packages/teachers/bench/python.bench.mjs');
  await bench.run({
    report: ({ name, value }) => {
      figures[name.replace('teachers/', '').replaceAll('/', '_')] = value;
    },
    peers: {},
  });
  return figures;
}

/** Tells what is under way, then does it. */
async function step(name, work) {
  console.log(name);
  return work();
}

export async function run({ root, peers: { reference, torch, jax, mace } }) {
  for (const [name, python] of Object.entries({ reference, torch, jax, mace })) {
    if (python === undefined) throw new Error(`no Python environment ${name}: npm run peers`);
  }
  const ways = await step('transports', () => transports({ root, python: reference }));
  const ipi = await step('i-PI', () => ipiMaxDifference({ root, python: reference }));
  const orb = await step('Orb', () => orbMaxDifference({ root, python: torch }));
  const fennol = await step('FeNNol', () =>
    fennolMaxDifference({ root, python: jax, precision: 'float32' }),
  );
  const chgnet = await step('CHGNet', () => chgnetMaxDifference({ python: torch }));
  const orbFile = await step('Orb, exported', () => orbOnnx({ root, python: torch }));
  const sevennet = await step('SevenNet, exported', () => sevennetOnnx({ root, python: torch }));
  const own = await step('latency', () => ownLatencies(reference));
  const inPython = await step('latency in Python', () => pythonLatencies({ root, torch, mace }));
  const fennolTimes = await step('latency of FeNNol', () => fennolLatencies({ root, python: jax }));
  const overhead = await step('overhead of the worker', overheads);
  const soaked = await step('soak', () => soak({ root, python: reference }));
  const exported = exportedRows({ orb: orbFile, sevennet, fennol: fennolTimes });
  const others = inPython
    .filter(({ name }) => name !== 'sevennet')
    .map((row) => ({ ...row, where: WHERE.python }));
  const rows = [...own.slice(0, 5), ...exported, ...own.slice(5), ...others];
  const figures = {
    ...overhead,
    soak_calls: soaked.calls,
    soak_faults: soaked.injected,
    soak_lost: soaked.lost + soaked.wrong,
    soak_rss_growth_mb: soaked.growth,
    soak_descriptors: soaked.descriptors,
    transport_max_difference: Math.max(...ways.map(({ difference }) => difference)),
    ipi_ase_max_df: ipi.ase.forces,
    ipi_lammps_max_df: ipi.lammps?.forces ?? Infinity,
    ipi_round_trip_ms_22: ipi.latency[22],
    ipi_round_trip_ms_500: ipi.latency[500],
    orb_max_df: orb.forces,
    orb_onnx_max_df: orbFile.orb_onnx_max_df,
    fennol_max_df: fennol.forces_eV_A,
    chgnet_max_df: chgnet.forces,
    sevennet_onnx_max_df: sevennet.forces,
    ...Object.fromEntries(
      rows.flatMap(({ name, where, times }) =>
        Object.entries(times).map(([size, time]) => [
          `latency_ms_${name.replaceAll('-', '_')}${where === WHERE.onnx ? '_onnx' : ''}_${size}`,
          time,
        ]),
      ),
    ),
  };
  const agreement = [
    ['`OrbTeacher` / orb-models (random weights)', orb.structures, orb],
    [
      'exported Orb-v2 / orb-models (random weights)',
      '6',
      {
        energy: orbFile.orb_onnx_max_de_per_atom,
        forces: orbFile.orb_onnx_max_df,
        stress: orbFile.orb_onnx_max_ds,
      },
    ],
    [
      '`FennolTeacher` / FENNIXCalculator (random weights)',
      fennol.structures ?? '',
      { energy: fennol.energy_eV_atom, forces: fennol.forces_eV_A, stress: fennol.stress },
    ],
    ['`ChgnetCalculator` / chgnet', chgnet.structures, chgnet],
    ['exported SevenNet-0 / sevenn', sevennet.structures, sevennet],
    ['EMT of ASE behind i-PI / directly (eV)', 20, ipi.ase],
    ['LAMMPS `pair_style sw` behind i-PI / `stillinger-weber` (eV)', 20, ipi.lammps],
  ];
  return {
    figures: rounded(figures, 4),
    text: textOf({ rows, ways, agreement, figures, soaked }),
  };
}

const small = (value) => (value === undefined ? '' : value.toExponential(1));

function textOf({ rows, ways, agreement, figures, soaked }) {
  const ms = (time) => (time === undefined ? '' : digits(time));
  const reasons = Object.entries(soaked.codes).map(([code, count]) => `${count} x \`${code}\``);
  return [
    '# Figures: teachers',
    '## Teachers and the time of a call',
    table(
      [
        ...['teacher', 'where', 'elements', 'properties', 'weights'],
        ...SIZES.map((size) => `${size} atoms, ms`),
      ],
      rows.map(({ name, where, times, properties, elements }) => [
        `\`${name}\``,
        where,
        elements ?? 'all',
        properties.join(', '),
        weightsOf(name),
        ...SIZES.map((size) => ms(times[size])),
      ]),
    ),
    'Energy and forces, one core, least time of calls with other positions each; water in a periodic box (copper and silicon where that is what a teacher knows; open clusters of water for `gfn2-xtb`, which goes on from its last wave function, and for `orb-v2`). `orb-v2`, `fennol`, `ani2x` and `mace` run here with random weights in networks of the published sizes (FeNNol: PaiNN, 128 features, three layers): times do not depend on weights.',
    '## The same structures on every way',
    table(
      ['way', 'structures', 'largest difference from ASE alone'],
      ways.map(({ transport, structures, difference }) => [
        transport,
        structures,
        small(difference),
      ]),
    ),
    'Energy (eV), energies of atoms, forces (eV/Angstrom) and stress (eV/Angstrom³) of GFN2-xTB, GFN1-xTB and EMT, ions and radicals among them; the goal is 1e-8.',
    '## The same potentials, two programs',
    table(
      ['pair', 'structures', 'energy, eV/atom', 'forces, eV/Angstrom', 'stress, eV/Angstrom³'],
      agreement.map(([pair, structures, { energy, forces, stress }]) => [
        pair,
        structures,
        small(energy),
        small(forces),
        small(stress),
      ]),
    ),
    'Largest differences. Random weights show that two programs compute the same; they are no predictions of Orb or FeNNol. Networks run in float32. The LAMMPS row is the difference of its physical constants (1e-8 relative).',
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
