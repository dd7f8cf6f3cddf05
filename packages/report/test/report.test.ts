import { describe, expect, test } from '@jest/globals';
import {
  DATA_ELEMENT_ID,
  lineChart,
  renderReport,
  ReportDataError,
  type Report,
  type Section,
} from '@mlffd/report';
import fc from 'fast-check';

import { attribute, parsePage, textOf, type Page } from './dom.ts';

const svg = await lineChart({
  title: 'Learning curve',
  x: { label: 'Epoch' },
  y: { label: 'Loss' },
  series: [{ name: 'loss', x: [1, 2], y: [2, 1] }],
});

/** A report that uses every field, with `text` wherever a text can stand. */
function fullReport(text: string): Report {
  const section: Section = {
    title: text,
    text: [text, text],
    facts: [
      { label: text, value: text, unit: text, note: text },
      { label: 'n', value: 3 },
    ],
    gates: {
      caption: text,
      gates: [
        { name: text, measured: 1, goal: 2, unit: text, note: text },
        { name: text, measured: 3, goal: 2, required: false },
      ],
    },
    figures: [
      { svg, caption: text, alt: text },
      { svg, caption: text, wide: true },
    ],
    tables: [
      {
        caption: text,
        note: text,
        columns: [{ label: text, unit: text }, { label: text }],
        rows: [
          [text, 1],
          [{ value: text, status: 'fail', strong: true, note: text }, null],
        ],
      },
    ],
    callouts: [{ status: 'warn', text }],
    code: text,
  };
  return {
    title: text,
    subtitle: text,
    kicker: text,
    language: 'en',
    verdict: { status: 'fail', headline: text, reasons: [text] },
    facts: [{ label: text, value: text }],
    sections: [section, { title: text, status: 'pass' }],
    data: { [text]: [text] },
    footer: [text],
  };
}

function outline(page: Page): string {
  return page.elements.map((element) => element.tagName).join(' ');
}

function expectSelfContained(page: Page): void {
  for (const element of page.elements) {
    for (const { name, value } of element.attrs) {
      expect(name).not.toMatch(/^(src|srcset|data|action|poster|background|ping|on\w+)$/);
      if (name === 'href') expect(value).toMatch(element.tagName === 'a' ? /^(#|https?:)/ : /^#/);
      if (name === 'style') expect(value).not.toMatch(/url\(/);
    }
    if (element.tagName === 'style') expect(textOf(element)).not.toMatch(/@import|url\(|https?:/);
    if (element.tagName === 'script') expect(attribute(element, 'type')).toBe('application/json');
    expect(element.tagName).not.toMatch(/^(link|iframe|object|embed|img|video|audio|base|form)$/);
  }
}

describe('a report', () => {
  const html = renderReport(fullReport('plain'));
  const page = parsePage(html);

  test('is HTML that a browser need not repair', () => {
    expect(page.errors).toEqual([]);
    expect(html.startsWith('<!doctype html>')).toBe(true);
  });

  test('asks nothing of anybody: no script, no request', () => {
    expectSelfContained(page);
  });

  test('has identifiers that occur once, and every reference finds its target', () => {
    const ids = page.elements.flatMap((element) => attribute(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = page.elements.flatMap((element) =>
      element.attrs.flatMap(({ name, value }) => {
        if (name === 'href' && value.startsWith('#')) return [value.slice(1)];
        if (name === 'aria-labelledby') return [value];
        const url = /url\(#([^)]+)\)/.exec(value);
        return url === null ? [] : [url[1]];
      }),
    );
    expect(targets.length).toBeGreaterThan(4);
    expect(ids).toEqual(expect.arrayContaining(targets));
  });

  test('follows the scheme of the reader, prints, and fits small screens', () => {
    expect(html).toContain('prefers-color-scheme:dark');
    expect(html).toContain('@media print');
    expect(html).toContain('name="viewport"');
    expect(html).toContain('lang="en"');
  });

  test('numbers figures and tables, and lists its sections', () => {
    const text = page.elements.map(textOf).join(' ');
    for (const part of ['Figure 1.', 'Figure 2.', 'Table 1.', 'Table 2.']) {
      expect(text).toContain(part);
    }
    const contents = page.elements.find((element) => element.tagName === 'nav');
    expect(contents && textOf(contents)).toContain('plain');
  });

  test('is the same text each time', () => {
    expect(renderReport(fullReport('plain'))).toBe(html);
  });
});

test('no text changes the structure of the page', () => {
  const expected = outline(parsePage(renderReport(fullReport('plain'))));
  const nasty = fc.constantFrom(
    '</script><script>alert(1)</script>',
    '<!--',
    ']]>',
    '"><img src=x onerror=alert(1)>',
    "' onload='x",
    '&lt;',
    '\u0000',
    '\u2028',
    '</style>',
    '\uD800',
  );
  // Signs that mean something in texts are left out: they have a test of their own.
  const anything = fc.string({ unit: 'binary' }).map((text) => text.replace(/[`*[\]\n]/g, ''));
  const text = fc.tuple(anything, nasty, anything).map((parts) => `x${parts.join('')}`);
  fc.assert(
    fc.property(text, (value) => {
      const page = parsePage(renderReport(fullReport(value)));
      expect(page.errors).toEqual([]);
      expect(outline(page)).toBe(expected);
      expectSelfContained(page);
    }),
    { numRuns: 25 },
  );
});

test('texts know code, strong words and links, and no other address', () => {
  const html = renderReport({
    title: 'Texts',
    sections: [
      {
        title: 'One',
        text: 'Run `mlffd <file>` **now**, see [the docs](https://example.org/a?b=1&c=2).\n\nSecond [bad](javascript:alert(1)) paragraph.',
      },
    ],
  });
  expect(html).toContain('<code>mlffd &lt;file&gt;</code>');
  expect(html).toContain('<strong>now</strong>');
  expect(html).toContain('<a href="https://example.org/a?b=1&amp;c=2" rel="noopener">the docs</a>');
  expect(html).toContain('<p>Second [bad](javascript:alert(1)) paragraph.</p>');
  const page = parsePage(html);
  expect(page.errors).toEqual([]);
  expectSelfContained(page);
  expect(html).not.toContain('<nav');
});

describe('the JSON block', () => {
  function dataOf(data: unknown): unknown {
    const page = parsePage(renderReport({ title: 'Data', sections: [], data }));
    const block = page.elements.find((element) => attribute(element, 'id') === DATA_ELEMENT_ID);
    expect(block).toBeDefined();
    return JSON.parse(textOf(block!));
  }

  test('gives back what was put in', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (data) => {
        expect(dataOf(data)).toEqual(JSON.parse(JSON.stringify(data)));
      }),
      { numRuns: 30 },
    );
  });

  test('holds typed arrays, maps, sets and big integers', () => {
    const data = {
      forces: new Float64Array([1, -2.5, NaN]),
      ids: new BigInt64Array([1n]),
      map: new Map([['a', 1]]),
      set: new Set([1, 2]),
      big: 12345678901234567890n,
    };
    expect(dataOf(data)).toEqual({
      forces: [1, -2.5, null],
      ids: ['1'],
      map: { a: 1 },
      set: [1, 2],
      big: '12345678901234567890',
    });
  });

  test('cannot be left from inside', () => {
    const text = '</script><!-- <script> &amp; \u2028';
    expect(dataOf({ text })).toEqual({ text });
  });
});

describe('refused', () => {
  function withFigure(figure: string): () => string {
    return () =>
      renderReport({
        title: 'Figure',
        sections: [{ title: 'One', figures: [{ svg: figure, caption: 'f' }] }],
      });
  }

  test.each([
    ['a promise that was not awaited', '[object Promise]'],
    ['a script', '<svg><script>alert(1)</script></svg>'],
    ['an event handler', '<svg><g onload="alert(1)"/></svg>'],
    ['an image from elsewhere', '<svg><image href="https://example.org/x.png"/></svg>'],
    ['a link', '<svg><a href="https://example.org"/></svg>'],
    ['HTML inside', '<svg><foreignObject/></svg>'],
    ['a use from elsewhere', '<svg><use href="other.svg#a"/></svg>'],
    ['a style from elsewhere', '<svg><style>@import "x.css"</style></svg>'],
    ['a paint from elsewhere', '<svg><path fill="url(https://example.org/#a)"/></svg>'],
  ])('%s', (_what, figure) => {
    expect(withFigure(figure)).toThrow(ReportDataError);
  });

  test('a row that does not fit its table, by name', () => {
    const table = { caption: 'Errors', columns: [{ label: 'a' }], rows: [[1], [1, 2]] };
    const render = (): string =>
      renderReport({ title: 'Table', sections: [{ title: 'One', tables: [table] }] });
    expect(render).toThrow('Row 2 of the table "Errors"');
  });
});

test('an SVG file of another program is taken, without its XML declaration', () => {
  const html = renderReport({
    title: 'Foreign',
    sections: [
      {
        title: 'One',
        figures: [
          {
            svg: '<?xml version="1.0"?>\n<svg viewBox="0 0 1 1"><path id="a" d="M0 0"/><use href="#a"/></svg>\n',
            caption: 'f',
            alt: 'a dot',
          },
        ],
      },
    ],
  });
  expect(html).toContain('<svg aria-label="a dot" viewBox="0 0 1 1">');
  expect(html).toContain('<path id="f1-a" d="M0 0"/><use href="#f1-a"/>');
  expect(parsePage(html).errors).toEqual([]);
});
