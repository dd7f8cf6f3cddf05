/**
 * `ok`: works, or a fact; `off`: is not here and need not be; `gap`: would be useful, and is
 * missing; `missing`: without it the main job, distilling a student, does not run.
 */
export type CheckStatus = 'ok' | 'off' | 'gap' | 'missing';

/** One thing that was looked at. */
export interface Check {
  /** Stable, for programs: `gpu-0`, `provider-cuda`. */
  readonly id: string;
  readonly label: string;
  readonly status: CheckStatus;
  /** What was found, in one line. */
  readonly value: string;
  /** What to do about it, a line each; commands stand on lines of their own. */
  readonly advice?: readonly string[];
}

/** Checks of one subject. */
export interface CheckGroup {
  readonly id: string;
  readonly title: string;
  readonly checks: readonly Check[];
}

/** Whether the main job can run. */
export function canWork(groups: readonly CheckGroup[]): boolean {
  return !groups.some(({ checks }) => checks.some(({ status }) => status === 'missing'));
}

/** Message of anything that was thrown, in one line. */
export function messageOf(error: unknown): string {
  const text =
    typeof error === 'object' && error !== null && 'message' in error
      ? String(error.message)
      : String(error);
  return text.trim().replace(/\s+/g, ' ');
}
