import { describe, expect, test } from '@jest/globals';
import { gateStatus, renderReport, verdictOf, type Gate } from '@mlffd/report';

const gate = { name: 'Force MAE', measured: 40, goal: 50, unit: 'meV/Å' } as const;

describe('gateStatus', () => {
  test.each<[Gate['relation'], number, string]>([
    ['<=', 50, 'pass'],
    ['<', 50, 'fail'],
    ['>=', 50, 'pass'],
    ['>', 50, 'fail'],
    ['>=', 49, 'fail'],
    [undefined, 49, 'pass'],
    ['<=', NaN, 'fail'],
    ['>=', NaN, 'fail'],
  ])('measured %p 50: %p gives %p', (relation, measured, status) => {
    const { unit, name, goal } = gate;
    const full = { unit, name, goal, measured };
    expect(gateStatus(relation === undefined ? full : { ...full, relation })).toBe(status);
  });

  test('a goal that is not required only warns', () => {
    expect(gateStatus({ ...gate, measured: 60, required: false })).toBe('warn');
  });
});

describe('verdictOf', () => {
  const missed = { ...gate, measured: 61.24 };

  test('is the worst of the gates and says which', () => {
    expect(verdictOf([gate, gate])).toEqual({
      status: 'pass',
      headline: 'All 2 goals are met',
      reasons: [],
    });
    expect(verdictOf([gate, { ...missed, required: false }]).status).toBe('warn');
    expect(verdictOf([gate, missed])).toEqual({
      status: 'fail',
      headline: '1 of 2 goals are met',
      reasons: ['Force MAE: 61.2 meV/Å, goal ≤ 50 meV/Å.'],
    });
  });

  test('takes headlines of the caller', () => {
    expect(verdictOf([missed], { fail: 'Not ready' }).headline).toBe('Not ready');
  });
});

test('goals are written without needless zeros', () => {
  const gates: Gate[] = [
    { name: 'drift', measured: 4e-4, goal: 0.001 },
    { name: 'tiny', measured: 4e-6, goal: 1e-5 },
    { name: 'r2', measured: 0.998, goal: 0.95, relation: '>=', format: { decimals: 4 } },
    { name: 'speed', measured: 100, goal: 10, relation: '>' },
  ];
  const html = renderReport({
    title: 'Goals',
    sections: [{ title: 'One', gates: { caption: 'Goals', gates } }],
  });
  for (const goal of ['≤ 0.001', '≤ 1×10⁻⁵', '≥ 0.95', '&gt; 10']) {
    expect(html).toContain(`<td class="right">${goal}</td>`);
  }
  expect(html).toContain('<td class="right">0.9980</td>');
});

test('a section takes the mark of its worst gate, also in the contents', () => {
  const html = renderReport({
    title: 'Marks',
    sections: [
      { title: 'Good', gates: { caption: 'c', gates: [gate] } },
      { title: 'Bad', gates: { caption: 'c', gates: [gate, { ...gate, measured: NaN }] } },
      { title: 'None' },
    ],
  });
  const [contents = ''] = /<nav[\s\S]*?<\/nav>/.exec(html) ?? [];
  expect(contents.match(/class="mark fail"/g)).toHaveLength(1);
  expect(contents).not.toContain('mark pass');
});
