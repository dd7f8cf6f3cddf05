import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { viewCommand, type ViewFlags } from './view.ts';

/** Adds `mlffd view` to the program. */
export function registerViewCommand(program: Command, io: CommandIo): void {
  program
    .command('view')
    .description('watch molecular dynamics with a student in a browser, or make a page to share it')
    .argument('<student>', 'folder of a student')
    .option('-s, --structures <file>', 'structures to start from, of any file that is read')
    .option('-p, --port <number>', 'of the page; 0: any that is free', '0')
    .option('--no-open', 'only print the address')
    .option('-o, --out <folder>', 'write static files for any web server instead')
    .action((student: string, flags: ViewFlags) => viewCommand(student, flags, io));
}
