import { type Command, Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { validateCommand, type ValidateFlags } from './validate.ts';

/** Adds `mlffd validate` to the program; `finish` takes its exit code. */
export function registerValidateCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  const several = (value: string, before: readonly string[] = []): string[] => [...before, value];
  program
    .command('validate')
    .description('students beside their teacher in dynamics: what each is fit for, with reasons')
    .requiredOption(
      '--teacher <teacher>',
      'a name of `mlffd teacher list`, or ase:module.path:Class',
    )
    .requiredOption('--student <folder>', 'folder of a student; give it again for several', several)
    .option(
      '--structures <path>',
      'xyz, POSCAR, CIF, PDB, ASE db or HDF5 dataset (default: the test set of the run of the student)',
    )
    .option(
      '--systems <list>',
      'instead: molecules by name or smiles:TEXT, crystals as rocksalt:Na,Cl:5.69, separated by spaces',
    )
    .option('--most <count>', 'structures to use, one for each composition', '3')
    .option(
      '--for <uses>',
      'minimisation, short-md, long-nve, npt: gates of the exit code',
      'minimisation,short-md',
    )
    .addOption(
      new Option('--budget <name>', 'how much to spend')
        .choices(['quick', 'standard', 'full'])
        .default('standard'),
    )
    .option('--temperature <kelvin>', 'of all dynamics (default: 300)')
    .option('--timestep <fs>', 'of all dynamics (default: 0.5)')
    .option('--picoseconds <length>', 'of each run of a student')
    .option('--teacher-picoseconds <length>', 'of each run of the teacher')
    .option('--frames <count>', 'of each trajectory that forces are compared on')
    .option('--seed <number>', 'of velocities and noise', '0')
    .requiredOption(
      '-o, --out <folder>',
      'report, figures and frames; the same command goes on in it',
    )
    .action(async (flags: ValidateFlags) => {
      finish(await validateCommand(flags, io));
    });
}
