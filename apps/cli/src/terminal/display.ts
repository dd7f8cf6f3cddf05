import { formatDuration } from '@mlffd/report';
import { createLogUpdate } from 'log-update';
import picocolors from 'picocolors';
import type { OnEvent, PipelineEvent, Progress } from '../pipeline/progress.ts';
import type { CommandIo } from './io.ts';

/** Seconds between two lines about progress where the output is a file or a pipe. */
const PLAIN_INTERVAL = 10;

interface Timeline {
  readonly started: number;
  readonly startedAt: number;
  lastPrinted: number;
}

/** Prints what the pipeline does: one live line on a terminal, plain lines elsewhere. */
export class Display {
  readonly #io: CommandIo;
  readonly #live: ReturnType<typeof createLogUpdate> | undefined;
  readonly #colors: ReturnType<typeof picocolors.createColors>;
  #timeline: Timeline | undefined;

  constructor(io: CommandIo) {
    this.#io = io;
    const terminal = io.stdout.isTTY === true;
    this.#colors = picocolors.createColors(terminal);
    this.#live = terminal ? createLogUpdate(io.stdout) : undefined;
  }

  readonly onEvent: OnEvent = (event) => {
    const c = this.#colors;
    switch (event.type) {
      case 'stage-started':
        this.#timeline = undefined;
        this.#line(`${c.cyan(position(event))} ${c.bold(event.stage)} ...`);
        break;
      case 'stage-reused':
        this.#line(
          `${c.green(position(event))} ${c.bold(event.stage)} already done: ${event.summary}`,
        );
        break;
      case 'stage-finished':
        this.#line(
          `      ${c.green('done')} in ${formatDuration(event.seconds)}: ${event.summary}`,
        );
        break;
      case 'note':
        this.#line(
          `      ${event.level === 'warning' ? c.yellow('warning: ') : ''}${event.message}`,
        );
        break;
      case 'progress':
        this.#progress(event.stage, event.progress);
        break;
    }
  };

  /** Prints a line that stays. */
  print(text: string): void {
    this.#line(text);
  }

  /** Leaves the terminal in order. */
  close(): void {
    this.#live?.clear();
    this.#live?.done();
  }

  #line(text: string): void {
    this.#live?.clear();
    this.#io.stdout.write(`${text}\n`);
  }

  #progress(stage: string, progress: Progress): void {
    const now = performance.now() / 1000;
    // The rate counts from the first report, so that what a resumed stage found done does not inflate it.
    this.#timeline ??= { started: now, startedAt: progress.done, lastPrinted: now };
    const timeline = this.#timeline;
    const text = progressText(stage, progress, {
      elapsed: now - timeline.started,
      sinceStart: progress.done - timeline.startedAt,
    });
    if (this.#live !== undefined) {
      this.#live(`      ${this.#colors.dim(text)}`);
    } else if (now - timeline.lastPrinted >= PLAIN_INTERVAL) {
      timeline.lastPrinted = now;
      this.#io.stdout.write(`      ${text}\n`);
    }
  }
}

const position = (event: Extract<PipelineEvent, { index: number }>): string =>
  `[${event.index}/${event.of}]`;

/** `train: 120/400 epochs, 3.1/s, 1 min 30 s left; force MAE 14 meV/A`. */
export function progressText(
  stage: string,
  progress: Progress,
  pace: { readonly elapsed: number; readonly sinceStart: number },
): string {
  const { done, total, unit, detail } = progress;
  let text = `${stage}: ${done}${total === undefined ? '' : `/${String(total)}`} ${unit}`;
  if (pace.sinceStart > 0 && pace.elapsed > 0) {
    const rate = pace.sinceStart / pace.elapsed;
    text += `, ${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)}/s`;
    if (total !== undefined && done < total) {
      // Tenths of a second would only flicker.
      text += `, ${formatDuration(Math.ceil((total - done) / rate))} left`;
    }
  }
  return detail === undefined ? text : `${text}; ${detail}`;
}
