import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { Display, progressText } from '../src/terminal/display.ts';

function collect(isTTY: boolean): {
  io: ConstructorParameters<typeof Display>[0];
  text: () => string;
} {
  const stream = new PassThrough() as PassThrough & { isTTY?: boolean; columns?: number };
  stream.isTTY = isTTY;
  stream.columns = 100;
  let text = '';
  stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    io: { stdout: stream, stderr: stream, signal: new AbortController().signal },
    text: () => text,
  };
}

describe('progress', () => {
  test('tells rate and time left from what was done since the start', () => {
    const text = progressText(
      'train',
      { done: 60, total: 100, unit: 'epochs', detail: 'force MAE 14 meV/A' },
      { elapsed: 20, sinceStart: 10 },
    );
    expect(text).toBe('train: 60/100 epochs, 0.50/s, 1 min 20 s left; force MAE 14 meV/A');
  });

  test('says nothing about time before anything was done', () => {
    const text = progressText(
      'label',
      { done: 0, total: 9, unit: 'structures' },
      {
        elapsed: 0,
        sinceStart: 0,
      },
    );
    expect(text).toBe('label: 0/9 structures');
  });

  test.each([
    [0.2, '1 s'],
    [9.4, '10 s'],
    [45.2, '46 s'],
    [185, '3 min 05 s'],
    [7800, '2 h 10 min'],
    [187_200, '2 d 4 h'],
  ])('tells %d seconds left as %s', (seconds, text) => {
    const progress = { done: 1, total: 2, unit: 'structures' };
    expect(progressText('label', progress, { elapsed: seconds, sinceStart: 1 })).toContain(
      `, ${text} left`,
    );
  });
});

describe('the display', () => {
  const events = (display: Display): void => {
    display.onEvent({ type: 'stage-started', stage: 'label', index: 2, of: 7 });
    display.onEvent({
      type: 'progress',
      stage: 'label',
      progress: { done: 1, total: 4, unit: 'structures' },
    });
    display.onEvent({ type: 'note', stage: 'label', level: 'warning', message: '1 failed' });
    display.onEvent({ type: 'stage-finished', stage: 'label', seconds: 3, summary: '3 labelled' });
    display.close();
  };

  test('prints plain lines into a pipe', () => {
    const { io, text } = collect(false);
    events(new Display(io));
    expect(text()).toContain('[2/7] label ...\n');
    expect(text()).toContain('      warning: 1 failed\n');
    expect(text()).toContain('      done in 3 s: 3 labelled\n');
    // A control sequence in a log file is noise.
    expect(text()).not.toContain('\u001b');
  });

  test('shows a live line on a terminal', () => {
    const { io, text } = collect(true);
    events(new Display(io));
    expect(text()).toContain('label: 1/4 structures');
    expect(text()).toContain('label');
    expect(text()).toContain('3 labelled');
  });
});
