import {
  type Atoms,
  type Calculator,
  formatExtxyzFrame,
  isPromise,
  type Results,
  writeFileAtomic,
} from '@mlffd/core';
import { minimize, type MinimizeResult } from '@mlffd/md';
import type { Display } from '../../terminal/display.ts';
import { ownFile } from './folder.ts';
import { number } from './text.ts';

/** Force calls of a relaxation. */
const MOST_STEPS = 1000;

/** What is relaxed how. */
export interface RelaxTask {
  readonly calculator: Calculator;
  readonly atoms: Atoms;
  /** eV/Angstrom. */
  readonly fmax: number;
  readonly fixed: readonly number[];
  readonly folder: string;
}

/** Relaxes the positions and writes them to `minimized.xyz`. */
export async function relax(
  { calculator, atoms, fmax, fixed, folder }: RelaxTask,
  { display, signal }: { readonly display: Display; readonly signal: AbortSignal },
): Promise<Atoms> {
  const result = await minimize(holding(calculator, fixed), atoms, {
    fmax,
    maxSteps: MOST_STEPS,
    signal,
    onEvent: (event) => {
      if (event.type !== 'progress') return;
      const { step: done, steps: total, energy, maxForce } = event;
      const detail = `${energy.toFixed(4)} eV, largest force ${number(maxForce)} eV/A`;
      const progress = { done, total, unit: 'steps at most', detail };
      display.onEvent({ type: 'progress', stage: 'minimize', progress });
    },
  });
  const { energy, forces } = result;
  const frame = formatExtxyzFrame({ atoms: result.atoms, results: { energy, forces } });
  writeFileAtomic(ownFile(folder, 'minimized'), frame);
  display.print(`minimized ${outcome(result, fmax)}`);
  return result.atoms;
}

function outcome({ converged, steps, energy, maxForce }: MinimizeResult, fmax: number): string {
  const found = `${energy.toFixed(4)} eV, largest force ${number(maxForce)} eV/A after ${String(steps)} steps`;
  return converged ? found : `${found}; NOT below ${number(fmax)} eV/A, run from there`;
}

/** The same calculator with atoms that feel nothing, and so stay where they are. */
function holding(calculator: Calculator, fixed: readonly number[]): Calculator {
  if (fixed.length === 0) return calculator;
  const still = (results: Results): Results => {
    const forces = results.forces?.slice();
    for (const atom of fixed) forces?.fill(0, 3 * atom, 3 * atom + 3);
    return forces === undefined ? results : { ...results, forces };
  };
  return {
    name: calculator.name,
    properties: calculator.properties,
    calculate(atoms, properties) {
      const answer = calculator.calculate(atoms, properties);
      return isPromise(answer) ? answer.then(still) : still(answer);
    },
    dispose: () => undefined,
  };
}
