import { type Atoms, InvalidArgumentError, type Pbc } from '@mlffd/core';
import { readStructures } from '@mlffd/data';

const NAMED: Readonly<Record<string, Pbc>> = {
  all: [true, true, true],
  none: [false, false, false],
};

/**
 * The first structure of a file, and which of its axes are to be periodic.
 *
 * @throws as `readStructures`; InvalidArgumentError `usage/no-structures`, `usage/pbc`
 */
export async function readTemplate(
  path: string,
  axes: string | undefined,
): Promise<{ readonly template: Atoms; readonly pbc: Pbc }> {
  const chosen = axes === undefined ? undefined : parsePbc(axes);
  const [frame] = await readStructures(path);
  // An empty file has none, whatever the type says.
  const template = (frame as typeof frame | undefined)?.atoms;
  if (template === undefined) {
    throw new InvalidArgumentError('usage/no-structures', `There is no structure in ${path}`, {
      where: path,
      expected: 'the structure of the server',
      found: 'none',
    });
  }
  return { template, pbc: chosen ?? template.pbc };
}

function parsePbc(text: string): Pbc {
  if (Object.hasOwn(NAMED, text)) return NAMED[text];
  if (/^[TF]{3}$/i.test(text)) {
    const isPeriodic = (axis: number): boolean => text[axis].toUpperCase() === 'T';
    return [isPeriodic(0), isPeriodic(1), isPeriodic(2)];
  }
  throw new InvalidArgumentError('usage/pbc', '--pbc takes all, none, or three of T and F.', {
    expected: 'all, none, or T or F for each axis, as in TTF',
    found: text,
    where: '--pbc',
  });
}
