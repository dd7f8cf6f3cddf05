import {
  copyAtoms,
  createAtoms,
  FileFormatError,
  readTextFile,
  sha256,
  stableStringify,
  writeFileAtomic,
  type Atoms,
  type InfoValue,
  type Pbc,
} from '@mlffd/core';
import type { Integrator, IntegratorSettings } from './integrator.ts';
import type { GuardMemory } from './guards/memory.ts';
import type { MdState } from './state.ts';

/**
 * All that a run needs to go on as if it had never stopped. Noise is keyed by the step counter, so
 * there is no generator state to keep; forces are kept, so that no call is repeated.
 */
export interface MdRestart {
  readonly integrator: IntegratorSettings;
  /** Thermal degrees of freedom. */
  readonly ndof: number;
  readonly step: number;
  /** Potential energy, eV. */
  readonly energy: number;
  /** Heat from the thermostat so far, eV. */
  readonly heat: number;
  readonly atoms: Atoms;
  /** N, amu. */
  readonly masses: Float64Array;
  /** 3N, Angstrom/fs. */
  readonly velocities: Float64Array;
  /** 3N, eV/Angstrom. */
  readonly forces: Float64Array;
  /** 6, eV/Angstrom^3, Voigt, tension positive; where the integrator needs it. */
  readonly stress?: Float64Array;
  /** Indices of the atoms that never move, ascending; absent where there are none. */
  readonly fixed?: Int32Array;
  /** Variables of the integrator's own (chains, barostat), in its own units; absent without any. */
  readonly extended?: Float64Array;
  /** `MdState.switched`, eV; absent where it is 0. */
  readonly switched?: number;
  /** What guards remember; absent where they remember nothing. */
  readonly guards?: GuardMemory;
}

/** Copies the state of a run. */
export function restartOf(state: MdState, integrator: Integrator, guards?: GuardMemory): MdRestart {
  const { fixed, extended, stress } = state;
  return {
    integrator: integrator.settings,
    ndof: state.ndof,
    step: state.step,
    energy: state.energy,
    heat: state.heat,
    atoms: copyAtoms(state.atoms),
    masses: state.masses.slice(),
    velocities: state.velocities.slice(),
    forces: state.forces.slice(),
    ...(integrator.needsStress === true ? { stress: stress.slice() } : {}),
    ...(fixed.length === 0 ? {} : { fixed: fixed.slice() }),
    ...(extended.length === 0 ? {} : { extended: extended.slice() }),
    ...(state.switched === 0 ? {} : { switched: state.switched }),
    ...(guards === undefined ? {} : { guards }),
  };
}

const FORMAT = 'mlffd-md-restart';
const VERSION = 3;
/**
 * Version 1 knew no fixed atoms and no variables of the integrator, version 2 no memory of guards: their
 * files read as before.
 */
const READABLE: readonly unknown[] = [1, 2, VERSION];

interface RestartBody {
  readonly integrator: IntegratorSettings;
  readonly ndof: number;
  readonly step: number;
  readonly numbers: readonly number[];
  readonly pbc: Pbc;
  readonly charge?: number;
  readonly spin?: number;
  readonly info?: Readonly<Record<string, InfoValue>>;
  readonly fixed?: readonly number[];
  readonly switched?: number;
  /** Little-endian float64 in base64: every bit survives. */
  readonly arrays: Readonly<Record<ArrayName, string> & Partial<Record<OptionalName, string>>>;
}

type ArrayName = 'scalars' | 'cell' | 'masses' | 'positions' | 'velocities' | 'forces';
type OptionalName = 'stress' | 'extended' | 'guards' | 'guardPositions' | 'guardCell';

/**
 * Writes a restart file in one atomic step: a crash leaves the previous file or the new one.
 *
 * JSON with every float64 array in base64, and a SHA-256 over the rest of the document.
 *
 * @throws FileSystemError
 */
export function writeRestart(path: string, restart: MdRestart): void {
  const { atoms, fixed, stress, extended, switched, guards } = restart;
  const body: RestartBody = {
    integrator: restart.integrator,
    ndof: restart.ndof,
    step: restart.step,
    numbers: Array.from(atoms.numbers),
    pbc: atoms.pbc,
    ...(atoms.charge === undefined ? {} : { charge: atoms.charge }),
    ...(atoms.spin === undefined ? {} : { spin: atoms.spin }),
    ...(atoms.info === undefined ? {} : { info: atoms.info }),
    ...(fixed === undefined ? {} : { fixed: Array.from(fixed) }),
    ...(switched === undefined ? {} : { switched }),
    arrays: {
      scalars: encode(Float64Array.of(restart.energy, restart.heat)),
      cell: encode(atoms.cell),
      masses: encode(restart.masses),
      positions: encode(atoms.positions),
      velocities: encode(restart.velocities),
      forces: encode(restart.forces),
      ...(stress === undefined ? {} : { stress: encode(stress) }),
      ...(extended === undefined ? {} : { extended: encode(extended) }),
      ...(guards === undefined ? {} : encodeGuards(guards)),
    },
  };
  const document = {
    format: FORMAT,
    version: VERSION,
    sha256: sha256(stableStringify(body)),
    body,
  };
  writeFileAtomic(path, `${JSON.stringify(document)}\n`);
}

/**
 * Reads a restart file back, bit for bit.
 *
 * @throws FileSystemError when it cannot be read
 * @throws FileFormatError when it is truncated, altered, or no restart file
 */
export function readRestart(path: string): MdRestart {
  const body = parseBody(readTextFile(path), path);
  const scalars = decode(body, 'scalars', { path, length: 2 });
  const count = body.numbers.length;
  return {
    integrator: body.integrator,
    ndof: body.ndof,
    step: body.step,
    energy: scalars[0],
    heat: scalars[1],
    atoms: createAtoms({
      numbers: body.numbers,
      positions: decode(body, 'positions', { path, length: 3 * count }),
      cell: decode(body, 'cell', { path, length: 9 }),
      pbc: body.pbc,
      ...(body.charge === undefined ? {} : { charge: body.charge }),
      ...(body.spin === undefined ? {} : { spin: body.spin }),
      ...(body.info === undefined ? {} : { info: body.info }),
    }),
    masses: decode(body, 'masses', { path, length: count }),
    velocities: decode(body, 'velocities', { path, length: 3 * count }),
    forces: decode(body, 'forces', { path, length: 3 * count }),
    ...(body.arrays.stress === undefined ? {} : { stress: floats(body.arrays.stress) }),
    ...(body.fixed === undefined ? {} : { fixed: Int32Array.from(body.fixed) }),
    ...(body.arrays.extended === undefined ? {} : { extended: floats(body.arrays.extended) }),
    ...(body.switched === undefined ? {} : { switched: body.switched }),
    ...(body.arrays.guards === undefined ? {} : { guards: decodeGuards(body, path) }),
  };
}

function encodeGuards(memory: GuardMemory): Partial<Record<OptionalName, string>> {
  const { temperature, force, conserved, teacherUntil, reference } = memory;
  return {
    guards: encode(Float64Array.of(...temperature, ...force, conserved, teacherUntil)),
    ...(reference === undefined
      ? {}
      : { guardPositions: encode(reference.positions), guardCell: encode(reference.cell) }),
  };
}

function decodeGuards(body: RestartBody, path: string): GuardMemory {
  const values = decode(body, 'guards', { path, length: 6 });
  const length = 3 * body.numbers.length;
  return {
    temperature: [values[0], values[1]],
    force: [values[2], values[3]],
    conserved: values[4],
    teacherUntil: values[5],
    ...(body.arrays.guardPositions === undefined
      ? {}
      : {
          reference: {
            positions: decode(body, 'guardPositions', { path, length }),
            cell: decode(body, 'guardCell', { path, length: 9 }),
          },
        }),
  };
}

function parseBody(text: string, path: string): RestartBody {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw formatError(path, { expected: 'one JSON document', found: 'broken JSON', cause });
  }
  if (!isRecord(document) || document.format !== FORMAT || !READABLE.includes(document.version)) {
    throw formatError(path, {
      expected: `format ${FORMAT}, version ${READABLE.join(', ')}`,
      found: isRecord(document)
        ? `format ${String(document.format)}, version ${String(document.version)}`
        : typeof document,
    });
  }
  const { body } = document;
  const sum = sha256(stableStringify(body));
  if (document.sha256 !== sum || !isRecord(body)) {
    throw formatError(path, {
      expected: `SHA-256 ${String(document.sha256)} over the content`,
      found: sum,
    });
  }
  // The checksum shows that this is what writeRestart wrote.
  return body as unknown as RestartBody;
}

function encode(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function decode(
  body: RestartBody,
  name: ArrayName | OptionalName,
  expected: { readonly path: string; readonly length: number },
): Float64Array {
  const values = floats(body.arrays[name] ?? '');
  if (values.length === expected.length) return values;
  throw formatError(expected.path, {
    expected: `${8 * expected.length} bytes of ${name}`,
    found: `${values.byteLength} bytes`,
  });
}

function floats(text: string): Float64Array {
  const bytes = Buffer.from(text, 'base64');
  const values = new Float64Array(Math.floor(bytes.byteLength / 8));
  bytes.copy(new Uint8Array(values.buffer));
  return values;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function formatError(
  path: string,
  details: { readonly expected: string; readonly found: string; readonly cause?: unknown },
): FileFormatError {
  return new FileFormatError('md/restart-format', `${path} is not a whole restart file`, {
    ...details,
    where: path,
    hint: 'Start from an older restart file, or from the last frame of the trajectory.',
  });
}
