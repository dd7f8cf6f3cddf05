// Writes an example of a validation report: node examples/report.mjs report.html
// Every number in it is made up by a random generator; none was measured.
import { writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import {
  bandChart,
  barChart,
  formatNumber,
  histogram,
  lineChart,
  parityPlot,
  parityStatistics,
  rdfChart,
  renderReport,
  scatterPlot,
  verdictOf,
} from '@mlffd/report';

/** Normal deviates from a fixed seed, so that the page is the same each time. */
function normals(seed) {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function accuracyNumbers(normal) {
  const teacher = Float64Array.from({ length: 60_000 }, () => 1.15 * normal());
  const student = teacher.map((force) => force + 0.031 * normal() * (1 + 0.45 * Math.abs(force)));
  const energies = Float64Array.from({ length: 900 }, () => -5.42 + 0.021 * normal());
  const predicted = energies.map((energy) => energy + 0.0016 * normal());
  return { teacher, student, energies, predicted };
}

async function accuracySection({ teacher, student, energies, predicted }) {
  const errors = teacher.map((force, k) => 1000 * Math.abs(student[k] - force));
  return {
    title: 'Accuracy on held-out structures',
    text: 'Test structures come from trajectories that share no ancestor with the training set. Forces are compared component by component, energies per atom after the reference energies of the elements were added.',
    figures: [
      {
        svg: await parityPlot({
          title: 'Forces',
          quantity: 'Force component',
          unit: 'eV/Å',
          teacher,
          student,
          errorUnit: { unit: 'meV/Å', factor: 1000 },
        }),
        caption:
          'Student against teacher for 60,000 force components. Colour counts points on a logarithmic scale; the dashed line is perfect agreement.',
      },
      {
        svg: await parityPlot({
          title: 'Energies',
          quantity: 'Energy',
          unit: 'eV/atom',
          teacher: energies,
          student: predicted,
          errorUnit: { unit: 'meV/atom', factor: 1000 },
        }),
        caption: 'Energy per atom of 900 structures, each drawn as one point.',
      },
      {
        svg: await histogram({
          title: 'Distribution of force errors',
          x: { label: 'Absolute error |ΔF|', unit: 'meV/Å', domain: [0, 200] },
          series: [
            { name: 'Training', values: errors.map((error) => 0.82 * error) },
            { name: 'Test', values: errors },
          ],
          markers: [{ value: 100, label: '100 meV/Å' }],
        }),
        caption: 'Errors on the test set are a fifth larger than on the training set.',
      },
      {
        svg: await barChart({
          title: 'Force error by element',
          direction: 'vertical',
          category: 'Element',
          value: { label: 'Force MAE', unit: 'meV/Å' },
          bars: [
            { label: 'H', value: 21.4, low: 20.1, high: 22.7 },
            { label: 'C', value: 37.9, low: 36.2, high: 39.6 },
            { label: 'N', value: 41.2, low: 38.4, high: 44.0 },
            { label: 'O', value: 46.8, low: 44.3, high: 49.3 },
            { label: 'S', value: 58.1, low: 51.0, high: 65.2 },
          ],
          goal: { value: 50, label: 'goal 50 meV/Å' },
        }),
        caption: 'Sulphur, with 2 % of all atoms, misses the goal. Error bars: 95 % by bootstrap.',
      },
    ],
    tables: [
      {
        caption: 'Errors by part of the data set.',
        columns: [
          { label: 'Part' },
          { label: 'Structures' },
          { label: 'Energy MAE', unit: 'meV/atom' },
          { label: 'Force MAE', unit: 'meV/Å' },
          { label: 'Force RMSE', unit: 'meV/Å' },
          { label: 'Stress MAE', unit: 'GPa' },
          { label: 'R² of forces', format: { decimals: 4 } },
        ],
        rows: [
          ['Training', 9600, 1.02, 29.6, 41.3, 0.041, 0.9987],
          ['Validation', 1200, 1.27, 35.8, 49.9, 0.052, 0.9981],
          ['Test', 1200, 1.28, 36.1, 50.4, 0.053, 0.9981],
          ['Test, 500 K and above', 300, 1.91, 52.7, 74.5, 0.078, 0.9969],
        ],
        note: 'Stress is the mean over the six components.',
      },
    ],
  };
}

async function trainingSection(normal) {
  const epochs = Array.from({ length: 240 }, (_, k) => k + 1);
  const training = epochs.map((k) => (29 + 330 * Math.exp(-k / 24)) * (1 + 0.015 * normal()));
  const validation = epochs.map((k) => (35 + 335 * Math.exp(-k / 25)) * (1 + 0.03 * normal()));
  return {
    title: 'Training',
    text: '12,000 structures, energy to force weights 1 : 100, AdamW with warm-up and cosine decay. The weights with the best validation error (epoch 231) were kept.',
    figures: [
      {
        svg: await lineChart({
          title: 'Learning curve',
          x: { label: 'Epoch' },
          y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
          series: [
            { name: 'Training', x: epochs, y: training },
            { name: 'Validation', x: epochs, y: validation, dashed: true },
          ],
          goal: { value: 50, label: 'goal 50 meV/Å' },
        }),
        caption: 'Mean absolute force error after each epoch, logarithmic scale.',
      },
      {
        svg: await lineChart({
          title: 'Error against amount of data',
          x: { label: 'Training structures', scale: 'log' },
          y: { label: 'Force MAE', unit: 'meV/Å', scale: 'log' },
          series: [
            {
              name: 'ultra-tiny',
              x: [600, 1200, 2400, 4800, 9600],
              y: [141, 112, 94, 85, 80],
              points: true,
            },
            {
              name: 'tiny',
              x: [600, 1200, 2400, 4800, 9600],
              y: [118, 84, 61, 46, 36],
              points: true,
            },
            {
              name: 'original',
              x: [600, 1200, 2400, 4800, 9600],
              y: [112, 75, 51, 35, 24],
              points: true,
            },
          ],
        }),
        caption: 'The smallest model saturates; the other two still gain from more data.',
      },
    ],
  };
}

async function dynamicsSection(normal) {
  const times = Float64Array.from({ length: 12_000 }, (_, k) => k * 0.01);
  const energies = times.map((time) => 0.00041 * time + 0.024 * normal());
  const r = Array.from({ length: 420 }, (_, k) => 0.02 * k);
  const shell = (x, centre, width) => Math.exp(-((x - centre) ** 2) / width);
  const rdf = (x, shift) =>
    1 / (1 + Math.exp(-(x - 2.58) / 0.055)) +
    1.75 * shell(x, 2.77 + shift, 0.035) -
    0.3 * shell(x, 3.35 + shift, 0.16) +
    0.17 * shell(x, 4.45 + shift, 0.3) -
    0.08 * shell(x, 5.6, 0.35);
  return {
    title: 'Molecular dynamics',
    text: 'Teacher and student ran from the same start with the same seed: 120 ps of NVE after equilibration at 300 K, 64 water molecules, time step 0.5 fs.',
    figures: [
      {
        svg: await bandChart({
          title: 'Energy conservation',
          subtitle: 'NVE, 120 ps, 300 K',
          x: { label: 'Time', unit: 'ps' },
          y: { label: 'Energy deviation', unit: 'meV/atom' },
          values: { x: times, y: energies },
          fit: { slope: 0.00041, low: 0.00019, high: 0.00063 },
          slopeUnit: 'meV/atom/ps',
        }),
        caption:
          'Deviation of the total energy from its start. The band accounts for the correlation between frames.',
      },
      {
        svg: await rdfChart({
          title: 'Oxygen-oxygen distances',
          subtitle: '300 K, 100 ps each',
          pair: 'O–O',
          r,
          teacher: r.map((x) => rdf(x, 0)),
          student: r.map((x) => 1.004 * rdf(x, 0.008)),
        }),
        caption: 'Radial distribution functions lie on top of each other.',
      },
    ],
    tables: [
      {
        caption: 'Properties of the liquid at 300 K.',
        columns: [
          { label: 'Property' },
          { label: 'Unit' },
          { label: 'Teacher' },
          { label: 'Student' },
          { label: 'Difference', format: (value) => `${formatNumber(100 * value)} %` },
        ],
        rows: [
          ['First peak of g(r), O–O', 'Å', 2.77, 2.78, 0.0029],
          ['Self-diffusion', '10⁻⁹ m²/s', 2.31, 2.24, -0.0303],
          ['Mean potential energy', 'eV/atom', -5.421, -5.42, -0.0002],
          ['Heat capacity', 'kB/molecule', 9.1, 9.3, 0.022],
        ],
      },
    ],
    callouts: [
      {
        status: 'warn',
        text: 'The student was not tested above 600 K, nor on interfaces. Run `mlffd validate` on your own system before you rely on it there.',
      },
    ],
  };
}

async function speedSection() {
  const milliseconds = (value) => `${formatNumber(value)} ms`;
  return {
    title: 'Speed',
    text: 'Energy and forces of one structure per call, one core, median of 200 calls after warm-up. The neighbour list is part of the time.',
    figures: [
      {
        svg: await barChart({
          title: 'Time per call',
          subtitle: '64 atoms, one core',
          value: { label: 'Time', unit: 'ms', scale: 'log' },
          bars: [
            { label: 'Teacher', value: 52.4, low: 50.9, high: 56.8, reference: true },
            { label: 'original, ONNX', value: 11.7, low: 11.4, high: 12.6 },
            { label: 'tiny, ONNX', value: 2.31, low: 2.25, high: 2.62 },
            { label: 'tiny, fused', value: 0.74, low: 0.72, high: 0.81 },
          ],
          valueLabel: milliseconds,
        }),
        caption: 'Logarithmic scale; error bars reach from the 5th to the 95th percentile.',
      },
      {
        svg: await scatterPlot({
          title: 'Error against time per call',
          x: { label: 'Time per call', unit: 'ms', scale: 'log' },
          y: { label: 'Force MAE', unit: 'meV/Å' },
          series: [
            {
              name: 'ONNX',
              x: [0.93, 2.31, 11.7],
              y: [80, 36, 24],
              labels: ['ultra-tiny', 'tiny', 'original'],
            },
            {
              name: 'Fused',
              x: [0.21, 0.74, 4.9],
              y: [80, 36, 24],
              labels: ['ultra-tiny', 'tiny', 'original'],
            },
          ],
        }),
        caption: 'Down and to the left is better: three sizes on two back ends.',
      },
    ],
  };
}

/** The example as HTML. */
export async function exampleReport() {
  const normal = normals(20_240_611);
  const accuracy = accuracyNumbers(normal);
  const forces = parityStatistics(accuracy.teacher, accuracy.student);
  const gates = [
    {
      name: 'Force MAE',
      measured: forces.mae * 1000,
      goal: 50,
      unit: 'meV/Å',
      note: 'test set, all components',
    },
    { name: 'Energy MAE', measured: 1.28, goal: 2, unit: 'meV/atom', note: 'test set' },
    {
      name: 'R² of forces',
      measured: forces.r2,
      goal: 0.99,
      relation: '>=',
      format: { decimals: 4 },
    },
    {
      name: 'NVE drift',
      measured: 0.00041,
      goal: 0.001,
      unit: 'meV/atom/ps',
      note: '120 ps, upper end of the band 6.3×10⁻⁴',
    },
    { name: 'Speed-up', measured: 70.8, goal: 10, relation: '>=', unit: '×', note: '64 atoms' },
    {
      name: 'Worst element',
      measured: 58.1,
      goal: 50,
      unit: 'meV/Å',
      required: false,
      note: 'sulphur',
    },
  ];
  const sections = [
    {
      title: 'Goals',
      text: 'Required goals decide about the verdict; the others only warn. The line in each bar is the goal.',
      gates: { caption: 'Measured values against their goals.', gates },
    },
    await accuracySection(accuracy),
    await trainingSection(normal),
    await dynamicsSection(normal),
    await speedSection(),
    {
      title: 'Reproduce',
      text: 'The same commands with the same seed give the same student, bit for bit. The raw numbers of this page are in its JSON block.',
      code: 'mlffd distill water.yaml --seed 7 --out runs/water\nmlffd validate runs/water/student --teacher chgnet --report report.html',
    },
  ];
  return renderReport({
    kicker: 'Example with synthetic numbers',
    title: 'painn-tiny-water',
    subtitle:
      'Validation of a PaiNN student against its teacher. Nothing on this page was measured.',
    verdict: verdictOf(gates, { warn: 'Ready for liquid water up to 500 K' }),
    facts: [
      { label: 'Force MAE', value: forces.mae * 1000, unit: 'meV/Å' },
      { label: 'Energy MAE', value: 1.28, unit: 'meV/atom' },
      { label: 'NVE drift', value: 0.41, unit: 'µeV/atom/ps' },
      { label: 'Speed-up', value: '71×', note: '64 atoms, one core' },
      { label: 'Parameters', value: 77_124 },
      { label: 'Trained in', value: '3 h 12 min', note: 'two cores' },
    ],
    sections,
    data: { synthetic: true, gates, forces },
    footer: ['Made by @mlffd/report from synthetic numbers.'],
  });
}

const [, script, target] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(script).href) {
  if (target === undefined) {
    console.error('Usage: node examples/report.mjs FILE.html');
    process.exitCode = 2;
  } else {
    await writeFile(target, await exampleReport());
  }
}
