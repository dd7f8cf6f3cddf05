import {
  type Atoms,
  cellDeterminant,
  InvalidArgumentError,
  isPromise,
  type Property,
  type Results,
  VOIGT_PAIRS,
} from '@mlffd/core';
import type { DriverProtocol } from './driverProtocol.ts';
import { badAnswerError, calculatorError, cellError } from './serveErrors.ts';
import type { IpiExtras, ServedCalculator, ServeIpiOptions } from './serveOptions.ts';

const FORCES: readonly Property[] = ['energy', 'forces'];
const FORCES_AND_STRESS: readonly Property[] = ['energy', 'forces', 'stress'];

/** Computes the structures of a question, and gives the answers to the protocol. */
export class Answering {
  readonly #protocol: DriverProtocol;
  readonly #calculator: ServedCalculator;
  readonly #extras: ServeIpiOptions['extras'];
  readonly #givesStress: boolean;
  readonly #onNote: (message: string) => void;
  readonly #virial = new Float64Array(9);
  readonly #structures: Atoms[] = [];
  #properties: readonly Property[] = FORCES;
  #energy = NaN;
  #count = 0;

  constructor(
    protocol: DriverProtocol,
    { calculator, extras }: Pick<ServeIpiOptions, 'calculator' | 'extras'>,
    onNote: (message: string) => void,
  ) {
    this.#protocol = protocol;
    this.#calculator = calculator;
    this.#extras = extras;
    this.#givesStress = calculator.properties.includes('stress');
    this.#onNote = onNote;
  }

  /** Of the last structure, eV. */
  get energy(): number {
    return this.#energy;
  }

  /** Structures computed. */
  get structures(): number {
    return this.#count;
  }

  /**
   * Answers the question that the protocol holds; a promise comes back only where the calculator, or
   * what adds to its answers, gave one.
   *
   * @throws IpiServeError `md/ipi-calculator`, `md/ipi-cell`
   */
  answer(signal: AbortSignal): void | Promise<void> {
    const found = this.#compute(signal);
    return isPromise(found)
      ? found.then((results) => this.#deliver(results))
      : this.#deliver(found);
  }

  #compute(signal: AbortSignal): readonly Results[] | Promise<readonly Results[]> {
    const calculator = this.#calculator;
    const question = this.#protocol.questions;
    const fail = (cause: unknown): never => {
      throw calculatorError(calculator.name, question, cause);
    };
    let found: readonly Results[] | Promise<readonly Results[]>;
    this.#take();
    try {
      found = this.#ask(signal);
    } catch (cause) {
      return fail(cause);
    }
    return isPromise(found) ? found.catch(fail) : found;
  }

  /** The structures, and what is asked about them: a batch is filled up with copies of its last one. */
  #take(): void {
    const { batch, slots } = this.#protocol;
    let count = batch;
    while (count > 1 && slots[count - 1].isSameAs(slots[count - 2])) count--;
    const structures = this.#structures;
    structures.length = count;
    let needsStress = false;
    for (let k = 0; k < count; k++) {
      try {
        structures[k] = slots[k].atoms();
      } catch (cause) {
        throw cellError(this.#protocol.questions, cause);
      }
      needsStress ||= slots[k].hasVirial();
    }
    if (needsStress && !this.#givesStress) {
      this.#onNote(`${this.#calculator.name} gives no stress: virials are zero`);
    }
    this.#properties = needsStress && this.#givesStress ? FORCES_AND_STRESS : FORCES;
  }

  #ask(signal: AbortSignal): readonly Results[] | Promise<readonly Results[]> {
    const calculator = this.#calculator;
    const structures = this.#structures;
    const properties = this.#properties;
    if (structures.length > 1 && calculator.calculateBatch !== undefined) {
      return calculator.calculateBatch(structures, properties);
    }
    const found = structures.map((atoms) => calculator.calculate(atoms, properties, { signal }));
    return areThere(found) ? found : Promise.all(found.map(async (one) => one));
  }

  #deliver(results: readonly Results[]): void | Promise<void> {
    const protocol = this.#protocol;
    const { batch } = protocol;
    const count = this.#structures.length;
    if (results.length !== count) {
      throw this.#bad(`${count} answers`, `${results.length} answers`);
    }
    for (let k = 0; k < batch; k++) this.#set(k, results[Math.min(k, count - 1)]);
    this.#count += count;
    if (this.#extras === undefined) {
      protocol.finish();
      return;
    }
    return this.#addExtras(results);
  }

  #set(index: number, { energy, forces, stress }: Results): void {
    const slot = this.#protocol.slots[index];
    if (energy === undefined || forces?.length !== slot.positions.length) {
      const found = `energy ${energy ?? 'absent'}, ${forces?.length ?? 'no'} force components`;
      throw this.#bad(`energy and ${slot.positions.length} force components`, found);
    }
    this.#requireFinite('the energy', energy);
    for (let k = 0; k < forces.length; k++) {
      if (forces[k] - forces[k] === 0) continue;
      this.#requireFinite(`the force on atom ${Math.floor(k / 3)} (${'xyz'[k % 3]})`, forces[k]);
    }
    const virial = this.#virial;
    if (this.#properties.length === FORCES.length || !slot.hasVirial()) virial.fill(0);
    else {
      if (stress?.length !== 6) {
        throw this.#bad('6 stress components', `${stress?.length ?? 'no'} stress components`);
      }
      for (let k = 0; k < 6; k++) this.#requireFinite(`stress component ${k}`, stress[k]);
      this.#fillVirial(stress, Math.abs(cellDeterminant(slot.cell)));
    }
    this.#energy = energy;
    this.#protocol.setAnswer(index, { energy, forces, virial });
  }

  /** W = -V sigma: compression is positive. */
  #fillVirial(stress: Float64Array, volume: number): void {
    const virial = this.#virial;
    for (let k = 0; k < 6; k++) {
      const [a, b] = VOIGT_PAIRS[k];
      virial[3 * a + b] = virial[3 * b + a] = -volume * stress[k];
    }
  }

  async #addExtras(results: readonly Results[]): Promise<void> {
    const protocol = this.#protocol;
    const question = protocol.questions;
    const texts: string[] = [];
    try {
      for (const [k, structure] of this.#structures.entries()) {
        texts.push(extraText(await this.#extras?.(structure, results[k])));
      }
    } catch (cause) {
      throw calculatorError(this.#calculator.name, question, cause);
    }
    const last = texts[texts.length - 1];
    while (texts.length < protocol.batch) texts.push(last);
    protocol.finish(texts);
  }

  #requireFinite(what: string, value: number): void {
    if (value - value === 0) return;
    throw this.#bad('finite energy, forces and stress', `${what} is ${value}`);
  }

  #bad(expected: string, found: string): Error {
    return badAnswerError(this.#calculator.name, this.#protocol.questions, { expected, found });
  }
}

function areThere(found: readonly (Results | Promise<Results>)[]): found is readonly Results[] {
  return found.every((one) => !isPromise(one));
}

function extraText(extras: IpiExtras = {}): string {
  if (!Object.hasOwn(extras, 'raw')) return JSON.stringify(extras);
  throw new InvalidArgumentError('md/invalid-option', 'extras have a key raw', {
    expected: 'keys other than raw, which i-PI uses for the whole text',
    found: 'raw',
    where: 'extras',
    hint: 'Take another name.',
  });
}
