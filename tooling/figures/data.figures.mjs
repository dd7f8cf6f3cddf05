// Figures of datasets: two real runs of 10,000 structures, one of 120,000, and what faults cost.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultyLabels, killedBuild } from './dataFaults.mjs';
import { mlffdOk } from './program.mjs';
import { digits, duration, rounded, table } from './table.mjs';

/** Exit codes of commands that judge: done, or a gate that was not passed. */
const JUDGED = [0, 3];

/** Builds a recipe and runs every command that looks at the result. */
async function dataset({ root, folder, python }, recipe) {
  const out = join(folder, recipe.name);
  const file = join(out, 'dataset.h5');
  const steps = {};
  const step = async (name, args, codes) => {
    console.log(`${recipe.name}: ${name}`);
    steps[name] = await mlffdOk(root, ['data', ...args], { python }, codes);
    return steps[name];
  };
  await step('build', ['build', recipe.source, '--out', out]);
  const info = JSON.parse((await step('info', ['info', file, '--json'])).output);
  const audit = JSON.parse((await step('audit', ['audit', file, '--json'], JUDGED)).output);
  await step('report', ['report', file], JUDGED);
  const diversity = JSON.parse(readFileSync(join(out, 'diversity.json'), 'utf8'));
  const split = join(out, 'split.json');
  await step('split', ['split', file, '--out', split]);
  await step('normalize', ['normalize', file, '--split', split]);
  const small = join(out, 'small.h5');
  await step('subset --split (small form)', [
    ...['subset', file, '--split', split, '--small', '--out', small],
  ]);
  const [parents, labels] = ['parents', 'label'].map((stage) => stageRecord(out, stage));
  return { recipe, info, audit, diversity, steps, parents, labels };
}

/** What a stage of a build recorded. */
function stageRecord(out, stage) {
  const stages = join(out, 'stages');
  const folder = readdirSync(stages).find((name) => name.includes(`-${stage}-`));
  return JSON.parse(readFileSync(join(stages, folder, 'stage.json'), 'utf8'));
}

/** Figures of a benchmark of a package, by name. */
async function bench(root, file) {
  console.log(`bench: ${file}`);
  const values = {};
  const module = await import(join(root, 'packages', 'data', 'bench', file));
  await module.run({
    report: ({ name, value }) => {
      values[name] = value;
    },
    peers: {},
  });
  return values;
}

function datasetTable(sets) {
  const row = (title, cell) => [title, ...sets.map(cell)];
  return table(
    ['', ...sets.map(({ recipe }) => recipe.name)],
    [
      row('teacher', ({ info }) => info.teacher),
      row('structures', ({ info }) => info.structures.toLocaleString('en')),
      row('atoms', ({ info }) => `${info.atoms.toLocaleString('en')} (${info.sizes.join('-')})`),
      row('elements', ({ info }) => `${info.elements.length}: ${info.elements.join(' ')}`),
      row('independent groups', ({ info }) => info.groups.toLocaleString('en')),
      row('labelled', ({ labels }) => `${digits(100 * labels.output.successRate, 4)} %`),
      row(
        'parents, time',
        ({ parents }) =>
          `${parents.output.parents.toLocaleString('en')} in ${duration(parents.seconds)}`,
      ),
      row('sampling and labels, time', ({ labels }) => duration(labels.seconds)),
      row('structures per hour', (set) => digits(perHour(set))),
      row('file', ({ info }) => `${digits(info.bytes / 1e6)} MB`),
      row('audit', ({ audit }) => (audit.go ? 'GO' : 'NO-GO')),
      row('coverage', ({ diversity }) => digits(diversity.coverage.score)),
      row('gate', ({ diversity }) => {
        const { go, name } = diversity.verdict;
        return `${go ? 'GO' : 'NO-GO'} at ${name}`;
      }),
    ],
  );
}

const perHour = ({ info, labels }) => (3600 * info.structures) / labels.seconds;

function commandTable(sets) {
  const names = Object.keys(sets[0].steps);
  return table(
    ['command', ...sets.flatMap(({ recipe }) => [`${recipe.name}, time`, 'memory'])],
    names.map((name) => [
      `\`${name}\``,
      ...sets.flatMap(({ steps }) => [
        duration(steps[name].seconds),
        steps[name].memory === undefined ? '?' : `${digits(steps[name].memory)} MB`,
      ]),
    ]),
  );
}

/** The molecules' recipe, with a teacher that needs no Python where there is none. */
function moleculesRecipe({ root, folder, python }) {
  if (python !== undefined) return 'molecules';
  const source = join(root, 'apps', 'cli', 'assets', 'recipes', 'molecules.yaml');
  const text = readFileSync(source, 'utf8').replace(
    /^teacher: .*$/m,
    'teacher: { type: morse, inner: 1.3, outer: 1.9 }',
  );
  const file = join(folder, 'molecules.yaml');
  writeFileSync(file, text);
  return file;
}

export async function run({ root, folder, peers: { reference: python } }) {
  const means = { root, folder, python };
  const sets = [];
  for (const recipe of [
    { name: 'crystals', source: 'crystals' },
    { name: 'molecules', source: moleculesRecipe(means) },
    { name: 'analytic', source: 'analytic' },
  ]) {
    sets.push(await dataset(means, recipe));
  }
  const [crystals, molecules, analytic] = sets;

  console.log('faults: kill -9');
  const killed = await killedBuild({ root, folder, kills: 12 });
  console.log('faults: teacher');
  const faulty = await faultyLabels({ folder, structures: 2000, rate: 0.005 });

  const store = await bench(root, 'store.bench.mjs');
  const label = await bench(root, 'label.bench.mjs');
  const loader = await bench(root, 'loader.bench.mjs');

  const real = [crystals, molecules];
  const structures = sets.reduce((sum, { info }) => sum + info.structures, 0);
  const labelled = real.reduce((sum, { info }) => sum + info.structures, 0);
  const failed = real.reduce((sum, { labels }) => sum + labels.output.failed, 0);
  const figures = {
    structures,
    structures_real_teachers: labelled,
    structures_analytic: analytic.info.structures,
    elements: new Set(real.flatMap(({ info }) => info.elements)).size,
    store_ratio_vs_float64: store['store/ratio-small'],
    store_ratio_plain: store['store/ratio-plain'],
    random_batch_ms: store['store/random-batch-ms'],
    rss_mb: Math.max(...Object.values(analytic.steps).map(({ memory }) => memory ?? NaN)),
    labels_per_hour_chgnet: perHour(crystals),
    labels_per_hour_molecules: perHour(molecules),
    labels_per_hour: perHour(analytic),
    success_rate: labelled / (labelled + failed),
    ...renamed(label),
    ...renamed(loader),
    label_overhead: label['label/overhead-5ms'],
    loader_wait: Math.max(
      ...Object.entries(loader)
        .filter(([name]) => name.includes('wait'))
        .map(([, value]) => value),
    ),
    faults_injected: killed.injected + faulty.injected,
    faults_kills: killed.injected,
    faults_teacher: faulty.injected,
    labels_lost: killed.lost + faulty.lost,
    labels_duplicated: killed.duplicated + faulty.duplicated,
    kills_same_hash: killed.sameHash,
  };
  return { figures: rounded(figures), text: textOf({ sets, figures, killed, faulty }) };
}

/** `label/rate-free` as a key of the figures. */
const renamed = (values) =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name.replaceAll(/[/-]/g, '_'), value]),
  );

function textOf({ sets, figures, killed, faulty }) {
  const codes = Object.entries(faulty.codes).map(([code, count]) => `${count} x \`${code}\``);
  return `# Figures: datasets

## Three recipes

${datasetTable(sets)}

Time is from the start of labelling to the finished file, with two copies of the teacher on two cores.

${commandTable(sets)}

Memory is the largest resident size of the process, without that of Python.

## Store, labelling and loader

${table(
  ['figure', 'measured', 'goal'],
  [
    [
      'store on MD data, raw float64 / file, form small',
      digits(figures.store_ratio_vs_float64),
      '>= 3',
    ],
    ['the same, form plain (lossless)', digits(figures.store_ratio_plain), ''],
    ['32 structures at random out of 120,000', `${digits(figures.random_batch_ms)} ms`, ''],
    ['largest memory of any command on 120,000', `${digits(figures.rss_mb)} MB`, '< 500 MB'],
    ['labelling beyond a teacher of 5 ms', `${digits(100 * figures.label_overhead)} %`, '<= 5 %'],
    ['waiting of a train step of 25 ms', `${digits(100 * figures.loader_wait)} %`, '< 10 %'],
  ],
)}

## Faults

${table(
  ['', 'kill -9 of `data build`', 'teacher: NaN, endless loop, exit, error, short array'],
  [
    ['structures', killed.structures, faulty.structures],
    ['faults', killed.injected, faulty.injected],
    ['labels lost', killed.lost, faulty.lost],
    ['labels twice', killed.duplicated, faulty.duplicated],
    ['in the journal without a reason', 0, faulty.unexplained],
  ],
)}

The dataset after the kills has ${killed.sameHash ? 'the same' : 'ANOTHER'} content hash as one that was made in one go. Failures of the faulty teacher: ${codes.join(', ')}.
`;
}
