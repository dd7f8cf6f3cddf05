import { type Command, Option } from 'commander';
import type { CommandIo } from '../../terminal/io.ts';
import type { MdFlags } from './choices.ts';
import { mdCommand } from './md.ts';
import { BAROSTATS, ENSEMBLES, THERMOSTATS } from './motion.ts';

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

/** Adds `mlffd md` to the program; `finish` takes its exit code. */
export function registerMdCommand(
  program: Command,
  io: CommandIo,
  finish: (code: number) => void,
): void {
  program
    .command('md')
    .description('molecular dynamics with a student or a teacher; the same command goes on')
    .argument('<student>', 'folder of a student, or a teacher: chgnet, gfn2-xtb, ase:module:Class')
    .argument('<start>', 'file of structures, or a trajectory')
    .option('--time <time>', 'length of the run, as 100ps; a longer one extends it')
    .option('--steps <count>', 'the same in steps, from the start of the trajectory')
    .option('--timestep <fs>', 'time step', '0.5')
    .option('--temperature <K>', 'of the bath, and of the first velocities')
    .addOption(choice('--ensemble <name>', 'default: nvt with --temperature, else nve', ENSEMBLES))
    .addOption(choice('--thermostat <name>', 'default: bussi', THERMOSTATS))
    .option('--time-constant <fs>', 'of bussi and nose-hoover (default: 100)')
    .option('--friction <rate>', 'of langevin and baoab, as 10/ps (default: 0.01/fs)')
    .addOption(choice('--barostat <name>', 'default: cell-rescaling', BAROSTATS))
    .option('--pressure <pressure>', 'as 1bar or 0.5GPa (default: 1bar)')
    .option('--pressure-time-constant <fs>', 'of the barostat (default: 1000)')
    .option('--compressibility <value>', 'of cell-rescaling (default: that of water, 4.5e-5/bar)')
    .option('--seed <number>', 'of velocities and noise', '0')
    .option('--frame <k>', 'of the start: 0 is the first, -1 the last (default: the last)')
    .addOption(
      choice('--velocities <from>', 'default: draw with --temperature, else file', [
        'file',
        'draw',
      ]),
    )
    .option('--minimize [fmax]', 'relax the start first, to this largest force (0.05 eV/A)')
    .option('--fixed <list>', 'atoms that do not move, from 0: 0,1,5-9')
    .option('-o, --out <folder>', 'folder of the run (default: runs/<start>-md)')
    .option('--trajectory <name>', 'its ending says how: .xyz, .traj, .h5, .dcd', 'trajectory.xyz')
    .option('--stride <steps>', 'between two frames of the trajectory', '100')
    .option('--log <steps>', 'between two rows of energies.csv (default: 10, or --stride)')
    .addOption(choice('--backend <name>', 'what computes a student', ['auto', 'fused', 'onnx']))
    .option('--threads <count>', 'threads of one call of a student')
    .option('--teacher <teacher>', 'for --substeps or --on-unseen teacher')
    .option('--substeps <count>', 'steps with the student for one call of the teacher')
    .addOption(
      choice('--on-unseen <action>', 'what training had not (default: warn)', [
        'stop',
        'warn',
        'teacher',
        'ignore',
      ]),
    )
    .option('--max-temperature <K>', 'stop above it (default: 100000)')
    .option('--max-force <eV/A>', 'stop above it (default: 1000)')
    .option('--min-distance <A>', 'stop where two atoms are nearer')
    .option('--max-stretch <A>', 'stop where a bond is longer by more than at the start')
    .option('--max-drift <eV/atom>', 'stop where the conserved energy is farther from its start')
    .option('--no-page', 'write no md.html')
    .action(async (student: string, start: string, flags: MdFlags) => {
      finish(await mdCommand([student, start], flags, io));
    });
}
