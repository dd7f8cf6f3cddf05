import { join, resolve } from 'node:path';
import { type Calculator, writeFileAtomic } from '@mlffd/core';
import { ReferenceFit } from '@mlffd/data';
import { compareTeachers } from '@mlffd/teachers';
import { comparisonReport } from '../../output/teacherCompare.ts';
import { comparisonText } from '../../output/teacherCompareText.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { namesOf, openSide } from './sides.ts';
import { structuresFor } from './structures.ts';

interface CompareFlags {
  readonly structures: string;
  readonly most: string;
  readonly out?: string;
}

/** `mlffd teacher compare`: two teachers, or a student, on the same structures; 130 when stopped. */
export async function teacherCompareCommand(
  specs: readonly [string, string],
  flags: CompareFlags,
  io: CommandIo,
): Promise<number> {
  const most = count(flags.most, '--most');
  const { structures, of } = await structuresFor(flags.structures, most);
  const display = new Display(io);
  const sides: Calculator[] = [];
  try {
    for (const spec of specs) sides.push(await openSide(spec, io.signal));
    const [a, b] = sides;
    const { figures, series } = await compareTeachers(a, b, structures, {
      referenceFit: () => new ReferenceFit(),
      signal: io.signal,
      onEvent: ({ done, total, failed }) => {
        const detail = failed === 0 ? {} : { detail: `${String(failed)} without both answers` };
        const progress = { done, total, unit: 'structures', ...detail };
        display.onEvent({ type: 'progress', stage: 'compare', progress });
      },
    });
    const about = { names: namesOf(a, b), source: flags.structures, of };
    display.print(comparisonText(figures, about));
    if (flags.out !== undefined) {
      const out = resolve(flags.out);
      makeOutputFolder(out);
      const page = join(out, 'teacher-compare.html');
      const file = join(out, 'teacher-compare.json');
      writeFileAtomic(file, `${JSON.stringify(figures, null, 2)}\n`);
      writeFileAtomic(page, await comparisonReport({ figures, series, about }));
      display.print(`report   ${page}`);
      display.print(`figures  ${file}`);
    }
    return io.signal.aborted ? EXIT.stopped : figures.ended === null ? EXIT.done : EXIT.failed;
  } finally {
    display.close();
    for (const side of sides) await side.dispose();
  }
}
