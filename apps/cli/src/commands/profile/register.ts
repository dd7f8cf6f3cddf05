import { type Command, Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import type { ProfileFlags } from './flags.ts';
import { profileCommand } from './profile.ts';

/** Adds `mlffd profile` to the program; `finish` takes its exit code. */
export function registerProfileCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  program
    .command('profile')
    .description('what a call of a student or teacher costs: latency, memory, cost by size')
    .argument('<calculator>', 'folder of a student, or a teacher: chgnet, gfn2-xtb ...')
    .option('--structures <file>', 'call with structures of a file, up to eight of them')
    .option('--sizes <list>', 'else: numbers of atoms to come near to', '3,22,100,500')
    .option('--calls <count>', 'timed calls with each structure, at most', '2000')
    .option('--seconds <time>', 'time for them, and for the calls that watch memory', '10')
    .option('--memory-calls <count>', 'calls that watch memory, at most; 0: none', '2000')
    .option('--longest-call <time>', 'leave out sizes where a call may take more seconds', '30')
    .addOption(
      new Option('--backend <name>', 'what computes a student')
        .choices(['auto', 'fused', 'onnx'])
        .default('auto'),
    )
    .option('--threads <count>', 'threads of one call of a student', '1')
    .option('--json <file>', 'write the profile')
    .option('--html <file>', 'write a page')
    .option('--hotspots', 'where the time of a student goes, in calls of their own')
    .option('--trace <file>', 'a trace of ONNX Runtime, torch or nsys: hotspots, for the page')
    .option('--compare <path>', 'compare with a profile of this machine, or that in a folder')
    .option('--fail-if-slower <limit>', 'exit code 3 beyond this (default: 10%)')
    .option('--fail-on-leak', 'exit code 3 where memory leaks')
    .option('--save <path>', 'keep the profile as a baseline, in a file or folder, unless too slow')
    .action(async (calculator: string, flags: ProfileFlags) => {
      finish(await profileCommand(calculator, flags, io));
    });
}
