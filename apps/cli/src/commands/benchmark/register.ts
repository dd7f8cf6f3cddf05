import { type Command, Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { benchmarkCommand } from './benchmark.ts';
import type { BenchmarkFlags } from './flags.ts';

/** Adds `mlffd benchmark` to the program; `finish` takes its exit code. */
export function registerBenchmarkCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  program
    .command('benchmark')
    .description('molecular dynamics with a student: conservation, stability, latency, memory')
    .argument('<student>', 'folder of a student')
    .option('--teacher <teacher>', 'a teacher, or folder of a student: errors along the runs')
    .option(
      '--systems <list>',
      'water, methane, alanine, or files of structures',
      'water,methane,alanine',
    )
    .option('--sizes <list>', 'numbers of atoms to come near to', '10,100,1000')
    .option('--picoseconds <time>', 'length of each run at constant energy', '10')
    .option('--equilibration <ps>', 'Langevin dynamics before each run', '0.5')
    .option('--timestep <fs>', 'time step', '0.5')
    .option('--temperature <K>', 'temperature', '300')
    .option('--seed <number>', 'of velocities and noise', '0')
    .addOption(
      new Option('--backend <name>', 'what computes the student')
        .choices(['auto', 'fused', 'onnx'])
        .default('auto'),
    )
    .option('--threads <count>', 'threads of one call', '1')
    .option('--json <file>', 'results (default: benchmark.json in the folder of the student)')
    .option('--html [file]', 'write a page (default: beside the results)')
    .option('--trajectories <folder>', 'keep frames of every run there, extended XYZ')
    .option('--save-baseline <file>', 'add the results to a file of baselines')
    .option('--replace-baseline', 'also where there are such baselines already')
    .option('--compare <file>', 'compare times with baselines of this machine')
    .option('--other-student', 'compare with another student where there is none of this one')
    .option('--fail-if-slower <limit>', 'exit code 3 beyond this (default: 10%)')
    .action(async (student: string, flags: BenchmarkFlags) => {
      finish(await benchmarkCommand(student, flags, io));
    });
}
