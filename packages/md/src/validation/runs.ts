import { type Atoms, type Calculator, masses, withPositions } from '@mlffd/core';
import type { Integrator } from '../integrator.ts';
import { removeDrift } from '../kinetics.ts';
import { langevin } from '../langevin.ts';
import { minimize } from '../minimize/minimize.ts';
import { bussi } from '../thermostats/bussi.ts';
import { initialVelocities } from '../velocities.ts';
import { velocityVerlet } from '../velocityVerlet.ts';
import { type RecordedRun, recordRun, type RunStart } from './recordRun.ts';
import type { ValidationSettings } from './settings.ts';
import type { StoreKey, ValidationStore } from './store.ts';
import type { ValidationStudent, ValidationSystem } from './types.ts';

/** Which of the runs of a system is at work. */
interface RunProgress {
  readonly run: string;
  readonly step: number;
  readonly steps: number;
}

/** What the runs of a validation are made with. */
export interface RunsOptions {
  readonly teacher: { readonly calculator: Calculator; readonly hash: string };
  /** Its forces are a gradient, so that its energy is conserved. */
  readonly conservative: boolean;
  readonly settings: ValidationSettings;
  readonly seed: number;
  readonly store: ValidationStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** 1/fs: relaxes within 100 fs, so that short runs forget the start. */
const FRICTION = 0.01;
/** fs. */
const WEAK_BATH = 1000;
/** Most frames of the first part, and of the rest, of one run. */
const MOST_FRAMES = 4096;
const LATER_FRAMES = 500;
/** Part of a run with a thermostat that is left out of averages. */
const WARM_UP = 1 / 4;
/** eV/Angstrom, and force calls. */
const RELAXATION = { fmax: 0.01, maxSteps: 300 } as const;
/** Raised whenever the same settings would give other runs. */
const VERSION = 1;

/**
 * The runs that checks look at, each done once: for a system, teacher and students start from the same
 * structure with the same velocities into the same noise (`bath`), and then all go on from where the
 * teacher ended (`path`): at constant energy, or where the teacher's forces are no gradient, the teacher
 * in a weak bath.
 */
export class Runs {
  readonly #options: RunsOptions;
  readonly #made = new Map<string, Promise<RecordedRun>>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  /** The teacher in a bath. */
  teacherBath(system: ValidationSystem): Promise<RecordedRun> {
    const { teacher, settings } = this.#options;
    return this.#bath(system, { ...teacher, name: 'teacher' }, settings.teacherPicoseconds);
  }

  /** A student in the same bath, from the same start. */
  studentBath(system: ValidationSystem, student: ValidationStudent): Promise<RecordedRun> {
    return this.#bath(system, student, this.#options.settings.picoseconds);
  }

  /** The teacher from where its bath ended. */
  async teacherPath(system: ValidationSystem): Promise<RecordedRun> {
    const { teacher, settings, seed, conservative } = this.#options;
    const { timestep, temperature, teacherPicoseconds } = settings;
    const integrator = conservative
      ? velocityVerlet({ timestep })
      : bussi({ timestep, temperature, timeConstant: WEAK_BATH, seed });
    return this.#path(
      system,
      { ...teacher, name: 'teacher' },
      { integrator, picoseconds: teacherPicoseconds },
    );
  }

  /** A student at constant energy, from where the teacher's bath ended. */
  async studentPath(system: ValidationSystem, student: ValidationStudent): Promise<RecordedRun> {
    const { timestep, picoseconds } = this.#options.settings;
    return this.#path(system, student, { integrator: velocityVerlet({ timestep }), picoseconds });
  }

  /** Structure that the baths start from. */
  start(system: ValidationSystem): Promise<Atoms> {
    return system.relax === true ? this.relaxed(system) : Promise.resolve(system.atoms);
  }

  /** Start of the paths: where the teacher's bath ended, without drift. */
  async thermalStart(system: ValidationSystem): Promise<RunStart> {
    const { end } = await this.teacherBath(system);
    const velocities = end.velocities.slice();
    removeDrift(velocities, masses(end.atoms));
    return { atoms: end.atoms, velocities };
  }

  /** The structure as the teacher relaxes it, with its cell as it is; the lowest point where there is no minimum near. */
  async relaxed(system: ValidationSystem): Promise<Atoms> {
    const { teacher, store, signal, onProgress } = this.#options;
    const key: StoreKey = {
      name: `teacher-${system.name}-relaxed`,
      inputs: {
        version: VERSION,
        teacher: teacher.hash,
        system: plainAtoms(system),
        ...RELAXATION,
      },
    };
    const kept = store.read(key) as readonly number[] | undefined;
    if (kept !== undefined) return withPositions(system.atoms, Float64Array.from(kept));
    const { atoms } = await minimize(teacher.calculator, system.atoms, {
      ...RELAXATION,
      ...(signal === undefined ? {} : { signal }),
      onEvent: (event) => {
        if (event.type !== 'progress') return;
        const { step, steps } = event;
        onProgress?.({ run: `teacher, ${system.name}, relaxation`, step, steps });
      },
    });
    store.write(key, [...atoms.positions]);
    return atoms;
  }

  #bath(system: ValidationSystem, mover: Mover, picoseconds: number): Promise<RecordedRun> {
    const { settings, seed } = this.#options;
    const { temperature, timestep } = settings;
    const { teacher } = this.#options;
    const relax = system.relax === true;
    const start = async (): Promise<RunStart> => {
      const atoms = await this.start(system);
      return { atoms, velocities: initialVelocities(atoms, { temperature, seed }) };
    };
    const integrator = langevin({
      timestep,
      temperature,
      friction: FRICTION,
      seed,
      scheme: 'baoab',
    });
    return this.#run(system, mover, {
      label: 'bath',
      integrator,
      picoseconds,
      start,
      // Where it starts then depends on the teacher.
      inputs: relax ? { relaxedBy: teacher.hash } : {},
    });
  }

  #path(
    system: ValidationSystem,
    mover: Mover,
    plan: { readonly integrator: Integrator; readonly picoseconds: number },
  ): Promise<RecordedRun> {
    const { teacher, settings } = this.#options;
    return this.#run(system, mover, {
      ...plan,
      label: 'path',
      start: () => this.thermalStart(system),
      // Where it starts depends on the teacher.
      inputs: {
        teacher: teacher.hash,
        bath: settings.teacherPicoseconds,
        relax: system.relax === true,
      },
    });
  }

  #run(system: ValidationSystem, mover: Mover, plan: Plan): Promise<RecordedRun> {
    const id = `${mover.name}/${system.name}/${plan.label}`;
    const made = this.#made.get(id) ?? this.#record(system, mover, plan);
    this.#made.set(id, made);
    return made;
  }

  async #record(system: ValidationSystem, mover: Mover, plan: Plan): Promise<RecordedRun> {
    const { settings, seed, store, signal, onProgress } = this.#options;
    const { timestep, frameInterval } = settings;
    const { integrator, label } = plan;
    const stride = Math.max(1, Math.round(frameInterval / timestep));
    const intervals = Math.ceil((1000 * plan.picoseconds) / (stride * timestep));
    const steps = intervals * stride;
    const key: StoreKey = {
      name: `${mover.name}-${system.name}-${label}`,
      inputs: {
        version: VERSION,
        mover: mover.hash,
        system: plainAtoms(system),
        integrator: integrator.settings,
        steps,
        stride,
        seed,
        ...plan.inputs,
      },
    };
    return recordRun({
      folder: store.workFolder(key),
      calculator: mover.calculator,
      integrator,
      start: await plan.start(),
      steps,
      stride,
      denseSteps: Math.min(intervals, MOST_FRAMES) * stride,
      thinning: Math.max(1, Math.ceil(intervals / LATER_FRAMES)),
      ...(signal === undefined ? {} : { signal }),
      onProgress: (step) => {
        onProgress?.({ run: `${mover.name}, ${system.name}, ${label}`, step, steps });
      },
    });
  }
}

/**
 * Frames of two baths that are thermal, at the same times of both. With the same start and noise the two
 * stay close for a while, so that much of what chance does cancels.
 */
export function thermalFrames(
  ...runs: readonly [RecordedRun, RecordedRun]
): readonly [RecordedRun['dense'], RecordedRun['dense']] {
  const length = Math.min(...runs.map(({ dense }) => dense.length));
  const start = Math.floor(WARM_UP * length);
  const [a, b] = runs;
  return [a.dense.slice(start, length), b.dense.slice(start, length)];
}

/** What of a system decides about results, as JSON. */
export function plainAtoms({ atoms }: ValidationSystem): unknown {
  const { numbers, positions, cell, pbc, charge, spin } = atoms;
  return {
    numbers: [...numbers],
    positions: [...positions],
    cell: [...cell],
    pbc,
    charge: charge ?? 0,
    spin: spin ?? 0,
  };
}

interface Mover {
  readonly name: string;
  readonly calculator: Calculator;
  readonly hash: string;
}

interface Plan {
  readonly label: string;
  readonly integrator: Integrator;
  readonly picoseconds: number;
  readonly start: () => Promise<RunStart>;
  /** What else it depends on. */
  readonly inputs: Readonly<Record<string, unknown>>;
}
