import { resolve } from 'node:path';
import { type Atoms, InvalidAtomsError, numberOf, type Property, type Results } from '@mlffd/core';
import { checkRequest, invalidOption, requireOneOf } from '../checks.ts';
import { type FennolModel, isPickleName, readFennolModel } from './fennolModel.ts';
import type { PythonTeacherEvent, WorkerOptions } from './pythonOptions.ts';
import { PythonTeacher } from './pythonTeacher.ts';
import { WrappedTeacher } from './wrappedTeacher.ts';

const PRECISIONS = ['float32', 'float64'] as const;
const MATMUL_PRECISIONS = ['default', 'high', 'highest'] as const;
const UNSEEN = ['refuse', 'ignore'] as const;
const DEVICE = /^[a-z]+$/;

/** Options of `FennolTeacher.start`. */
export interface FennolOptions extends WorkerOptions {
  /** Path of a `.fnx` file. */
  readonly model: string;
  /** `cpu`, `cuda`, or another platform that JAX has. Default `cpu`. */
  readonly device?: string;
  /** Of all that is computed. Default `float32`, as FeNNol. */
  readonly precision?: (typeof PRECISIONS)[number];
  /** Outputs of the model whose sum is the energy. Default: those that the file names. */
  readonly energyTerms?: readonly string[];
  /** Of matrix products, on devices that have a choice. */
  readonly matmulPrecision?: (typeof MATMUL_PRECISIONS)[number];
  /**
   * What to do with a charged structure where the energy of the model does not depend on the charge.
   * `ignore` takes every structure as neutral, whatever the model. Default `refuse`.
   */
  readonly charge?: (typeof UNSEEN)[number];
  /** The same for `spin`, which FeNNol's calculator passes to no model. Default `refuse`. */
  readonly spin?: (typeof UNSEEN)[number];
  /** Symbols of the elements it is good for, as `['H', 'C']`. Default: all that the file has parameters for. */
  readonly elements?: readonly string[];
  /** Read `.pkl` models, too: that runs any code in them. Default false. */
  readonly allowPickle?: boolean;
  readonly onEvent?: (event: PythonTeacherEvent) => void;
  /** Stops the start. */
  readonly signal?: AbortSignal;
}

/**
 * A FeNNol model (FENNIX) in a Python process, with the answers of `fennol.ase.FENNIXCalculator`.
 *
 * Structures of changing size do not compile the model each time. They are periodic in all three
 * directions, or in none.
 */
export class FennolTeacher extends WrappedTeacher {
  override readonly elements: readonly number[];
  /** What the file says of itself; undefined for a pickle. */
  readonly model: FennolModel | undefined;
  readonly #ignoresSpin: boolean;

  private constructor(
    worker: PythonTeacher,
    options: FennolOptions,
    model: FennolModel | undefined,
  ) {
    super(worker);
    this.model = model;
    this.elements = options.elements?.map(numberOf) ?? model?.elements ?? worker.elements ?? [];
    this.#ignoresSpin = options.spin === 'ignore';
  }

  /**
   * Reads the file, then starts the worker.
   *
   * @throws InvalidArgumentError, FileSystemError, FileFormatError before Python is started
   * @throws as `PythonTeacher.start`
   */
  static async start(options: FennolOptions): Promise<FennolTeacher> {
    checkOptions(options);
    const path = resolve(options.model);
    const pickle = options.allowPickle === true && isPickleName(path);
    const model = pickle ? undefined : await readFennolModel(path);
    if (model !== undefined) checkTerms(options, model);
    const { device, precision, energyTerms, matmulPrecision, charge, allowPickle } = options;
    const args = {
      weights: path,
      device: device ?? 'cpu',
      precision: precision ?? 'float32',
      charge: charge === 'ignore' ? 'ignore' : 'structure',
      ...(energyTerms === undefined ? {} : { energy_terms: energyTerms }),
      ...(matmulPrecision === undefined ? {} : { matmul_precision: matmulPrecision }),
      ...(allowPickle === true ? { allow_pickle: true } : {}),
    };
    const worker = await PythonTeacher.start({ ...workerOptions(options), preset: 'fennol', args });
    return new FennolTeacher(worker, options, model);
  }

  override async calculate(atoms: Atoms, properties: readonly Property[]): Promise<Results> {
    this.#check(atoms, properties);
    return super.calculate(atoms, properties);
  }

  override async calculateMany(
    structures: readonly Atoms[],
    properties: readonly Property[],
  ): Promise<PromiseSettledResult<Results>[]> {
    for (const atoms of structures) this.#check(atoms, properties);
    return super.calculateMany(structures, properties);
  }

  #check(atoms: Atoms, properties: readonly Property[]): void {
    checkRequest(this, atoms, properties);
    const { pbc, charge = 0, spin = 0 } = atoms;
    if (pbc.includes(true) && pbc.includes(false)) {
      throw new InvalidAtomsError('fennol/periodicity', `${this.name} has no mixed boundaries`, {
        expected: 'three periodic directions, or none',
        found: pbc.map((one) => (one ? 'periodic' : 'open')).join(', '),
        where: 'pbc',
        hint: 'Make the open directions periodic, with a vacuum longer than the cutoff.',
      });
    }
    if (!Number.isInteger(charge)) {
      throw new InvalidAtomsError('fennol/charge', `the charge is ${charge}`, {
        expected: 'a whole number of elementary charges',
        found: String(charge),
        where: 'charge',
        hint: 'FeNNol cuts off what is behind the point; give a whole charge.',
      });
    }
    if (spin !== 0 && !this.#ignoresSpin) {
      throw new InvalidAtomsError('fennol/spin', `${this.name} does not know the spin`, {
        expected: 'no spin, or 0',
        found: `spin ${spin}`,
        where: 'spin',
        hint: "Leave it out, or start the teacher with spin: 'ignore'.",
      });
    }
  }
}

/** Those that every teacher in Python has. */
function workerOptions(options: FennolOptions): WorkerOptions & Handlers {
  const { python, threads, timeout, startTimeout, reset, forceConsistent, env } = options;
  const { onEvent, signal } = options;
  const given = {
    ...{ python, threads, timeout, startTimeout, reset, forceConsistent, env },
    ...{ onEvent, signal },
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

type Handlers = Pick<FennolOptions, 'onEvent' | 'signal'>;

function checkOptions(options: FennolOptions): void {
  const { model, device = 'cpu', precision = 'float32', matmulPrecision = 'default' } = options;
  const { charge = 'refuse', spin = 'refuse', energyTerms, elements } = options;
  if (typeof model !== 'string' || model === '') {
    throw invalidOption('model', model, 'the path of a .fnx file');
  }
  if (!DEVICE.test(device)) {
    throw invalidOption('device', device, 'a platform of JAX, as cpu or cuda');
  }
  requireOneOf(precision, 'precision', PRECISIONS);
  requireOneOf(matmulPrecision, 'matmulPrecision', MATMUL_PRECISIONS);
  requireOneOf(charge, 'charge', UNSEEN);
  requireOneOf(spin, 'spin', UNSEEN);
  if (energyTerms?.length === 0) throw invalidOption('energyTerms', 'none', 'at least one output');
  if (elements?.length === 0) throw invalidOption('elements', 'none', 'at least one symbol');
  // Wrong symbols are refused before anything is started.
  elements?.forEach(numberOf);
}

function checkTerms({ energyTerms }: FennolOptions, { energyTerms: own, path }: FennolModel): void {
  if ((energyTerms ?? own).length > 0) return;
  const expected = 'a model with energy terms, or the option energyTerms';
  throw invalidOption(`energyTerms of ${path}`, 'none', expected);
}
