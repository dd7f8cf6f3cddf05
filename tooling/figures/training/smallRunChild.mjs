// The small run in a process of its own: node smallRunChild.mjs FOLDER WORKERS [resume]
// Prints `step N` after each step and `weights SHA-256` at the end, or `error CODE MESSAGE`.
import { CONFIG, fingerprint, structures, train } from './smallRun.mjs';

const [folder, workers, resume] = process.argv.slice(2);
const say = (text) => process.stdout.write(`${text}\n`);
try {
  const { student } = await train({
    folder,
    data: await structures(),
    config: { ...CONFIG, workers: Number(workers) },
    resume: resume === 'resume',
    ...(resume === 'resume' ? { workers: Number(workers) } : {}),
    onEvent: (event) => {
      if (event.type === 'step') say(`step ${event.step}`);
    },
  });
  say(`weights ${fingerprint(student)}`);
} catch (error) {
  say(`error ${error.code} ${error.message.split('\n')[0]}`);
}
