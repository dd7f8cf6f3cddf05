import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { runPageCommand } from './page.ts';
import { tensorboardCommand } from './tensorboard.ts';

/** Adds `mlffd run ...` to the program. */
export function registerRunCommands(program: Command, io: CommandIo): void {
  const group = program.command('run').description('look at a training run, also while it trains');
  const folder = 'folder of the trainer, or of `mlffd distill`';
  group
    .command('page')
    .description('losses, metrics, learning rate and health of a run as one HTML page')
    .argument('<run>', folder)
    .option('-o, --out <file>', 'default: run.html in that folder')
    .option('--follow', 'write it anew while the run goes on')
    .option('--every <seconds>', 'time between two looks with --follow', '15')
    .action((run: string, flags: Parameters<typeof runPageCommand>[1]) =>
      runPageCommand(run, flags, io),
    );
  group
    .command('tensorboard')
    .description('the log of a run as an event file for TensorBoard')
    .argument('<run>', folder)
    .option('-o, --out <folder>', 'log directory (default: tensorboard in that folder)')
    .option('--follow', 'append while the run goes on')
    .option('--every <seconds>', 'time between two looks with --follow', '2')
    .action((run: string, flags: Parameters<typeof tensorboardCommand>[1]) =>
      tensorboardCommand(run, flags, io),
    );
}
