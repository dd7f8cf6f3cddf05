import type { Command } from 'commander';
import { Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import { serveCommand, type ServeFlags } from './serve.ts';

/** Adds `mlffd serve` to the program; `finish` takes the exit code. */
export function registerServeCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  program
    .command('serve')
    .description('give energies, forces and virials of a student to i-PI, ASE or any i-PI server')
    .argument('<student>', 'folder of a student, or a teacher')
    .requiredOption(
      '-t, --template <file>',
      'structure that the server has: species in the same order, charge, periodic axes',
    )
    .option('-u, --unix <name>', 'Unix socket of the server: /tmp/ipi_NAME, or a path')
    .option('-p, --port <number>', 'TCP port of the server')
    .option('--host <name>', 'host of the port (default: 127.0.0.1)')
    .option('--pbc <axes>', 'periodic axes instead of those of the template: all, none, or as TTF')
    .addOption(
      new Option('--backend <name>', 'what computes a student').choices(['auto', 'fused', 'onnx']),
    )
    .option('--threads <count>', 'threads of a student')
    .option('--reconnect', 'wait for another server when one has gone; Ctrl-C ends it')
    .option('--wait <seconds>', 'longest time for the first connection', '60')
    .option('--uncertainty', 'send what a calibrated student expects as its error, as extras')
    .action(async (student: string, flags: ServeFlags) => {
      finish(await serveCommand(student, flags, io));
    });
}
