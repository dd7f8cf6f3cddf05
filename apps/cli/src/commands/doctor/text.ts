import type { Check, CheckGroup } from './check.ts';

const MARKS = { ok: 'ok', off: '-', gap: 'gap', missing: 'MISSING' } as const;
const MARK_WIDTH = MARKS.missing.length;
const LABEL_WIDTH = 16;

/** A group as the terminal shows it. */
export function groupText({ title, checks }: CheckGroup): string {
  return [title, ...checks.flatMap(checkLines), ''].join('\n');
}

function checkLines({ label, status, value, advice = [] }: Check): string[] {
  const head = `  ${MARKS[status].padEnd(MARK_WIDTH)}  ${label.padEnd(LABEL_WIDTH)}  `;
  return [`${head}${value}`, ...advice.map((line) => `${' '.repeat(head.length)}> ${line}`)];
}

/** What it all comes to. */
export function verdictText(groups: readonly CheckGroup[]): string {
  const checks = groups.flatMap((group) => group.checks);
  const missing = checks.filter(({ status }) => status === 'missing');
  const gaps = checks.filter(({ status }) => status === 'gap').length;
  const gapText = gaps === 0 ? 'no gaps' : `${String(gaps)} ${gaps === 1 ? 'gap' : 'gaps'}`;
  if (missing.length === 0) return `Students can be made and run here; ${gapText}.`;
  const names = missing.map(({ label }) => label).join(', ');
  return `Something that is needed is missing: ${names}; ${gapText} beside that.`;
}
