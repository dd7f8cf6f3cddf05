import type { ValidationResults } from '@mlffd/md';

const MARKS = { yes: 'yes      ', 'with care': 'with care', no: 'NO       ' } as const;

/** Reasons of one verdict that are printed; the report has all. */
const MOST_REASONS = 4;

/** What the terminal shows at the end: a verdict per student and use, with reasons. */
export function validationText({ verdicts, asked }: ValidationResults): string {
  const lines: string[] = [];
  for (const { student, verdicts: own } of verdicts) {
    lines.push('', student);
    for (const { title, answer, reasons, useCase } of own) {
      const mark = asked.includes(useCase) ? '*' : ' ';
      lines.push(`  ${MARKS[answer]} ${mark} ${title}`);
      for (const reason of reasons.slice(0, MOST_REASONS)) lines.push(`              ${reason}`);
      const left = reasons.length - MOST_REASONS;
      if (left > 0) lines.push(`              and ${String(left)} more`);
    }
  }
  return [...lines, '', '* decides about the exit code', ''].join('\n');
}
