import { symbolOf } from '@mlffd/core';
import { PYTHON_PRESETS, TEACHERS } from '@mlffd/teachers';
import { teacherCard } from '../../output/teacherCards.ts';
import type { CommandIo } from '../../terminal/io.ts';

/** `mlffd teacher list`: names that may stand under `teacher:`. */
export function teacherListCommand(io: CommandIo): void {
  const width = Math.max(...TEACHERS.map(({ length }) => length)) + 2;
  for (const name of TEACHERS) {
    const { license, citation } = teacherCard(name);
    io.stdout.write(`${name.padEnd(width)}${whereabouts(name)}; licence ${license}\n`);
    io.stdout.write(`${' '.repeat(width)}${citation}\n`);
  }
  const any = 'any ASE calculator, as ase:tblite.ase:TBLite?method=GFN2-xTB';
  io.stdout.write(`${'ase:module:Class'.padEnd(width)}${any}\n`);
}

function whereabouts(name: string): string {
  if (!Object.hasOwn(PYTHON_PRESETS, name)) return 'in process';
  const { elements, weights } = PYTHON_PRESETS[name];
  const range = `${symbolOf(elements[0])} to ${symbolOf(elements[elements.length - 1])}`;
  return `in Python, ${String(elements.length)} elements (${range}), parameters ${weights}`;
}
