import { type Atoms, InvalidArgumentError } from '@mlffd/core';
import { requirePositive } from '../checks.ts';
import type { AuditStructure } from './report.ts';
import type { StructureChecks } from './structureChecks.ts';

/** How much is measured on each structure. */
export interface AuditDepth {
  /**
   * Step of the differences, Angstrom, default 0.005; half and twice of it are used, too. Smaller
   * ones drown in the noise of float32.
   */
  readonly displacement?: number;
  /** Coordinates of each structure that are differentiated, 6 calls each, default 9. */
  readonly coordinates?: number;
  /** Directions whose pairs the curl is measured along, 4 calls each, default 4, at least 2. */
  readonly directions?: number;
  /** Rotations of each structure, default 4. */
  readonly rotations?: number;
}

/**
 * Options with their defaults.
 *
 * @param others further numbers that have to be positive integers
 * @throws InvalidArgumentError for options out of range
 */
export function checksOf(
  options: AuditDepth,
  others: Readonly<Record<string, number>> = {},
): StructureChecks {
  const { displacement = 0.005, coordinates = 9, directions = 4, rotations = 4 } = options;
  requirePositive(displacement, 'displacement', 'Angstrom');
  const counts = { coordinates, directions, rotations, ...others };
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isInteger(value) && value > 0) continue;
    throw invalid(name, value, 'a positive integer');
  }
  if (directions === 1) throw invalid('directions', 1, 'two directions, which make a pair');
  return { displacement, coordinates, directions, rotations };
}

export function named(structure: Atoms | AuditStructure, index: number): AuditStructure {
  return 'atoms' in structure ? structure : { name: `structure ${index}`, atoms: structure };
}

export function invalid(where: string, value: number, expected: string): InvalidArgumentError {
  return new InvalidArgumentError('teachers/invalid-option', `${where}: ${value}`, {
    expected,
    found: String(value),
    where,
  });
}
