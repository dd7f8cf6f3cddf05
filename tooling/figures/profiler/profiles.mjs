// Profiles of students in both back ends, and of teachers; kept as JSON and pages.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  profileReport,
  profileSystems,
  readProfile,
  writeProfile,
} from '../../../packages/cuda-profiler/dist/index.js';
import { createTeacher } from '../../../packages/teachers/dist/index.js';
import { digits } from '../table.mjs';
import { SIZES, waters } from '../waters.mjs';
import { BACKENDS, student, STUDENTS } from './students.mjs';

const TIMES = { calls: 2000, seconds: 10, memoryCalls: 2000 };
const TRIAL = { calls: 12, seconds: 0.05, memoryCalls: 20 };

const systemsOf = (sizes, options) =>
  sizes.map((size) => ({ name: `water-${size}`, atoms: waters(size, options) }));

/** What is profiled: name, how to open it, structures. */
function subjects(python) {
  const boxes = systemsOf(SIZES);
  // Helium, as the self-consistent field of a lone oxygen atom has no end.
  // Of 500 atoms one call takes over a minute.
  const clusters = systemsOf(SIZES.slice(0, 3), { periodic: false, filler: 2 });
  return [
    ...STUDENTS.flatMap((preset) =>
      BACKENDS.map((backend) => ({
        name: `${preset}-${backend}`,
        details: { backend, threads: 1 },
        open: () => student(preset, backend),
        systems: boxes,
      })),
    ),
    {
      name: 'chgnet',
      details: { threads: 1 },
      open: () => createTeacher({ type: 'chgnet', threads: 1 }),
      systems: boxes,
    },
    {
      name: 'gfn2-xtb',
      details: {},
      open: () => createTeacher({ type: 'gfn2-xtb', python, reset: false }),
      systems: clusters,
    },
  ];
}

async function profileOf({ name, details, open, systems }, trial) {
  const calculator = await open();
  const subject = { name, hash: name, details };
  try {
    return await profileSystems({ calculator, subject, systems, ...(trial ? TRIAL : TIMES) });
  } finally {
    await calculator.dispose();
  }
}

const banded = ({ value, low, high }, factor) =>
  `${digits(factor * value)} (${digits(factor * low)} to ${digits(factor * high)})`;

function lawRow({ subject, law }) {
  if (law === null) return [subject.name, '', '', '', ''];
  const { fixed, each, variable, error, exponent } = law;
  return [
    subject.name,
    banded(fixed, 1000),
    `${banded(each, 1e6)} per ${variable.slice(0, -1)}`,
    error === null ? '' : `${digits(100 * error, 2)} %`,
    digits(exponent.value),
  ];
}

const memoryOf = ({ memory }) => {
  if (memory === null) return 'not watched';
  if (memory.leaks) return `leaks: ${memory.where.join(', ')}`;
  return `none above ${digits(memory.resolution.heapUsed, 2)} bytes`;
};

const driftOf = ({ drift }) => {
  if (drift === null) return '';
  return drift.drifts ? `${digits(100 * drift.slope, 2)} %` : 'none';
};

function callRows({ subject, systems }) {
  return systems.map((system) => [
    subject.name,
    system.atoms,
    system.calls,
    `${system.warmup.calls}${system.warmup.settled ? '' : ', not settled'}`,
    digits(system.firstCall),
    ...['p50', 'p90', 'p99', 'max'].map((key) => digits(system.latency[key])),
    driftOf(system),
    `${digits(100 * system.pauses.share, 2)} %`,
    system.allocation === null ? '' : digits(system.allocation.heap),
    memoryOf(system),
  ]);
}

/**
 * @param options.folder where profiles go, and are taken from where they are there
 * @param options.python interpreter of the environment `reference`; without it no teacher in Python
 */
export async function profiles({ folder, python, trial = false }) {
  const where = join(folder, 'profiles');
  mkdirSync(where, { recursive: true });
  const found = [];
  for (const subject of subjects(python)) {
    if (subject.name === 'gfn2-xtb' && python === undefined) continue;
    const file = join(where, `${subject.name}.json`);
    if (!existsSync(file)) {
      console.log(`profile: ${subject.name}`);
      const profile = await profileOf(subject, trial);
      writeFileSync(join(where, `${subject.name}.html`), await profileReport({ profile }));
      writeProfile(file, profile);
    }
    found.push(readProfile(file));
  }
  const figures = Object.fromEntries(
    found.flatMap(({ subject, systems }) =>
      systems.map(({ atoms, latency }) => [
        `p50_ms_${subject.name.replaceAll('-', '_')}_${atoms}`,
        latency.p50,
      ]),
    ),
  );
  return {
    figures,
    calls: {
      columns: [
        ...['calculator', 'atoms', 'calls', 'warm-up', 'first, ms'],
        ...['p50, ms', 'p90', 'p99', 'max', 'drift per 1000 calls'],
        ...['GC pauses', 'heap per call, bytes', 'leak'],
      ],
      rows: found.flatMap(callRows),
    },
    laws: {
      columns: ['calculator', 'fixed, us', 'ns', 'off by up to', 'exponent of atoms'],
      rows: found.map(lawRow),
    },
  };
}
