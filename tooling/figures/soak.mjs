// Many calls of a teacher in Python with faults among them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAtoms, Rng } from '../../packages/core/dist/index.js';
import { PythonTeacher } from '../../packages/teachers/dist/index.js';

const CALLS = 20_000;
const FAULTS = ['garbage', 'hang', 'hard_exit', 'segfault', 'killed', 'error'];
/** Share of the calls that go wrong. */
const FAULT_RATE = 0.003;

/** Every structure gets one answer or one reason; what is lost, wrong or left open is counted. */
export async function soak({ root, python }) {
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
  for (let k = 0; k < CALLS; k++) {
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
    if (k === CALLS / 4) before = process.memoryUsage().rss;
  }
  const growth = (process.memoryUsage().rss - before) / 1e6;
  const left = descriptors() - open;
  await teacher.dispose();
  const reasons = Object.values(codes).reduce((sum, count) => sum + count, 0);
  return {
    calls: CALLS,
    injected,
    answers,
    codes,
    wrong,
    lost: CALLS - answers - reasons,
    growth,
    descriptors: left,
  };
}
