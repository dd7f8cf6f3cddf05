import { isPromise } from '@mlffd/core';
import type { Calculator, Property, Results } from '@mlffd/core';
import { MdError } from './errors.ts';
import type { MdState } from './state.ts';

/**
 * Puts the calculator's answer for the current positions into the state and returns it.
 * Waits only where the calculator answers with a promise.
 *
 * @throws MdError `md/missing-result`
 */
export function callForces(
  calculator: Calculator,
  state: MdState,
  properties: readonly Property[],
): Results | Promise<Results> {
  const answer = calculator.calculate(state.atoms, properties);
  const wantsStress = properties.includes('stress');
  if (!isPromise(answer)) return absorb(calculator, state, answer, wantsStress);
  return answer.then((results) => absorb(calculator, state, results, wantsStress));
}

function absorb(
  calculator: Calculator,
  state: MdState,
  results: Results,
  wantsStress: boolean,
): Results {
  const { energy, forces } = results;
  if (energy === undefined || forces?.length !== state.forces.length) {
    throw new MdError('md/missing-result', `${calculator.name} gave no usable energy and forces`, {
      expected: `energy and ${state.forces.length} force components`,
      found: `energy ${energy ?? 'absent'}, ${forces?.length ?? 'no'} force components`,
      where: `calculator ${calculator.name}`,
      hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
    });
  }
  state.energy = energy;
  state.forces.set(forces);
  // Zero times what is not finite stays for the guards to find; the sum turns -0 into 0.
  for (const atom of state.fixed) {
    for (let k = 3 * atom; k < 3 * atom + 3; k += 1) state.forces[k] = 0 * forces[k] + 0;
  }
  if (wantsStress) absorbStress(calculator, state, results);
  return results;
}

function absorbStress(calculator: Calculator, state: MdState, { stress }: Results): void {
  if (stress?.length !== 6) {
    throw new MdError('md/missing-result', `${calculator.name} gave no usable stress`, {
      expected: '6 stress components',
      found: `${stress?.length ?? 'no'} stress components`,
      where: `calculator ${calculator.name}`,
      hint: 'The calculator breaks its contract; run checkCalculator of @mlffd/core on it.',
    });
  }
  state.stress.set(stress);
}
