import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { registerBenchmarkCommand } from './commands/benchmark/register.ts';
import { registerCalibrateCommand } from './commands/calibrate/register.ts';
import { registerDataCommands } from './commands/data/register.ts';
import { registerDoctorCommand } from './commands/doctor/register.ts';
import { registerExchangeCommands } from './commands/export/register.ts';
import { registerMdCommand } from './commands/md/register.ts';
import { registerProfileCommand } from './commands/profile/register.ts';
import { registerPythonCommand } from './commands/python/register.ts';
import { registerRunCommands } from './commands/runPage/register.ts';
import { registerServeCommand } from './commands/serve/register.ts';
import { registerTeacherCommands } from './commands/teacher/register.ts';
import { registerTrainCommands } from './commands/train/register.ts';
import { registerValidateCommand } from './commands/validate/register.ts';
import { registerViewCommand } from './commands/view/register.ts';
import { distillCommand } from './commands/distill.ts';
import { inspectCommand } from './commands/inspect.ts';
import { SCHEMA_NAMES, schemaCommand, type SchemaName } from './commands/schema.ts';
import { EXIT, errorText, exitCodeOf } from './terminal/errors.ts';
import type { CommandIo } from './terminal/io.ts';

/** Runs `mlffd` with the given arguments and returns the exit code; it never throws. */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  let code: number = EXIT.done;
  const finish = (exit: number): void => {
    code = exit;
  };
  const program = new Command('mlffd')
    .description('Distil a machine-learned potential into a small, fast student.')
    .version(version())
    .option('--debug', 'print stack traces of errors')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
  program
    .command('distill')
    .description('generate, label, split, train, validate, benchmark and package: one command')
    .argument('<config>', 'YAML configuration, or `demo` for the built-in rock-salt example')
    .option('-o, --out <folder>', 'run folder (default: runs/<name>)')
    .action(async (config: string, options: { out?: string }) => {
      finish(await distillCommand(config, options, io));
    });
  program
    .command('inspect')
    .description("a student's parameters by block, arithmetic and memory")
    .argument('<student>', 'folder of a student')
    .option('--atoms <count>', 'number of atoms that the costs are given for', '64')
    .option('--neighbors <count>', 'mean number of neighbours per atom', '40')
    .option('--json', 'print JSON')
    .action((student: string, options: { atoms: string; neighbors: string; json?: boolean }) => {
      inspectCommand(student, options, io);
    });
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .addOption(new Option('--of <file>', 'kind of file').choices(SCHEMA_NAMES).default('distill'))
    .action((options: { of: SchemaName }) => {
      schemaCommand(options.of, io);
    });
  registerDataCommands(program, io, finish);
  registerTeacherCommands(program, io, finish);
  registerTrainCommands(program, io, finish);
  registerCalibrateCommand(program, io);
  registerBenchmarkCommand(program, io, finish);
  registerMdCommand(program, io, finish);
  registerProfileCommand(program, io, finish);
  registerExchangeCommands(program, io);
  registerPythonCommand(program, io);
  registerRunCommands(program, io);
  registerValidateCommand(program, io, finish);
  registerViewCommand(program, io);
  registerServeCommand(program, io, finish);
  registerDoctorCommand(program, io, finish);

  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    io.stderr.write(`${errorText(error, program.opts<{ debug?: boolean }>().debug === true)}\n`);
    return exitCodeOf(error);
  }
}

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
