import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { teacherCheckCommand } from './check.ts';
import { teacherInstallCommand } from './install.ts';
import { teacherListCommand } from './list.ts';

/** Adds `mlffd teacher ...` to the program. */
export function registerTeacherCommands(program: Command, io: CommandIo): void {
  const teacher = program.command('teacher').description('what teachers there are, and how good');
  teacher
    .command('list')
    .description('names that may stand under `teacher:`')
    .action(() => {
      teacherListCommand(io);
    });
  teacher
    .command('check')
    .description('gradient, net force, rotation, size consistency, cutoff, latency of a teacher')
    .argument('<teacher>', 'a name of `mlffd teacher list`, or ase:module.path:Class?key=value')
    .option('--structures <file>', 'of the kind that it is wanted for (default: three examples)')
    .option('--most <count>', 'structures of the file to look at', '8')
    .option('-o, --out <file>', 'write all figures as JSON')
    .action((spec: string, flags: Parameters<typeof teacherCheckCommand>[1]) =>
      teacherCheckCommand(spec, flags, io),
    );
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
