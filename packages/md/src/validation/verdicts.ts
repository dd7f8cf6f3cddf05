import type { CheckRecord } from './results.ts';
import type { Figure } from './types.ts';
import { type FigureName, type UseCase, USE_CASES, type UseCaseName } from './useCases.ts';

/** Whether a student is fit for a use. */
export interface Verdict {
  readonly useCase: UseCaseName;
  readonly title: string;
  readonly answer: 'yes' | 'with care' | 'no';
  /** All gates are measured and passed: what decides about the exit code. */
  readonly passed: boolean;
  /** One sentence each. */
  readonly reasons: readonly string[];
}

/**
 * Looks up what a use requires in what the checks of one student found. `no`: a gate failed. `with care`:
 * a gate could not be decided or measured, or something failed that is no gate.
 */
export function verdictFor(name: UseCaseName, records: readonly CheckRecord[]): Verdict {
  const useCase = USE_CASES[name];
  const failed: string[] = [];
  const open: string[] = [];
  const care: string[] = [];
  for (const gate of [...useCase.gates, ...useCase.where]) {
    const found = figuresOf(gate, records);
    for (const { system, figure } of found) {
      if (figure.status === 'fail') failed.push(sentence(figure, system));
      if (figure.status === 'info' && figure.goal !== undefined)
        open.push(`undecided: ${sentence(figure, system)}`);
    }
    if (!isOptional(gate, useCase) && found.every(({ figure }) => figure.status === 'skipped')) {
      open.push(`not measured: ${found[0]?.figure.label ?? gate}${reason(found[0]?.figure)}`);
    }
  }
  for (const wish of useCase.care) {
    for (const { system, figure } of figuresOf(wish, records)) {
      if (figure.status === 'fail') care.push(sentence(figure, system));
    }
  }
  const passed = failed.length === 0 && open.length === 0;
  return {
    useCase: name,
    title: useCase.title,
    answer: failed.length > 0 ? 'no' : passed && care.length === 0 ? 'yes' : 'with care',
    passed,
    reasons: [...failed, ...open, ...care],
  };
}

/** Without systems there are figures of the student as a whole. */
function figuresOf(
  name: FigureName,
  records: readonly CheckRecord[],
): { readonly system: string | null; readonly figure: Figure }[] {
  const [check, key] = name.split('/');
  return records.flatMap((record) =>
    record.check === check
      ? record.result.figures
          .filter((figure) => figure.key === key)
          .map((figure) => ({ system: record.system, figure }))
      : [],
  );
}

const isOptional = (gate: FigureName, { where }: UseCase): boolean => where.includes(gate);

function sentence(figure: Figure, system: string | null): string {
  const { label, value, unit, low, high } = figure;
  const number =
    value === null ? 'not measured' : `${short(value)}${unit === '' ? '' : ` ${unit}`}`;
  const band = low === undefined || high === undefined ? '' : ` (${short(low)} to ${short(high)})`;
  const where = system === null ? '' : `, ${system}`;
  return `${label}${where}: ${number}${band}${goalText(figure)}${value === null ? reason(figure) : ''}`;
}

function goalText({ goal }: Figure): string {
  if (goal === undefined) return '';
  const { min, max } = goal;
  if (min !== undefined && max !== undefined) return `, goal ${short(min)} to ${short(max)}`;
  return max === undefined ? `, goal above ${short(min ?? 0)}` : `, goal below ${short(max)}`;
}

const reason = (figure: Figure | undefined): string =>
  figure?.why === undefined ? '' : ` (${figure.why})`;

function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
