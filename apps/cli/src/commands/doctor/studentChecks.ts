import { createAtoms, type Results } from '@mlffd/core';
import {
  type Backend,
  initializeParameters,
  parsePainnConfig,
  PRESETS,
  type Student,
  StudentCalculator,
} from '@mlffd/student';
import { type Check, type CheckGroup, messageOf } from './check.ts';

const BACKENDS: readonly Backend[] = ['fused', 'onnx'];
/** Both back ends agree to 1e-5 of the forces; random weights give forces of the order of 1 eV/Angstrom. */
const TOLERANCE = 1e-4;

/** Both back ends of students on a molecule, with random weights: do they run, and do they agree? */
export async function studentChecks(): Promise<CheckGroup> {
  const answers = new Map<Backend, Required<Pick<Results, 'energy' | 'forces'>>>();
  const checks: Check[] = [];
  for (const backend of BACKENDS) {
    const check = { id: `student-${backend}`, label: `${backend} back end` };
    try {
      answers.set(backend, await waterWith(backend));
      checks.push({ ...check, status: 'ok', value: 'energy and forces of a molecule' });
    } catch (error) {
      const advice = ['Install @mlffd/student again.'];
      checks.push({ ...check, status: 'missing', value: messageOf(error), advice });
    }
  }
  const [one, other] = BACKENDS.map((backend) => answers.get(backend)?.forces);
  if (one !== undefined && other !== undefined) checks.push(agreement(one, other));
  return { id: 'students', title: 'Students', checks };
}

function agreement(one: Float64Array, other: Float64Array): Check {
  const worst = Math.max(...one.map((force, k) => Math.abs(force - other[k])));
  const agree = worst < TOLERANCE;
  return {
    id: 'student-agreement',
    label: 'agreement',
    status: agree ? 'ok' : 'missing',
    value: `forces of both differ by ${worst.toExponential(1)} eV/Angstrom at most`,
    ...(agree
      ? {}
      : { advice: ['Do not use results of this machine; please report it with this page.'] }),
  };
}

async function waterWith(backend: Backend): Promise<Required<Pick<Results, 'energy' | 'forces'>>> {
  const calculator = await StudentCalculator.fromStudent(randomStudent(), { backend });
  try {
    const water = createAtoms({
      symbols: ['O', 'H', 'H'],
      positions: [0, 0, 0, 0.97, 0, 0, -0.25, 0.94, 0],
    });
    const { energy = NaN, forces = new Float64Array() } = await calculator.calculate(water, [
      'energy',
      'forces',
    ]);
    if (forces.length === 9 && [energy, ...forces].every(Number.isFinite))
      return { energy, forces };
    throw new Error('energy and forces are not finite');
  } finally {
    await calculator.dispose();
  }
}

function randomStudent(): Student {
  const config = parsePainnConfig(PRESETS['ultra-tiny']);
  return {
    config,
    parameters: initializeParameters(config, 1),
    baseline: {
      energies: new Float64Array(config.maxAtomicNumber + 1),
      scale: 1,
      elements: [1, 8],
    },
    provenance: {},
  };
}
