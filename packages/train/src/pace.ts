/** How fast a run goes and how long it still takes, since the start of this process. */
export class Pace {
  readonly #started: number;
  readonly #startFraction: number;
  #structures = 0;

  /**
   * @param now seconds, any origin
   * @param fraction part of the run that was done before
   */
  constructor(now: number, fraction: number) {
    this.#started = now;
    this.#startFraction = fraction;
  }

  /** Seconds since the start. */
  elapsed(now: number): number {
    return now - this.#started;
  }

  add(structures: number): void {
    this.#structures += structures;
  }

  structuresPerSecond(now: number): number {
    return this.#structures / Math.max(this.elapsed(now), 1e-9);
  }

  /** Seconds until the run is done, if it goes on as it did. */
  secondsLeft(now: number, fraction: number): number {
    const done = fraction - this.#startFraction;
    return done <= 0 ? Infinity : (this.elapsed(now) * (1 - fraction)) / done;
  }
}
