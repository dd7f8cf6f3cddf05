import { join, resolve } from 'node:path';
import { type Calculator, writeFileAtomic } from '@mlffd/core';
import { CHECKS, validate, type ValidationEvent, type ValidationResults } from '@mlffd/md';
import { createTeacher, teacherFingerprint } from '@mlffd/teachers';
import { versions } from '../../output/versions.ts';
import { machine } from '../../pipeline/machine.ts';
import { lockRun } from '../../pipeline/runLock.ts';
import { Display } from '../../terminal/display.ts';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { count, wholeNumber } from '../numbers.ts';
import { type BudgetFlags, settingsOf, usesOf } from './flags.ts';
import { validationReport } from './report/report.ts';
import { type OpenStudent, openStudent, studentNames } from './students.ts';
import { systemsFor } from './systems.ts';
import { teacherInconsistency } from './teacherFloor.ts';
import { validationText } from './text.ts';

/** Options of `mlffd validate`. */
export interface ValidateFlags extends BudgetFlags {
  readonly teacher: string;
  readonly student: readonly string[];
  readonly structures?: string;
  readonly systems?: string;
  readonly most: string;
  readonly for: string;
  readonly seed: string;
  readonly out: string;
}

/** `validation.json`: what was found, and with what. The same inputs give the same file on one machine. */
export interface ValidationFile extends ValidationResults {
  readonly machine: ReturnType<typeof machine>;
  readonly versions: Readonly<Record<string, string>>;
}

/** `mlffd validate`: 0 when every gate of the uses asked for passes, 3 when one does not. */
export async function validateCommand(flags: ValidateFlags, io: CommandIo): Promise<number> {
  const settings = settingsOf(flags);
  const uses = usesOf(flags.for);
  const seed = wholeNumber(flags.seed, '--seed');
  const most = count(flags.most, '--most');
  const folder = resolve(flags.out);
  const names = studentNames(flags.student);
  const display = new Display(io);
  const students: OpenStudent[] = [];
  let teacher: Calculator | undefined;
  const release = lockRun(folder);
  try {
    for (const [k, path] of flags.student.entries())
      students.push(await openStudent(path, names[k]));
    const systems = await systemsFor({ ...flags, most }, students);
    const hash = await teacherFingerprint(flags.teacher);
    teacher = await createTeacher(flags.teacher, { signal: io.signal });
    const inconsistency = await teacherInconsistency({
      teacher,
      hash,
      systems,
      folder,
      seed,
      signal: io.signal,
      display,
    });
    for (const note of inconsistency.notes ?? []) display.print(note);
    const results = await validate({
      teacher: { calculator: teacher, hash, inconsistency },
      students,
      systems,
      settings,
      seed,
      folder,
      uses,
      signal: io.signal,
      onEvent: showOn(display),
    });
    const file: ValidationFile = { ...results, machine: machine(), versions: versions() };
    const figures = join(folder, 'validation.json');
    writeFileAtomic(figures, `${JSON.stringify(file, null, 1)}\n`);
    const page = join(folder, 'report.html');
    const texts = new Map(CHECKS.map(({ id, about }) => [id, about]));
    writeFileAtomic(page, await validationReport(file, { folder, texts }));
    display.print(validationText(results));
    display.print(`report   ${page}`);
    display.print(`figures  ${figures}`);
    return results.passed ? EXIT.done : EXIT.gate;
  } finally {
    display.close();
    for (const student of students) await student.dispose();
    await teacher?.dispose();
    release();
  }
}

function showOn(display: Display): (event: ValidationEvent) => void {
  let stage = 'validate';
  return (event) => {
    switch (event.type) {
      case 'check-started':
      case 'check-reused': {
        const { check, student, system, index, of } = event;
        stage = `${student}, ${system ?? 'all systems'}: ${check.title.toLowerCase()}`;
        if (event.type === 'check-started')
          display.onEvent({ type: 'stage-started', stage, index, of });
        else display.onEvent({ type: 'stage-reused', stage, index, of, summary: 'kept' });
        break;
      }
      case 'check-finished': {
        const { figures } = event.record.result;
        const with_ = (status: string): number =>
          figures.filter((one) => one.status === status).length;
        const summary = `${String(with_('pass'))} passed, ${String(with_('fail'))} failed`;
        display.onEvent({ type: 'stage-finished', stage, seconds: event.seconds, summary });
        break;
      }
      case 'progress': {
        const { progress, detail } = event;
        display.onEvent({
          type: 'progress',
          stage: detail ?? stage,
          progress,
        });
        break;
      }
    }
  };
}
