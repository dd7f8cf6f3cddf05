import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { teacherCheckCommand } from './check.ts';
import { teacherCompareCommand } from './compare.ts';
import { teacherInstallCommand } from './install.ts';
import { teacherListCommand } from './list.ts';

/** Adds `mlffd teacher ...` to the program; `finish` takes the exit code of a command that has one. */
export function registerTeacherCommands(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  const teacher = program.command('teacher').description('what teachers there are, and how good');
  teacher
    .command('list')
    .description('names that may stand under `teacher:`')
    .action(() => {
      teacherListCommand(io);
    });
  teacher
    .command('check')
    .description('what no student can be better at: gradient, net force, rotation, cutoff, latency')
    .argument('<teacher>', 'a name of `mlffd teacher list`, or ase:module.path:Class?key=value')
    .option('--structures <file>', 'of the kind that it is wanted for (default: three examples)')
    .option('--most <count>', 'structures of the file to look at, evenly spread', '8')
    .option('-o, --out <path>', 'folder for a page and its figures, or a .json file')
    .action((spec: string, flags: Parameters<typeof teacherCheckCommand>[1]) =>
      teacherCheckCommand(spec, flags, io),
    );
  teacher
    .command('compare')
    .description('two teachers on the same structures: energies, forces, stress, speed')
    .argument(
      '<a>',
      'a name of `mlffd teacher list`, ase:module.path:Class, or folder of a student',
    )
    .argument('<b>', 'another one')
    .requiredOption(
      '--structures <path>',
      'xyz, POSCAR, CIF, PDB, ASE db, HDF5 dataset, or the folder of a recipe',
    )
    .option('--most <count>', 'structures to ask about, evenly spread', '100')
    .option('-o, --out <folder>', 'write a page and its figures')
    .action(async (a: string, b: string, flags: Parameters<typeof teacherCompareCommand>[1]) => {
      finish(await teacherCompareCommand([a, b], flags, io));
    });
  teacher
    .command('install')
    .description('a Python environment with the pinned packages of a teacher')
    .argument('<name>', 'one of those in Python')
    .option('--folder <folder>', 'where (default: where teachers look for it)')
    .option('--python <file>', 'interpreter to make it with')
    .action((name: string, flags: Parameters<typeof teacherInstallCommand>[1]) =>
      teacherInstallCommand(name, flags, io),
    );
}
