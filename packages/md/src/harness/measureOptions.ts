import type { Calculator } from '@mlffd/core';
import type { MdEvent } from '../events.ts';
import type { HarnessSettings, HarnessSystem } from './types.ts';

/** What the run of one system needs. */
export interface MeasureOptions {
  readonly calculator: Calculator;
  readonly system: HarnessSystem;
  readonly settings: HarnessSettings;
  readonly teacher?: Calculator;
  /** Keep the frames in `NAME.xyz` of this folder, which exists; default a temporary one. */
  readonly trajectories?: string;
  /** ms per step, of `measuringCost`. */
  readonly measuring: number;
  /** Steps done of all that this system takes. */
  readonly onProgress: (done: number, detail: string) => void;
  readonly signal?: AbortSignal;
}

/** Options of `runMd` that show its progress and stop it; `before` steps were done in other parts. */
export function runOptions(
  { signal, onProgress }: MeasureOptions,
  what: string,
  before: number,
): { readonly onEvent: (event: MdEvent) => void; readonly signal?: AbortSignal } {
  return {
    onEvent: (event) => {
      if (event.type !== 'progress') return;
      const { step, steps, nsPerDay } = event;
      const pace = `${nsPerDay.toPrecision(3)} ns/day`;
      onProgress(before + step, `${what}, step ${step} of ${steps}, ${pace}`);
    },
    ...(signal === undefined ? {} : { signal }),
  };
}
