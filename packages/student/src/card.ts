import { symbolOf } from '@mlffd/core';
import { countParameters } from './parameters.ts';
import { type Student, trainedElements } from './student.ts';

/** A short model card: what the student is, what it was trained for, how to use it. */
export function minimalCard(student: Student): string {
  const { config, baseline, provenance } = student;
  const elements = trainedElements(baseline).map((z) => symbolOf(z));
  const { type, count } = config.radialBasis;
  const origin = Object.entries(provenance).map(
    ([key, value]) => `| ${key} | ${typeof value === 'string' ? value : JSON.stringify(value)} |`,
  );
  return [
    `# PaiNN student ${config.features}x${config.interactions}`,
    '',
    'Interatomic potential: energy, forces and stress of atoms, eV and Angstrom.',
    '',
    '| | |',
    '|---|---|',
    `| parameters | ${countParameters(config)} |`,
    `| elements | ${elements.join(', ')} |`,
    `| cutoff | ${config.cutoff} Angstrom, ${config.cutoffFunction} |`,
    `| radial basis | ${count} ${type} functions |`,
    ...(config.charge === true ? ['| total charge | an input: `charge` of the atoms, e |'] : []),
    ...(config.spin === true ? ['| unpaired electrons | an input: `spin` of the atoms |'] : []),
    ...origin,
    '',
    '## Use',
    '',
    '```js',
    "import { StudentCalculator } from '@mlffd/student';",
    '',
    'const calculator = await StudentCalculator.load(folder);',
    "const { energy, forces } = await calculator.calculate(atoms, ['energy', 'forces']);",
    '```',
    '',
    'From ASE, after `pip install "$(npx mlffd python)[ase]"`:',
    '',
    '```python',
    'from mlffd_student import StudentCalculator',
    '',
    'atoms.calc = StudentCalculator(folder)',
    'energy, forces = atoms.get_potential_energy(), atoms.get_forces()',
    '```',
    '',
    'It is meant for structures like those it was trained on; other elements are refused. Check',
    'copies with `verifyStudent(folder)`, which recomputes `test-vectors.json`.',
    '',
  ].join('\n');
}
