import type { StudentConfig } from '../config.ts';
import { electronProperties } from '../electronic/electronInputs.ts';

/** Why the kernels do not serve a student, or undefined where they do. */
export function fusedObstacle(config: StudentConfig): string | undefined {
  const electrons = electronProperties(config);
  if (electrons.length > 0)
    return `it depends on the ${electrons.join(' and the ')} of a structure`;
  return undefined;
}
