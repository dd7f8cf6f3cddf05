import { auditExitCode, auditStream, auditText, loadSplit } from '@mlffd/data';
import { EXIT } from '../../terminal/errors.ts';
import type { CommandIo } from '../../terminal/io.ts';
import { withDataset } from './withDataset.ts';

interface AuditFlags {
  readonly split?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `mlffd data audit`: what would spoil a training; returns 3 when it finds an error. */
export function dataAuditCommand(file: string, flags: AuditFlags, io: CommandIo): Promise<number> {
  return withDataset(file, 'audit', io, async ({ dataset, display, progress }) => {
    const report = await auditStream(dataset, {
      signal: io.signal,
      ...(flags.split === undefined ? {} : { split: loadSplit(flags.split, dataset) }),
      onEvent: ({ done }) => {
        if (flags.json !== true) progress({ done, total: dataset.length });
      },
    });
    display.print(flags.json === true ? JSON.stringify(report, null, 2) : auditText(report));
    return auditExitCode(report, { strict: flags.strict === true }) === 0 ? EXIT.done : EXIT.gate;
  });
}
