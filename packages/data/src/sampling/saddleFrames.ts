import {
  AbortedError,
  addScaled,
  InvalidArgumentError,
  longestRow,
  withPositions,
} from '@mlffd/core';
import type { Atoms, Calculator } from '@mlffd/core';
import { minimize, modeDisplacement, vibrations } from '@mlffd/md';
import { requireCount } from '../build/invalidOption.ts';
import type { StructureUnit } from '../label.ts';
import type { Parent } from '../perturbedSet.ts';
import type { Structure } from '../structure.ts';
import type { HessianEvent, HessianOptions, NormalModes } from '@mlffd/md';
import { relaxParent } from './relaxParent.ts';
import type { Relaxation } from './relaxParent.ts';
import { saddleWalk } from './saddleWalk.ts';
import type { SaddleWalk, SaddleWalkOptions, WalkPoint, WalkReason } from './saddleWalk.ts';

/** What is taken from walks over saddle points. */
export interface SaddleSampling extends Omit<SaddleWalkOptions, 'signal'> {
  /** The teacher that is walked on; its labels are kept. */
  readonly calculator: Calculator;
  /** Modes to follow both ways: so many of the softest, or the numbers of modes, softest 0. Default 2. */
  readonly modes?: number | readonly number[];
  /** Way of an atom between two frames, Angstrom; default 0.1. */
  readonly spacing?: number;
  /** How far down the other side frames are taken: steps of the relaxation; default 50, 0 for none. */
  readonly descent?: number;
}

/** Sent after each walk. */
export interface SaddleEvent {
  readonly type: 'saddle';
  readonly parent: string;
  readonly mode: number;
  readonly direction: 1 | -1;
  readonly reason: WalkReason;
  /** Energy of the last point above the parent, eV: the barrier where the walk has arrived. */
  readonly height: number;
  /** Force calls, with those of the descent. */
  readonly calls: number;
  /** Structures that were taken. */
  readonly frames: number;
}

/** Sent after a walk that the calculator ended with an error; its frames are lost, others go on. */
export interface SaddleFailure {
  readonly type: 'failed';
  readonly parent: string;
  readonly mode: number;
  readonly direction: 1 | -1;
  readonly message: string;
}

/** One walk: from the parent up to a saddle, and down on the other side. */
export interface SaddleFrames {
  /** Evenly spaced, with labels; the saddle itself has the source `saddle`. */
  readonly structures: readonly Structure[];
  readonly reason: WalkReason;
  /** eV, see {@link SaddleEvent}. */
  readonly height: number;
  readonly calls: number;
}

/** Which way is walked. */
export interface SaddleStart {
  readonly parent: Parent;
  /** Of the parent, at rest. */
  readonly modes: NormalModes;
  /** Number of the mode to begin with, softest 0. */
  readonly mode: number;
  readonly direction: 1 | -1;
  readonly signal?: AbortSignal;
}

/** First step from a saddle down the other side, Angstrom. */
const PUSH = 0.1;
/** A relaxation that ends nearer to the parent than this, Angstrom, went back to where it was. */
const SAME = 0.2;

/**
 * Frames of a walk from a minimum along a mode up to a saddle point and down beyond it, where bonds
 * break and molecules turn over: what MD visits seldom and a student has to know. Frames of a walk
 * that a guard ended are given too.
 *
 * @throws what `saddleWalk` and `minimize` throw
 */
export async function saddleFrames(
  start: SaddleStart,
  sampling: SaddleSampling,
): Promise<SaddleFrames> {
  const { parent, modes, mode, direction, signal } = start;
  const { calculator, descent = 50, spacing = 0.1 } = sampling;
  const abort = signal === undefined ? {} : { signal };
  const way = modeDisplacement(modes, mode).map((value) => direction * value);
  const walk = await saddleWalk(
    calculator,
    { atoms: parent.atoms, direction: way },
    { ...sampling, ...abort },
  );
  const top = walk.points[walk.points.length - 1];
  const found = walk.reason === 'saddle';
  const beyond =
    found && descent > 0
      ? await goDown(walk, { calculator, descent, sampling, ...abort })
      : NOTHING;
  const up = spaced(walk.points, spacing, found);
  const down = spaced([top, ...beyond.points], spacing, false).slice(1);
  const base = walk.points[0].energy;
  const frames = [...up.slice(1), ...down];
  const structures = frames.map((point, k): Structure => {
    const isSaddle = found && point === top;
    return {
      atoms: point.atoms,
      meta: {
        id: `${parent.id}/saddle-${mode}${direction > 0 ? 'p' : 'm'}-${String(k).padStart(3, '0')}`,
        group: parent.group ?? parent.id,
        source: isSaddle ? 'saddle' : k < up.length - 1 ? 'saddle-up' : 'saddle-down',
        parent: parent.id,
        details: {
          mode,
          direction,
          height: point.energy - base,
          maxForce: longestRow(point.forces),
          ...(isSaddle ? { curvature: walk.mode.curvature } : {}),
        },
      },
      known: {
        teacher: calculator.name,
        results: { energy: point.energy, forces: point.forces },
      },
    };
  });
  return {
    structures,
    reason: walk.reason,
    height: top.energy - base,
    calls: walk.calls + beyond.calls,
  };
}

interface Descent {
  readonly points: readonly WalkPoint[];
  readonly calls: number;
}

const NOTHING: Descent = { points: [], calls: 0 };

interface DescentOptions {
  readonly calculator: Calculator;
  readonly descent: number;
  readonly sampling: SaddleSampling;
  readonly signal?: AbortSignal;
}

/** Relaxes from the saddle to the side away from the start; to the other one where that led back. */
async function goDown(walk: SaddleWalk, options: DescentOptions): Promise<Descent> {
  const start = walk.points[0].atoms;
  const { atoms } = walk.points[walk.points.length - 1];
  const { direction } = walk.mode;
  let calls = 0;
  for (const side of [1, -1]) {
    const positions = atoms.positions.slice();
    addScaled(positions, direction, (side * PUSH) / longestRow(direction));
    const points = await relaxation(withPositions(atoms, positions), options);
    calls += points.length;
    const end = points[points.length - 1].atoms.positions.slice();
    addScaled(end, start.positions, -1);
    if (longestRow(end) > SAME) return { points, calls };
  }
  return { points: [], calls };
}

async function relaxation(atoms: Atoms, options: DescentOptions): Promise<readonly WalkPoint[]> {
  const { calculator, descent, sampling, signal } = options;
  const { fmax = 0.02, step = 0.1 } = sampling;
  const points: WalkPoint[] = [];
  await minimize(calculator, atoms, {
    fmax,
    maxStep: step,
    maxSteps: descent,
    minDistance: 0.5,
    onFrame: (frame) => void points.push(frame),
    ...(signal === undefined ? {} : { signal }),
  });
  return points;
}

/** The first point, and each that is `spacing` or more from the one taken before. */
function spaced(
  points: readonly WalkPoint[],
  spacing: number,
  withLast: boolean,
): readonly WalkPoint[] {
  const kept: WalkPoint[] = [];
  for (const [k, point] of points.entries()) {
    const last = kept.at(-1);
    if (last !== undefined && !(withLast && k === points.length - 1)) {
      const way = point.atoms.positions.slice();
      addScaled(way, last.atoms.positions, -1);
      if (longestRow(way) < spacing) continue;
    }
    kept.push(point);
  }
  return kept;
}

/** Options of `saddleUnits`. */
export interface SaddleUnitsOptions extends SaddleSampling, Pick<HessianOptions, 'concurrency'> {
  readonly parents: readonly Parent[];
  /** How parents are brought to rest first; `false` where they are minima already. */
  readonly relax?: Relaxation | false;
  readonly onEvent?: (
    event: SaddleEvent | SaddleFailure | ({ readonly parent: string } & HessianEvent),
  ) => void;
}

/**
 * One unit for each parent: relaxed, its Hessian taken, its softest modes followed both ways. A
 * walk on which the calculator fails is reported and left out.
 *
 * A unit throws what `minimize` and `hessian` throw, and SamplingError when the relaxation does not
 * converge.
 */
export function saddleUnits(options: SaddleUnitsOptions): StructureUnit[] {
  const { calculator, parents, relax = {}, modes: wanted = 2, onEvent } = options;
  const chosen = typeof wanted === 'number' ? Array.from({ length: wanted }, (_, k) => k) : wanted;
  if (typeof wanted === 'number') requireCount('modes', wanted, 1);
  for (const mode of chosen) requireCount('modes', mode, 0);
  return parents.map((parent) => ({
    unit: `${parent.id}/saddles`,
    make: async (signal: AbortSignal | undefined) => {
      const abort = signal === undefined ? {} : { signal };
      const id = `${parent.id}/saddles-relaxed`;
      const rest = await relaxParent(calculator, parent, { id, relax, ...abort });
      const modes = await vibrations(calculator, rest.atoms, {
        concurrency: options.concurrency ?? 1,
        ...abort,
        onEvent: (event) => onEvent?.({ ...event, parent: parent.id }),
      });
      const structures = rest.structure === undefined ? [] : [rest.structure];
      const still = { ...parent, atoms: rest.atoms };
      for (const mode of chosen.filter((k) => k < modes.vectors.length)) {
        for (const direction of [1, -1] as const) {
          const start = { parent: still, modes, mode, direction, ...abort };
          const walk = await attempt(start, options);
          if (walk !== undefined) structures.push(...walk.structures);
        }
      }
      return structures;
    },
  }));
}

/** A walk, reported; nothing where the calculator gave up at one of its structures. */
async function attempt(
  start: SaddleStart,
  options: SaddleUnitsOptions,
): Promise<SaddleFrames | undefined> {
  const { mode, direction } = start;
  const what = { parent: start.parent.id, mode, direction };
  try {
    const walk = await saddleFrames(start, options);
    const { reason, height, calls, structures } = walk;
    options.onEvent?.({
      type: 'saddle',
      ...what,
      reason,
      height,
      calls,
      frames: structures.length,
    });
    return walk;
  } catch (error) {
    if (error instanceof AbortedError || error instanceof InvalidArgumentError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    options.onEvent?.({ type: 'failed', ...what, message });
    return undefined;
  }
}
