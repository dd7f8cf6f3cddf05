import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../config/load.ts';
import { distill } from '../pipeline/distill.ts';
import { gateText } from '../output/verdict.ts';
import { Display } from '../terminal/display.ts';
import { EXIT } from '../terminal/errors.ts';
import type { CommandIo } from '../terminal/io.ts';

const DEMO = fileURLToPath(new URL('../../assets/demo.yaml', import.meta.url));

/** `mlffd distill`: runs the pipeline and returns the exit code, 3 when a goal was missed. */
export async function distillCommand(
  source: string,
  options: { readonly out?: string },
  io: CommandIo,
): Promise<number> {
  const path = source === 'demo' ? DEMO : resolve(source);
  const config = await loadConfig(path);
  const folder = resolve(options.out ?? join('runs', config.name));
  const display = new Display(io);
  try {
    const results = await distill({
      config,
      base: dirname(path),
      folder,
      signal: io.signal,
      onEvent: display.onEvent,
    });
    display.print('');
    for (const gate of results.gates) {
      display.print(`  ${gate.passed ? 'met   ' : 'MISSED'} ${gateText(gate)}`);
    }
    display.print(`\nreport   ${join(folder, 'report.html')}`);
    display.print(`results  ${join(folder, 'results.json')}`);
    display.print(`student  ${join(folder, 'student')}`);
    return results.verdict === 'pass' ? EXIT.done : EXIT.gate;
  } finally {
    display.close();
  }
}
