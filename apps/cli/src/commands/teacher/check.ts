import { dirname, extname, join, resolve } from 'node:path';
import { writeFileAtomic } from '@mlffd/core';
import { auditTeacher, createTeacher, type TeacherAudit } from '@mlffd/teachers';
import { auditReport } from '../../output/teacherAudit.ts';
import { auditText } from '../../output/teacherAuditText.ts';
import { Display } from '../../terminal/display.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count } from '../numbers.ts';
import { makeOutputFolder } from '../outputFolder.ts';
import { EXAMPLES } from './examples.ts';
import { structuresFor } from './structures.ts';

interface CheckFlags {
  readonly structures?: string;
  readonly most: string;
  readonly out?: string;
}

/** `mlffd teacher check`: what no student can be better at than its teacher. */
export async function teacherCheckCommand(
  spec: string,
  flags: CheckFlags,
  io: CommandIo,
): Promise<void> {
  const most = count(flags.most, '--most');
  const structures =
    flags.structures === undefined
      ? EXAMPLES
      : (await structuresFor(flags.structures, most)).structures;
  const display = new Display(io);
  // In this process: times of calls are those of the teacher, not of a thread in between.
  const teacher = await createTeacher(spec, { signal: io.signal });
  try {
    const audit = await auditTeacher(teacher, {
      structures,
      signal: io.signal,
      onEvent: ({ done, total, next }) => {
        const progress = { done, total, unit: 'parts', detail: next };
        display.onEvent({ type: 'progress', stage: 'check', progress });
      },
    });
    display.print(auditText(audit));
    if (flags.out !== undefined) await write(audit, resolve(flags.out), display);
  } finally {
    display.close();
    await teacher.dispose();
  }
}

/** A page and its figures in a folder, or the figures alone in a file that is named so. */
async function write(audit: TeacherAudit, out: string, display: Display): Promise<void> {
  const isFile = extname(out).toLowerCase() === '.json';
  const figures = isFile ? out : join(out, 'teacher-check.json');
  makeOutputFolder(dirname(figures));
  if (!isFile) {
    const page = join(out, 'teacher-check.html');
    writeFileAtomic(page, await auditReport(audit));
    display.print(`report   ${page}`);
  }
  writeFileAtomic(figures, `${JSON.stringify(audit, null, 2)}\n`);
  display.print(`figures  ${figures}`);
}
