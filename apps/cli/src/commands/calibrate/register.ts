import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { calibrateCommand, type CalibrateFlags } from './calibrate.ts';

/** Adds `mlffd calibrate` to the program. */
export function registerCalibrateCommand(program: Command, io: CommandIo): void {
  program
    .command('calibrate')
    .description('how certain a student is: calibrated uncertainties, without training again')
    .argument('<student>', 'folder of a student; the uncertainty is saved in it')
    .requiredOption('--data <file>', 'dataset that it was trained on (HDF5)')
    .option('--split <file>', 'split that it was trained with (see `mlffd data split`)')
    .option('--heads <count>', 'read-out heads; an uncertainty costs one run for each', '16')
    .option('--seed <number>', 'of the heads', '0')
    .option('-o, --out <file>', 'report (default: uncertainty.html in the folder of the student)')
    .action((student: string, flags: CalibrateFlags) => calibrateCommand(student, flags, io));
}
