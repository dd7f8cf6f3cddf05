import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortedError,
  type Atoms,
  InvalidArgumentError,
  Rng,
  VerletList,
  withPositions,
} from '@mlffd/core';
import type { Backend } from './calculatorOptions.ts';
import { repulsionReach } from './config.ts';
import { FusedPotential } from './fused/fusedPotential.ts';
import { fusedStages } from './fused/fusedStages.ts';
import { nodeKernels } from './fused/nodeKernels.ts';
import { forcesFromEdges } from './observables.ts';
import { FunctionRunner, RUNNER_SPANS, type SessionProfileFile } from './runner.ts';
import type { Student } from './student.ts';
import { zblEnergy } from './zbl/zblEnergy.ts';

/** Choices of `profileStudent`. */
export interface ProfileStudentOptions {
  readonly backend: Backend;
  /** Where ONNX Runtime writes its profiles; needed for `onnx`. It must exist. */
  readonly folder?: string;
  /** Default 20; the first ones warm up. */
  readonly calls?: number;
  /** Each call gets positions displaced by up to this, Angstrom; default 1e-3. */
  readonly displacement?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Something that a student has done, as @mlffd/cuda-profiler takes it. */
export interface StudentSpan {
  readonly name: string;
  /** ms, as `performance.now()` tells */
  readonly start: number;
  /** ms */
  readonly end: number;
  /** Block of the student, where it is in one. */
  readonly scope?: string;
  /** It only surrounds others, which do the work. */
  readonly frame?: boolean;
}

/** What a student did in some calls. */
export interface StudentProfile {
  readonly backend: Backend;
  /** Spans named `CALL_SPAN` are the calls. */
  readonly spans: readonly StudentSpan[];
  /** Profiles of the sessions that ran, each within spans of its own name. */
  readonly files: readonly SessionProfileFile[];
}

/** Name of the span of a whole call. */
export const CALL_SPAN = 'call';

/** Angstrom */
const SKIN = 0.5;
const LIST = 'list of neighbours';
const REPULSION = 'repulsion of nuclei';
const SUMS = 'sums over edges';
/** Where in the student what is done outside of sessions belongs; what is missing surrounds others. */
const SCOPES: Readonly<Record<string, string | undefined>> = {
  [LIST]: 'list',
  [REPULSION]: 'repulsion',
  [RUNNER_SPANS.functions]: 'edges',
  [RUNNER_SPANS.derivatives]: 'edges/grad',
  [SUMS]: 'edges/grad',
};

/**
 * Calls a student (energy and forces) with profiling on, for hotspots: a pass of its own, as calls take
 * longer then.
 *
 * On ONNX Runtime, what is done around the sessions is told in spans, and each session writes a file,
 * whose nodes have the block in their names. Fused, stages are spans with the block as scope.
 *
 * @throws InvalidArgumentError `student/profile`; AbortedError; as `StudentCalculator`
 */
export async function profileStudent(
  student: Student,
  atoms: Atoms,
  options: ProfileStudentOptions,
): Promise<StudentProfile> {
  const { calls = 20 } = options;
  if (!(Number.isInteger(calls) && calls > 0)) throw invalid('calls', 'an integer > 0', calls);
  const spans: StudentSpan[] = [];
  const files =
    options.backend === 'fused'
      ? await profileFused(student, atoms, { ...options, spans })
      : await profileSessions(student, atoms, { ...options, spans });
  return { backend: options.backend, spans, files };
}

type Pass = ProfileStudentOptions & { readonly spans: StudentSpan[] };

function invalid(where: string, expected: string, found: unknown): InvalidArgumentError {
  const message = `profileStudent: ${where} is ${String(found)}`;
  return new InvalidArgumentError('student/profile', message, {
    ...{ expected, found: String(found), where },
  });
}

/** Displaced copies of a structure, one for each call. */
function* framesOf(atoms: Atoms, pass: Pass): Generator<Atoms> {
  const { calls = 20, displacement = 1e-3, seed = 1, signal } = pass;
  const rng = new Rng(seed, 'profile-student');
  for (let call = 0; call < calls; call++) {
    if (signal?.aborted === true) {
      throw new AbortedError('student/aborted', `stopped after ${call} of ${calls} calls`, {
        cause: signal.reason,
      });
    }
    yield withPositions(
      atoms,
      atoms.positions.map((x) => x + displacement * (2 * rng.uniform() - 1)),
    );
  }
}

async function profileFused(student: Student, atoms: Atoms, pass: Pass): Promise<[]> {
  const stages = fusedStages(student.config);
  const { spans } = pass;
  const potential = new FusedPotential(student, {
    kernels: nodeKernels(),
    onStage: (stage, start, end) => spans.push({ ...stages[stage], start, end }),
  });
  try {
    // What the constructor evaluates is no call.
    spans.length = 0;
    for (const structure of framesOf(atoms, pass)) {
      const start = performance.now();
      potential.evaluate(structure);
      spans.push({ name: CALL_SPAN, start, end: performance.now(), frame: true });
    }
  } finally {
    await potential.dispose();
  }
  return [];
}

async function profileSessions(
  student: Student,
  atoms: Atoms,
  pass: Pass,
): Promise<SessionProfileFile[]> {
  const { folder, spans } = pass;
  if (folder === undefined) throw invalid('folder', 'a folder for the profiles', folder);
  const { config, baseline } = student;
  const list = new VerletList({ cutoff: config.cutoff, skin: SKIN });
  const reach = repulsionReach(config);
  const add = (name: string, start: number, end: number): void => {
    const scope = SCOPES[name];
    spans.push({ name, start, end, ...(scope === undefined ? { frame: true } : { scope }) });
  };
  const runner = await FunctionRunner.create(student, 1, {
    profile: join(folder, `student-${process.pid}`),
    onSpan: add,
  });
  const files: SessionProfileFile[] = [];
  try {
    for (const structure of framesOf(atoms, pass)) {
      const start = performance.now();
      const pairs = list.update(structure);
      const listed = performance.now();
      add(LIST, start, listed);
      if (reach !== undefined) {
        zblEnergy(structure, pairs, { reach });
        add(REPULSION, listed, performance.now());
      }
      const { edges } = await runner.run(pairs, structure);
      const summed = performance.now();
      forcesFromEdges(pairs, edges, baseline.scale);
      const end = performance.now();
      add(SUMS, summed, end);
      spans.push({ name: CALL_SPAN, start, end, frame: true });
    }
  } finally {
    for (const file of runner.endProfiles()) {
      // One that never ran has nothing to say.
      if (spans.some(({ name }) => name === file.span)) files.push(file);
      else rmSync(file.path, { force: true });
    }
    await runner.release();
  }
  return files;
}
