import { basename, extname, join, resolve } from 'node:path';
import type { GuardLimits } from '@mlffd/md';
import type { StudentCalculatorOptions } from '@mlffd/student';
import { count, positive, wholeNumber } from '../numbers.ts';
import { wrongOption } from '../wrongOption.ts';
import { isOwnFile } from './folder.ts';
import { type Motion, type MotionFlags, motionOf } from './motion.ts';
import { lengthOfTime } from './quantities.ts';

/** Options of `mlffd md` as they were typed. */
export interface MdFlags extends MotionFlags {
  readonly time?: string;
  readonly steps?: string;
  readonly frame?: string;
  readonly velocities?: 'file' | 'draw';
  readonly minimize?: string | true;
  readonly fixed?: string;
  readonly seed: string;
  readonly out?: string;
  readonly trajectory: string;
  readonly stride: string;
  readonly log?: string;
  readonly backend?: NonNullable<StudentCalculatorOptions['backend']>;
  readonly threads?: string;
  readonly teacher?: string;
  readonly substeps?: string;
  readonly onUnseen?: 'stop' | 'warn' | 'teacher' | 'ignore';
  readonly maxTemperature?: string;
  readonly maxForce?: string;
  readonly minDistance?: string;
  readonly maxStretch?: string;
  readonly maxDrift?: string;
  readonly page: boolean;
}

/** Options of `mlffd md`, understood. */
export interface MdChoices {
  readonly motion: Motion;
  /** Step to run to. */
  readonly steps: number;
  /** Of the start file: from 0, or from -1 backwards; absent: the last. */
  readonly frame: number | undefined;
  readonly velocities: 'file' | 'draw';
  /** Largest force to relax to, eV/Angstrom; absent: not relaxed. */
  readonly minimize: number | undefined;
  /** Ascending. */
  readonly fixed: readonly number[];
  readonly seed: number;
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Name of the trajectory in it. */
  readonly trajectory: string;
  /** Steps between two frames of the trajectory. */
  readonly stride: number;
  /** Steps between two rows of energies. */
  readonly log: number;
  readonly backend: MdFlags['backend'];
  readonly threads: number | undefined;
  readonly teacher: string | undefined;
  /** Absent: no multiple time steps. */
  readonly substeps: number | undefined;
  /** Absent: `warn` where the student knows its domain. */
  readonly onUnseen: MdFlags['onUnseen'];
  readonly limits: Limits;
  readonly page: boolean;
}

/** Limits that can be given; the others are those of the library. */
type Limits = Pick<
  GuardLimits,
  'maxTemperature' | 'maxForce' | 'minDistance' | 'maxStretch' | 'maxDrift'
>;

/** eV/Angstrom: tight enough to take a first structure out of its worst contacts. */
const FMAX = 0.05;
/** Steps between two rows of energies, where nothing is said. */
const LOG = 10;

/** @throws InvalidArgumentError naming the option */
export function choicesOf(start: string, flags: MdFlags): MdChoices {
  const motion = motionOf(flags);
  const substeps = flags.substeps === undefined ? undefined : count(flags.substeps, '--substeps');
  requireTeacherUse(flags, motion);
  const stride = count(flags.stride, '--stride');
  const fixed = flags.fixed === undefined ? [] : indices(flags.fixed);
  if (fixed.length > 0 && motion.ensemble === 'npt') {
    throw wrongOption('--fixed', 'A barostat moves all atoms: none can be held.', {
      expected: '--fixed with --ensemble nve or nvt',
      found: 'npt',
    });
  }
  const stem = basename(start, extname(start)).replace(/[^\w.+-]+/g, '-');
  return {
    motion,
    steps: stepsOf(flags, motion.timestep * (substeps ?? 1)),
    frame: flags.frame === undefined ? undefined : integer(flags.frame, '--frame'),
    velocities: flags.velocities ?? (motion.temperature === undefined ? 'file' : 'draw'),
    minimize:
      flags.minimize === undefined
        ? undefined
        : flags.minimize === true
          ? FMAX
          : positive(flags.minimize, '--minimize'),
    fixed,
    seed: wholeNumber(flags.seed, '--seed'),
    folder: resolve(flags.out ?? join('runs', `${stem}-md`)),
    trajectory: fileName(flags.trajectory),
    stride,
    log: flags.log === undefined ? Math.min(LOG, stride) : count(flags.log, '--log'),
    backend: flags.backend,
    threads: flags.threads === undefined ? undefined : count(flags.threads, '--threads'),
    teacher: flags.teacher,
    substeps,
    onUnseen: flags.onUnseen,
    limits: limitsOf(flags),
    page: flags.page,
  };
}

function stepsOf({ time, steps }: MdFlags, timestep: number): number {
  if (steps !== undefined && time === undefined) return count(steps, '--steps');
  if (steps === undefined && time !== undefined) {
    const length = lengthOfTime(time, '--time');
    const whole = Math.round(length / timestep);
    if (whole > 0) return whole;
    throw wrongOption('--time', 'The run is shorter than a step.', {
      expected: `at least ${String(timestep)} fs`,
      found: time,
    });
  }
  throw wrongOption('--time', 'One of --time and --steps says how long the run is.', {
    expected: '--time 100ps, or --steps 200000',
    found: steps === undefined ? 'neither' : 'both',
  });
}

function requireTeacherUse(flags: MdFlags, motion: Motion): void {
  const { teacher, substeps, onUnseen } = flags;
  if (teacher === undefined) {
    if (substeps === undefined && onUnseen !== 'teacher') return;
    const option = substeps === undefined ? '--on-unseen teacher' : '--substeps';
    throw wrongOption(option, `${option} needs a teacher.`, {
      expected: '--teacher TEACHER',
      found: `${option} without --teacher`,
    });
  }
  if ((substeps === undefined) === (onUnseen !== 'teacher')) {
    throw wrongOption('--teacher', 'A teacher is for multiple time steps, or for what is unseen.', {
      expected: '--substeps N or --on-unseen teacher',
      found: substeps === undefined ? 'neither' : 'both',
    });
  }
  if (substeps !== undefined && motion.ensemble === 'npt') {
    throw wrongOption('--substeps', 'Multiple time steps keep the volume.', {
      expected: '--ensemble nve or nvt',
      found: 'npt',
    });
  }
}

function limitsOf(flags: MdFlags): Limits {
  const limit = (name: keyof Limits, option: string): Limits => {
    const text = flags[name];
    return text === undefined ? {} : { [name]: positive(text, option) };
  };
  return {
    ...limit('maxTemperature', '--max-temperature'),
    ...limit('maxForce', '--max-force'),
    ...limit('minDistance', '--min-distance'),
    ...limit('maxStretch', '--max-stretch'),
    ...limit('maxDrift', '--max-drift'),
  };
}

/** `0,1,5-9`, ascending. */
function indices(text: string): number[] {
  const found = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(item);
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    // A slip of the finger is no reason to count to a billion.
    if (!(last >= first && last - first < 1e6)) {
      throw wrongOption('--fixed', '--fixed takes indices of atoms, counted from 0.', {
        expected: 'numbers and ranges with commas between them, as 0,1,5-9',
        found: JSON.stringify(text),
      });
    }
    for (let k = first; k <= last; k++) found.add(k);
  }
  return [...found].sort((a, b) => a - b);
}

function integer(text: string, option: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw wrongOption(option, `${option} takes an integer.`, {
    expected: 'an integer: 0 is the first frame, -1 the last',
    found: text,
  });
}

function fileName(name: string): string {
  const known = /\.(?:xyz|extxyz|traj|h5|h5md|dcd)$/i.test(name);
  const isOwn = isOwnFile(name);
  if (known && !isOwn && !name.startsWith('.') && basename(name) === name) return name;
  throw wrongOption(
    '--trajectory',
    '--trajectory takes the name of a file in the folder of the run.',
    {
      expected: 'a name that ends in .xyz, .traj, .h5 or .dcd, without a path',
      found: name,
      ...(isOwn ? { hint: 'The run itself writes a file of this name.' } : {}),
    },
  );
}
