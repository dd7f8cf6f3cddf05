import { type Command, Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { EXPORT_FORMATS, exportCommand, type ExportFlags } from './export.ts';
import { importCommand, type ImportFlags } from './import.ts';
import { ENERGY_UNITS } from './units.ts';

/** Adds `mlffd export` and `mlffd import` to the program. */
export function registerExchangeCommands(program: Command, io: CommandIo): void {
  program
    .command('export')
    .description('a student for other programs: one ONNX model, safetensors, or schnetpack')
    .argument('<student>', 'folder of a student')
    .addOption(
      new Option('--to <format>', 'what to write').choices(EXPORT_FORMATS).makeOptionMandatory(),
    )
    .requiredOption('-o, --out <path>', 'an .onnx file for onnx, a folder for the others')
    .option('--opset <version>', 'operator set of ONNX, 18 to 23', '21')
    .action((student: string, flags: ExportFlags) => {
      exportCommand(student, flags, io);
    });
  program
    .command('import')
    .description("a student from schnetpack's PaiNN, compared with schnetpack's own answers")
    .argument(
      '<file>',
      'model that schnetpack saved (best_model; reading it runs code in it), or what schnetpack_model.py extract made of it',
    )
    .requiredOption('-o, --out <folder>', 'folder of the student')
    .option('--python <file>', 'interpreter with schnetpack, for a saved model', 'python3')
    .option('--elements <list>', 'what it was trained on, H,C,O, where the model does not say')
    .addOption(
      new Option('--energy-unit <unit>', 'of the model')
        .choices(Object.keys(ENERGY_UNITS))
        .default('eV'),
    )
    .action((file: string, flags: ImportFlags) => importCommand(file, flags, io));
}
