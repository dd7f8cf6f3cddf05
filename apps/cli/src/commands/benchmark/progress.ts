import type { HarnessEvent } from '@mlffd/md';
import { formatDuration, formatNumber } from '@mlffd/report';
import type { Display } from '../../terminal/display.ts';
import { stabilityText } from './text.ts';

/** Shows what the harness tells. */
export function showOn(display: Display): (event: HarnessEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'started':
      case 'reused': {
        const { system, atoms, index, of, type } = event;
        const known = type === 'reused' ? ' already done' : ' ...';
        display.print(`[${String(index)}/${String(of)}] ${system}, ${String(atoms)} atoms${known}`);
        break;
      }
      case 'progress': {
        const { fraction, system, detail } = event;
        // Of the whole, so that the time left is that of all systems.
        const done = Math.round(1000 * fraction) / 10;
        const progress = { done, total: 100, unit: '%', detail: `${system}: ${detail}` };
        display.onEvent({ type: 'progress', stage: 'benchmark', progress });
        break;
      }
      case 'finished': {
        const { record, seconds } = event;
        const pace = record.nsPerDay === null ? '' : `, ${formatNumber(record.nsPerDay)} ns/day`;
        display.print(`      done in ${formatDuration(seconds)}: ${stabilityText(record)}${pace}`);
        break;
      }
      case 'left-out':
        // Said before the run.
        break;
    }
  };
}
