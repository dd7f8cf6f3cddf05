import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { doctorCommand, type DoctorFlags } from './doctor.ts';

/** Adds `mlffd doctor` to the program; `finish` takes the exit code. */
export function registerDoctorCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  program
    .command('doctor')
    .description('what this machine has for students and teachers, and what to do about gaps')
    .option('--json', 'print JSON')
    .option('--runs <folder>', 'where runs are to be written', 'runs')
    .action(async (flags: DoctorFlags) => {
      finish(await doctorCommand(flags, io));
    });
}
