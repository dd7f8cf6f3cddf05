import { InvalidArgumentError } from '@mlffd/core';

/**
 * How a trajectory is stored.
 *
 * | format | files | holds | bits |
 * |---|---|---|---|
 * | `extxyz` | .xyz .extxyz | everything | all |
 * | `h5md` | .h5 .h5md | everything; one set of atoms | all, forces within 2e-16 relative |
 * | `traj` | .traj | everything, for ASE | all, velocities within 4e-16 relative |
 * | `dcd` | .dcd | positions, cell, step and time; one set of atoms | float32 |
 */
export type TrajectoryFormat = 'extxyz' | 'h5md' | 'traj' | 'dcd';

const ENDINGS: Readonly<Record<string, TrajectoryFormat>> = {
  xyz: 'extxyz',
  extxyz: 'extxyz',
  h5: 'h5md',
  h5md: 'h5md',
  traj: 'traj',
  dcd: 'dcd',
};

/**
 * Format of a trajectory by the ending of its name.
 *
 * @throws InvalidArgumentError `md/unknown-format`
 */
export function trajectoryFormat(path: string, format?: TrajectoryFormat): TrajectoryFormat {
  if (format !== undefined) {
    if (Object.values(ENDINGS).includes(format)) return format;
    throw unknownFormat(path, `the format ${format}`);
  }
  const ending = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase() ?? '';
  if (Object.hasOwn(ENDINGS, ending)) return ENDINGS[ending];
  throw unknownFormat(path, ending === '' ? 'no ending' : `the ending .${ending}`);
}

function unknownFormat(path: string, found: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'md/unknown-format',
    `${path}: ${found} says nothing about the format of a trajectory`,
    {
      expected: `a name that ends in ${Object.keys(ENDINGS)
        .map((ending) => `.${ending}`)
        .join(', ')}`,
      found,
      where: path,
      hint: "Rename the file, or give format: 'extxyz', 'h5md', 'traj' or 'dcd'.",
    },
  );
}
