import type { Atoms, Calculator } from '@mlffd/core';
import { hessian, type Hessian, type HessianOptions } from './hessian.ts';
import { normalModes, type NormalModes, type NormalModesOptions } from './normalModes.ts';

/**
 * Hessian and normal modes in one.
 *
 * @throws what `hessian` throws
 */
export async function vibrations(
  calculator: Calculator,
  atoms: Atoms,
  options: HessianOptions & NormalModesOptions = {},
): Promise<NormalModes & { readonly hessian: Hessian }> {
  const second = await hessian(calculator, atoms, options);
  return { ...normalModes(atoms, second, options), hessian: second };
}
