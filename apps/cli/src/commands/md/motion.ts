import { BAR } from '@mlffd/core';
import {
  bussi,
  cellRescaling,
  type Integrator,
  langevin,
  mtk,
  noseHooverChain,
  velocityVerlet,
} from '@mlffd/md';
import { positive } from '../numbers.ts';
import { wrongOption } from '../wrongOption.ts';
import { compressibility, pressure, rate, time } from './quantities.ts';

export const ENSEMBLES = ['nve', 'nvt', 'npt'] as const;
export const THERMOSTATS = ['bussi', 'langevin', 'baoab', 'nose-hoover'] as const;
export const BAROSTATS = ['cell-rescaling', 'mtk'] as const;

type Ensemble = (typeof ENSEMBLES)[number];
type Thermostat = (typeof THERMOSTATS)[number];
type Barostat = (typeof BAROSTATS)[number];

/** Options about equations of motion, as they were typed. */
export interface MotionFlags {
  readonly ensemble?: Ensemble;
  readonly thermostat?: Thermostat;
  readonly barostat?: Barostat;
  readonly timestep: string;
  readonly temperature?: string;
  readonly friction?: string;
  readonly timeConstant?: string;
  readonly pressure?: string;
  readonly pressureTimeConstant?: string;
  readonly compressibility?: string;
}

/** Equations of motion. What does not belong to them is absent. */
export interface Motion {
  readonly ensemble: Ensemble;
  /** fs. */
  readonly timestep: number;
  /** K; in NVE that of the first velocities. */
  readonly temperature?: number;
  readonly thermostat?: Thermostat;
  /** fs. */
  readonly timeConstant?: number;
  /** 1/fs. */
  readonly friction?: number;
  readonly barostat?: Barostat;
  /** eV/Angstrom^3. */
  readonly pressure?: number;
  /** fs. */
  readonly pressureTimeConstant?: number;
  /** Angstrom^3/eV. */
  readonly compressibility?: number;
}

/** fs. */
const TIME_CONSTANT = 100;
/** 1/fs. */
const FRICTION = 0.01;
/** fs, and at least as many time steps. */
const PRESSURE_TIME_CONSTANT = 1000;
/** Of water, Angstrom^3/eV: it decides how fast the barostat is, and nothing else. */
const WATER_COMPRESSIBILITY = 4.5e-5 / BAR;

/**
 * What is moved how.
 *
 * @throws InvalidArgumentError naming the option: for one that has no effect, too
 */
export function motionOf(flags: MotionFlags): Motion {
  const ensemble = ensembleOf(flags);
  const timestep = time(flags.timestep, '--timestep');
  const temperature =
    flags.temperature === undefined ? undefined : positive(flags.temperature, '--temperature');
  if (ensemble !== 'nve' && temperature === undefined) {
    throw wrongOption('--temperature', `${ensemble.toUpperCase()} needs --temperature.`, {
      expected: '--temperature KELVIN',
      found: 'none',
    });
  }
  const base = { ensemble, timestep, ...(temperature === undefined ? {} : { temperature }) };
  if (ensemble === 'nve') {
    for (const option of THERMOSTAT_OPTIONS) refuse(flags, option, 'a thermostat');
    for (const option of BAROSTAT_OPTIONS) refuse(flags, option, '--ensemble npt');
    return base;
  }
  if (ensemble === 'nvt') {
    for (const option of BAROSTAT_OPTIONS) refuse(flags, option, '--ensemble npt');
    return { ...base, ...thermostatOf(flags) };
  }
  return { ...base, ...barostatOf(flags, timestep) };
}

const THERMOSTAT_OPTIONS = ['thermostat', 'timeConstant', 'friction'] as const;
const BAROSTAT_OPTIONS = [
  'barostat',
  'pressure',
  'pressureTimeConstant',
  'compressibility',
] as const;

function ensembleOf(flags: MotionFlags): Ensemble {
  const { ensemble, barostat, pressure: applied, thermostat, temperature } = flags;
  if (ensemble !== undefined) return ensemble;
  if (barostat !== undefined || applied !== undefined) return 'npt';
  return thermostat !== undefined || temperature !== undefined ? 'nvt' : 'nve';
}

type ThermostatPart = Pick<Motion, 'thermostat' | 'timeConstant' | 'friction'>;

function thermostatOf(flags: MotionFlags): ThermostatPart {
  const { thermostat = 'bussi', friction, timeConstant } = flags;
  if (thermostat === 'langevin' || thermostat === 'baoab') {
    refuse(flags, 'timeConstant', 'bussi and nose-hoover; these take --friction');
    return {
      thermostat,
      friction: friction === undefined ? FRICTION : rate(friction, '--friction'),
    };
  }
  refuse(flags, 'friction', 'langevin and baoab; these take --time-constant');
  return {
    thermostat,
    timeConstant:
      timeConstant === undefined ? TIME_CONSTANT : time(timeConstant, '--time-constant'),
  };
}

function barostatOf(flags: MotionFlags, timestep: number): Omit<Motion, 'ensemble' | 'timestep'> {
  const { barostat = flags.thermostat === 'nose-hoover' ? 'mtk' : 'cell-rescaling' } = flags;
  const own = barostat === 'mtk' ? 'nose-hoover' : 'bussi';
  const { thermostat = own } = flags;
  if (thermostat !== own) {
    throw wrongOption('--thermostat', `The barostat ${barostat} has the thermostat ${own} in it.`, {
      expected: own,
      found: thermostat,
      hint: 'Leave out --thermostat, or choose another --barostat.',
    });
  }
  if (barostat === 'mtk') refuse(flags, 'compressibility', '--barostat cell-rescaling');
  const constant = flags.pressureTimeConstant;
  return {
    ...thermostatOf({ ...flags, thermostat }),
    barostat,
    pressure: flags.pressure === undefined ? BAR : pressure(flags.pressure, '--pressure'),
    pressureTimeConstant:
      constant === undefined
        ? PRESSURE_TIME_CONSTANT * Math.max(1, timestep)
        : time(constant, '--pressure-time-constant'),
    ...(barostat === 'mtk'
      ? {}
      : {
          compressibility:
            flags.compressibility === undefined
              ? WATER_COMPRESSIBILITY
              : compressibility(flags.compressibility, '--compressibility'),
        }),
  };
}

function refuse(flags: MotionFlags, name: keyof MotionFlags, owner: string): void {
  const value = flags[name];
  if (value === undefined) return;
  const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw wrongOption(option, `${option} is for ${owner}.`, {
    expected: `no ${option} here`,
    found: `${option} ${value}`,
    hint: `Leave it out, or look at --ensemble, --thermostat and --barostat.`,
  });
}

/** The integrator of equations of motion. */
export function integratorOf(motion: Motion, seed: number): Integrator {
  const { timestep, temperature = NaN, thermostat, barostat } = motion;
  const { timeConstant = NaN, friction = NaN, compressibility: softness = NaN } = motion;
  const { pressure: applied = NaN, pressureTimeConstant = NaN } = motion;
  const canonical = { timestep, temperature, timeConstant };
  if (barostat !== undefined) {
    const isobaric = { ...canonical, pressure: applied, pressureTimeConstant };
    return barostat === 'mtk'
      ? mtk(isobaric)
      : cellRescaling({ ...isobaric, compressibility: softness, seed });
  }
  if (thermostat === undefined) return velocityVerlet({ timestep });
  switch (thermostat) {
    case 'bussi':
      return bussi({ ...canonical, seed });
    case 'nose-hoover':
      return noseHooverChain(canonical);
    case 'langevin':
      return langevin({ timestep, temperature, friction, seed });
    case 'baoab':
      return langevin({ timestep, temperature, friction, seed, scheme: 'baoab' });
  }
}
