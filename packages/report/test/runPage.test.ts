import { describe, expect, test } from '@jest/globals';
import { readRun } from '../src/run/readRun.ts';
import { runPage, type RunPageOptions } from '../src/run/runPage.ts';
import { EPOCH_LINE, exampleLog, STEP_LINE, withRun, type ExampleRun } from './runExample.ts';

const pageOf = async (run: ExampleRun, options: RunPageOptions = {}): Promise<string> =>
  withRun(run, (folder) => runPage(readRun(folder), { now: 2_010_000, ...options }));

/** Text without tags and spaces that do not matter. */
const textOf = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/gs, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

const REFRESH = /<meta http-equiv="refresh" content="(\d+)">/;

describe('the page of a run', () => {
  test('that trains loads itself again and tells the time left', async () => {
    const run = { lines: exampleLog(3), checkpoints: { 0: 1001 } };
    const html = await pageOf(run, { refresh: 7 });
    expect(REFRESH.exec(html)?.[1]).toBe('7');
    const text = textOf(html);
    expect(text).toContain('training');
    expect(text).toContain('3 of 4');
    expect(text).toContain('step 300 of 400');
    // 300 steps took 999 s.
    expect(text).toContain('About 5 min 33 s left');
    for (const unit of ['meV/Å', 'meV/atom']) expect(text).toContain(unit);
    for (const part of ['Force error', 'Learning rate', 'Gradient by block', 'Terms of the loss']) {
      expect(text).toContain(part);
    }
    expect(text).toContain('25.0 % of the steps were clipped');
    expect(text).toContain('PaiNN with 16 features, 2 interactions, 8 bessel functions');
  });

  test('that has ended stays as it is and names the best epoch', async () => {
    const html = await pageOf({ lines: exampleLog(4), curve: [{ step: 400 }] });
    expect(html).not.toMatch(REFRESH);
    const text = textOf(html);
    expect(text).toContain('finished');
    expect(text).toContain('Best, epoch 3');
    expect(text).toContain('All of the run is done. The best epoch was 1 validation ago.');
    // What it gives is a function of what it is given.
    const again = await pageOf({ lines: exampleLog(4), curve: [{ step: 400 }] });
    const same = (page: string): string => page.replace(/run-\w+/g, 'run');
    expect(same(again)).toBe(same(html));
  });

  test('that ended early says why', async () => {
    const short = await pageOf({ lines: exampleLog(3), curve: [{ step: 300 }] });
    expect(textOf(short)).toContain('at its time limit');
    const patient = { validation: { patience: 1 }, epochs: 9 };
    const run = { config: patient, lines: exampleLog(4), curve: [{ step: 400 }] };
    expect(textOf(await pageOf(run))).toContain('after 1 validation without improvement');
  });

  test('that is silent says what to do', async () => {
    const html = await pageOf({ lines: exampleLog(2) }, { now: 9_000_000 });
    expect(textOf(html)).toContain('Nothing was logged for 1 h 57 min.');
    expect(html).toMatch(REFRESH);
  });

  test('without an epoch, a validation set, or anything at all', async () => {
    expect(textOf(await pageOf({ lines: [STEP_LINE] }))).toContain('No epoch has ended yet.');
    const lines = [STEP_LINE, { ...EPOCH_LINE, validation: null }];
    expect(textOf(await pageOf({ lines }))).toContain('has no validation set');
    const bare = { config: { model: undefined, optimizer: undefined, validation: undefined } };
    expect(textOf(await pageOf(bare))).toContain('No epoch has ended yet.');
  });

  test('lists what happened, a structure that is left out again and again once', async () => {
    const events = [
      { step: 10, outlier: 7, term: 'energy', reason: 'the loss is large' },
      { step: 20, outlier: 7, term: 'energy', reason: 'the loss is large' },
      { step: 25, type: 'rollback', to: 5, reason: 'NaN' },
      { step: 30, type: 'warning', code: 'x', message: 'beware of <b>' },
      { step: 40, type: 'novelty', what: [1, 2] },
    ];
    const text = textOf(await pageOf({ lines: events, tail: 'spoiled\n' }));
    expect(text).toContain('20 2 Structure 7 was left out (energy): the loss is large');
    expect(text).toContain('25 1 Back to step 5: NaN');
    expect(text).toContain('beware of &lt;b&gt;');
    expect(text).toContain('novelty what [1,2]');
    expect(text).toContain('cannot be read: 1 line of the log');
    const many = Array.from({ length: 70 }, (_, k) => ({ step: k, type: 'note', k }));
    expect(textOf(await pageOf({ lines: many }))).toContain('The last 50 of 70');
  });

  test('shows activations of the epochs that have them, also when they are not finite', async () => {
    const epoch = (k: number, activations?: object): object => ({
      ...EPOCH_LINE,
      step: 100 * k,
      epoch: k,
      ...(activations === undefined ? {} : { activations }),
    });
    const mixing = { q: 2, mu: 1 };
    const lines = [
      epoch(1),
      epoch(2, { 'interaction.0': { q: 3, mu: 0.5, filter: 40 }, 'mixing.0': mixing }),
      epoch(3, { 'interaction.0': { q: null, mu: null, filter: null }, 'mixing.0': mixing }),
    ];
    const text = textOf(await pageOf({ lines }));
    expect(text).toContain('Activations by block');
    for (const block of ['interaction.0', 'mixing.0']) expect(text).toContain(block);
    expect(text).not.toContain('NaN');
    expect(textOf(await pageOf({ lines: [epoch(1)] }))).not.toContain('Activations by block');
  });

  test('holds models of many blocks and many elements', async () => {
    const names = ['embedding', 'filters', 'readout'];
    for (let k = 0; k < 3; k++) names.push(`interaction.${String(k)}`, `mixing.${String(k)}`);
    const blocks = Object.fromEntries(names.map((name) => [name, { gradient: 1, update: 1e-3 }]));
    const by_element = Object.fromEntries(
      ['H', 'C', 'N', 'O', 'F', 'S', 'Cl', 'Br'].map((symbol, atoms) => [
        symbol,
        { atoms, force_mae_meV_A: 10 + atoms },
      ]),
    );
    const steps = Array.from({ length: 200 }, (_, k) => ({ ...STEP_LINE, step: k, blocks }));
    const epoch = { ...EPOCH_LINE, step: 200, validation: { force_mae_meV_A: 9, by_element } };
    const text = textOf(await pageOf({ lines: [...steps, epoch] }));
    expect(text).toContain('Where a curve stands for several blocks');
    expect(text).toContain('Geometric means');
    expect(text).toContain('1 rarer element more');
  });
});
