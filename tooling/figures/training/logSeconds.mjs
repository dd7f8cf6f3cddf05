// How long a training took, by its log.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Seconds between two lines of a log that are time spent on training, not an interruption. */
const LONGEST_GAP = 120;

/** Seconds of work of a run in its folder, without the time that it lay interrupted. */
export function logSeconds(training) {
  const times = readFileSync(join(training, 'log.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Date.parse(JSON.parse(line).time) / 1000);
  const gaps = times.slice(1).map((time, k) => time - times[k]);
  return gaps.filter((gap) => gap < LONGEST_GAP).reduce((sum, gap) => sum + gap, 0);
}
