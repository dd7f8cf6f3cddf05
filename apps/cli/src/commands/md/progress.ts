import type { MdEvent } from '@mlffd/md';
import type { Display } from '../../terminal/display.ts';
import { number } from './text.ts';

/** Shows what a run tells: progress, and the first breach of each limit. */
export function showOn(display: Display, total: number): (event: MdEvent) => void {
  const told = new Set<string>();
  const note = (level: 'info' | 'warning', message: string): void => {
    display.onEvent({ type: 'note', stage: 'md', level, message });
  };
  return (event) => {
    switch (event.type) {
      case 'progress': {
        const { step: done, nsPerDay, temperature, energy } = event;
        const detail = `${number(nsPerDay)} ns/day, ${temperature.toFixed(0)} K, ${energy.toFixed(4)} eV`;
        const progress = { done, total, unit: 'steps', detail };
        display.onEvent({ type: 'progress', stage: 'md', progress });
        break;
      }
      case 'guard': {
        const { guard, message, step } = event;
        if (told.has(guard)) break;
        told.add(guard);
        note('warning', `${message} at step ${String(step)}; more of these are only counted`);
        break;
      }
      case 'teacher': {
        if (!event.calls || told.has('teacher')) break;
        told.add('teacher');
        const why = event.message === undefined ? '' : `: ${event.message}`;
        note('info', `the teacher takes over at step ${String(event.step)}${why}`);
        break;
      }
      case 'start':
      case 'restart':
      case 'end':
        // Of stretches, which nobody needs to know of.
        break;
    }
  };
}
