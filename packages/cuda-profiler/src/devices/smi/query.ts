import type { Gpu } from '../gpu.ts';
import { complaint, runSmi, type SmiOptions } from './command.ts';
import {
  columnsOf,
  cudaVersionOf,
  GPU_FIELDS,
  gpuOf,
  parseProcesses,
  parseRow,
  PROCESS_FIELDS,
  type SmiColumns,
  type SmiRow,
  withoutRefused,
} from './values.ts';

const CSV = '--format=csv,noheader,nounits';

/** What nvidia-smi tells. */
export interface SmiReport {
  readonly driver: string | null;
  readonly cuda: string | null;
  readonly gpus: readonly Gpu[];
  /** Columns that this driver knows. */
  readonly columns: SmiColumns;
}

/** Arguments that ask for columns. */
export function queryArguments(columns: SmiColumns): string[] {
  return [`--query-gpu=${columns.map(({ name }) => name).join(',')}`, CSV];
}

/**
 * Asks nvidia-smi for all GPUs; fields that the driver does not know are left out.
 *
 * @throws DeviceError `profiler/no-nvidia-smi`, `profiler/smi-failed`, `profiler/smi-timeout`; AbortedError
 */
export async function querySmi(options: SmiOptions = {}): Promise<SmiReport> {
  const { columns, rows } = await queryRows(options);
  const processes = await runSmi([`--query-compute-apps=${PROCESS_FIELDS}`, CSV], options);
  const banner = await runSmi([], options);
  const found = processes.code === 0 ? parseProcesses(processes.text) : null;
  return {
    driver: rows.find((row) => row.driver_version !== undefined)?.driver_version ?? null,
    cuda: cudaVersionOf(banner.text),
    gpus: rows.map((row) => gpuOf(row, found)),
    columns,
  };
}

async function queryRows(
  options: SmiOptions,
): Promise<{ readonly columns: SmiColumns; readonly rows: SmiRow[] }> {
  let columns = columnsOf(GPU_FIELDS);
  for (;;) {
    const answer = await runSmi(queryArguments(columns), options);
    // Every round has a column less or renames one, so this ends.
    const fewer = withoutRefused(columns, answer.text);
    if (fewer !== undefined) {
      columns = fewer;
      continue;
    }
    const rows = answer.text
      .split('\n')
      .map((line) => parseRow(line, columns))
      .filter((row) => row !== undefined);
    if (rows.length === 0) throw complaint(answer);
    return { columns, rows };
  }
}
