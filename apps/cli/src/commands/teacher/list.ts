import { symbolOf } from '@mlffd/core';
import { PYTHON_PRESETS, TEACHERS } from '@mlffd/teachers';
import { teacherCard } from '../../output/teacherCards.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** `mlffd teacher list`: names that may stand under `teacher:`. */
export function teacherListCommand(io: CommandIo): void {
  for (const name of TEACHERS) {
    const { license, citation } = teacherCard(name);
    io.stdout.write(`${name.padEnd(18)}${whereabouts(name)}; licence ${license}\n`);
    io.stdout.write(`${' '.repeat(18)}${citation}\n`);
  }
  io.stdout.write(
    'ase:module:Class   any ASE calculator, as ase:tblite.ase:TBLite?method=GFN2-xTB\n',
  );
}

function whereabouts(name: string): string {
  if (!Object.hasOwn(PYTHON_PRESETS, name)) return 'in process';
  const { elements, weights } = PYTHON_PRESETS[name];
  const range = `${symbolOf(elements[0])} to ${symbolOf(elements[elements.length - 1])}`;
  return `in Python, ${String(elements.length)} elements (${range}), parameters ${weights}`;
}
