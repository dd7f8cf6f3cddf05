import { performance } from 'node:perf_hooks';

/** ms between two readings: devices average over longer, and reading takes time. */
const INTERVAL = 100;
/** Seconds below which the power of a run is not known: devices sample rarely and late. */
const RELIABLE = 10;

/** Energy that calls took. */
export interface EnergyReport {
  /** Of the run, W. */
  readonly power: number;
  /** Before it, W; null where it was not readable then. */
  readonly idlePower: number | null;
  /** J per call: all that the device took. */
  readonly perCall: number;
  /** J per call beyond the idle power; null without that. */
  readonly abovePerCall: number | null;
  readonly readings: number;
  readonly seconds: number;
  /** The run was long enough, 10 s, for a device that samples its power rarely. */
  readonly reliable: boolean;
}

/** Reads the power between calls, at most ten times a second. */
export class PowerMeter {
  readonly #power: (() => number | undefined) | undefined;
  #idle: number | null = null;
  #start = NaN;
  #next = Infinity;
  #sum = 0;
  #readings = 0;

  constructor(power: (() => number | undefined) | undefined) {
    this.#power = power;
    this.#idle = power?.() ?? null;
  }

  begin(): void {
    this.#start = performance.now();
    if (this.#power !== undefined) this.#next = this.#start;
  }

  /** To be called between calls. */
  sample(): void {
    const now = performance.now();
    if (now < this.#next) return;
    this.#next = now + INTERVAL;
    const watts = this.#power?.();
    if (watts === undefined) return;
    this.#sum += watts;
    this.#readings++;
  }

  /** null where no power was read. */
  end(calls: number): EnergyReport | null {
    if (this.#readings === 0 || calls === 0) return null;
    const seconds = (performance.now() - this.#start) / 1000;
    const power = this.#sum / this.#readings;
    const idlePower = this.#idle;
    return {
      power,
      idlePower,
      perCall: (power * seconds) / calls,
      abovePerCall: idlePower === null ? null : ((power - idlePower) * seconds) / calls,
      readings: this.#readings,
      seconds,
      reliable: seconds >= RELIABLE,
    };
  }
}
