import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { pythonCommand, type PythonFlags } from './python.ts';

/** Adds `mlffd python` to the program. */
export function registerPythonCommand(program: Command, io: CommandIo): void {
  program
    .command('python')
    .description('path of the Python package with the ASE calculator, for pip install')
    .option('-o, --out <folder>', 'copy the package there')
    .addHelpText('after', '\nExample: pip install "$(npx mlffd python)[ase]"')
    .action((flags: PythonFlags) => {
      pythonCommand(flags, io);
    });
}
