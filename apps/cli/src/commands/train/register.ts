import type { Command } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { resumeCommand } from './resume.ts';
import { learningCurveCommand, startCommand, trainCommand } from './train.ts';

const CONFIG = 'YAML configuration (see `mlffd schema --of train`)';
const STUDENT = 'folder of a student';

/** Adds `mlffd train`, `resume`, `init-from`, `finetune` and `learning-curve` to the program. */
export function registerTrainCommands(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  const training = (name: string, description: string): Command =>
    program.command(name).description(description);
  const shared = (command: Command): Command =>
    command
      .option('-o, --out <folder>', 'run folder (default: runs/<name>)')
      .option('--workers <count>', 'cores to train on; the result does not depend on it');

  shared(training('train', 'a student of a labelled dataset, with card, report and figures'))
    .argument('<config>', CONFIG)
    .option('--presets <list>', 'several sizes, and which one to take: ultra-tiny,tiny,original')
    .action(async (file: string, flags: Parameters<typeof trainCommand>[1]) => {
      finish(await trainCommand(file, flags, io));
    });

  training('resume', 'go on with a run of train, init-from, finetune or learning-curve')
    .argument('<run>', 'its folder')
    .argument('[config]', 'its configuration, if goals or workers were changed')
    .option('--workers <count>', 'cores to train on')
    .action(async (folder: string, file: string | undefined, flags: { workers?: string }) => {
      finish(await resumeCommand(folder, file, { flags, io }));
    });

  shared(training('init-from', "train with a student's weights as the start, all else new"))
    .argument('<student>', STUDENT)
    .argument('<config>', CONFIG)
    .action(async (student: string, file: string, flags: { out?: string; workers?: string }) => {
      finish(await startCommand('init-from')(student, file, { flags, io }));
    });

  shared(training('finetune', 'tune a student on more data of its own kind, gently'))
    .argument('<student>', STUDENT)
    .argument('<config>', CONFIG)
    .action(async (student: string, file: string, flags: { out?: string; workers?: string }) => {
      finish(await startCommand('finetune')(student, file, { flags, io }));
    });

  shared(training('learning-curve', 'would more data help, or a bigger student?'))
    .argument('<config>', CONFIG)
    .option('--fractions <list>', 'nested parts of the training data', '0.25,0.5,1')
    .option('--presets <list>', 'train these sizes on all data, too, to compare')
    .action(async (file: string, flags: Parameters<typeof learningCurveCommand>[1]) => {
      finish(await learningCurveCommand(file, flags, io));
    });
}
