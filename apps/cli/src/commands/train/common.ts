import { join, resolve } from 'node:path';
import { loadYaml } from '../../config/load.ts';
import { gateText } from '../../output/verdict.ts';
import type { GateResult } from '../../output/results.ts';
import { curveRun } from '../../training/curveRun.ts';
import { adviceText } from '../../training/curveReport.ts';
import { driftText } from '../../training/dynamicsStage.ts';
import type { CurveResults, ParetoResults, StudentResults } from '../../training/results.ts';
import type { TrainRun } from '../../training/runFile.ts';
import type { TrainRunConfig } from '../../training/trainConfig.ts';
import { trainRun } from '../../training/trainRun.ts';
import { trainSchema } from '../../training/trainSchema.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count } from '../numbers.ts';

/** Flags of all commands that train. */
export interface TrainFlags {
  readonly out?: string;
  readonly workers?: string;
}

/** Reads a configuration of `mlffd train`. */
export function loadTrainConfig(path: string): Promise<TrainRunConfig> {
  return loadYaml(resolve(path), trainSchema);
}

/** Carries a run out, prints what came of it, and returns the exit code. */
export async function carryOut(run: TrainRun, flags: TrainFlags, io: CommandIo): Promise<number> {
  const folder = resolve(flags.out ?? join('runs', run.config.name));
  const workers = flags.workers === undefined ? undefined : count(flags.workers, '--workers');
  const display = new Display(io);
  const print = (line: string): void => {
    display.print(line);
  };
  try {
    const options = { run, folder, workers, signal: io.signal, onEvent: display.onEvent };
    if (run.kind === 'learning-curve') {
      printCurve(await curveRun(options), print);
      printPlaces(folder, true, print);
      return EXIT.done;
    }
    const results = await trainRun(options);
    print('');
    if ('students' in results) printSizes(results, print);
    else printGoals(results, print);
    printPlaces(folder, !('students' in results) || results.chosen !== null, print);
    return results.verdict === 'pass' ? EXIT.done : EXIT.gate;
  } finally {
    display.close();
  }
}

type Print = (line: string) => void;

function printGoals({ gates, dynamics }: StudentResults, print: Print): void {
  if (dynamics?.state === 'unstable') print(`  dynamics ${driftText(dynamics)}`);
  for (const gate of gates) print(goalLine(gate));
}

const goalLine = (gate: GateResult): string =>
  `  ${gate.passed ? 'met   ' : 'MISSED'} ${gateText(gate)}`;

function printSizes({ students, front, chosen }: ParetoResults, print: Print): void {
  const rows = students.map((one) => [
    `${one.student}${front.includes(one.student) ? ' *' : ''}`,
    one.parameters.toLocaleString('en'),
    one.force_mae_meV_A?.toFixed(1) ?? '-',
    one.energy_mae_meV_atom?.toPrecision(3) ?? '-',
    one.microseconds_per_call?.toFixed(0) ?? '-',
    one.dynamics === null ? '-' : (one.dynamics.slope?.toExponential(1) ?? 'unstable'),
    `${String(one.gates.filter(({ passed }) => passed).length)}/${String(one.gates.length)}`,
  ]);
  const head = ['student', 'parameters', 'F meV/A', 'E meV/atom', 'us', 'drift', 'goals'];
  const widths = head.map((label, k) =>
    Math.max(label.length, ...rows.map((row) => row[k].length)),
  );
  for (const row of [head, ...rows]) {
    const cells = row.map((cell, k) =>
      k === 0 ? cell.padEnd(widths[k]) : cell.padStart(widths[k]),
    );
    print(`  ${cells.join('  ')}`);
  }
  print('  * beaten by no other in both time and error');
  for (const { student, gates, dynamics } of students) {
    if (dynamics?.state === 'unstable') print(`  ${student}: ${driftText(dynamics)}`);
    for (const gate of gates) if (!gate.passed) print(`  ${student}: MISSED ${gateText(gate)}`);
  }
  print(
    chosen === null
      ? '\nno student meets the goals'
      : `\n${chosen} is the smallest that meets the goals`,
  );
}

function printCurve(results: CurveResults, print: Print): void {
  print('');
  for (const {
    fraction,
    structures,
    force_mae_meV_A: mae,
    seen_force_mae_meV_A: seen,
  } of results.points) {
    print(
      `  ${String(fraction).padEnd(6)} ${structures.toLocaleString('en').padStart(9)} structures  force MAE ${mae.toFixed(1)} meV/A, on its own ${seen.toFixed(1)}`,
    );
  }
  print('');
  for (const line of adviceText(results)) print(`  ${line}`);
  print(`\nadvice   ${results.advice.verdict}`);
}

function printPlaces(folder: string, student: boolean, print: Print): void {
  print(`\nreport   ${join(folder, 'report.html')}`);
  print(`results  ${join(folder, 'results.json')}`);
  if (student) print(`student  ${join(folder, 'student')}`);
}
