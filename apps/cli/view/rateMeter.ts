/** Length of the window, ms. */
const WINDOW = 1500;

/** Steps per second over about the last second and a half of running. */
export class RateMeter {
  readonly #marks: { now: number; step: number }[] = [];

  /** Forgets what was; for the moment when a run goes on after a pause. */
  restart(now: number, step: number): void {
    this.#marks.length = 0;
    this.#marks.push({ now, step });
  }

  /** Notes that `step` was reached at `now`, ms. */
  mark(now: number, step: number): void {
    this.#marks.push({ now, step });
    while (this.#marks.length > 2 && now - this.#marks[1].now > WINDOW) this.#marks.shift();
  }

  get perSecond(): number {
    const first = this.#marks.at(0);
    const last = this.#marks.at(-1);
    if (first === undefined || last === undefined || last.now <= first.now) return 0;
    return (1000 * (last.step - first.step)) / (last.now - first.now);
  }
}
