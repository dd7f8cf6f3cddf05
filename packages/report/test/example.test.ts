import { expect, test } from '@jest/globals';

import { parsePage } from './dom.ts';

const script = new URL('../examples/report.mjs', import.meta.url);

test('the example makes a page that says that its numbers are synthetic', async () => {
  const { exampleReport } = (await import(script.href)) as { exampleReport: () => Promise<string> };
  const html = await exampleReport();
  const page = parsePage(html);
  expect(page.errors).toEqual([]);
  expect(page.elements.filter((element) => element.tagName === 'figure').length).toBeGreaterThan(
    10,
  );
  expect(html).toContain('Nothing on this page was measured.');
  expect(html.length).toBeLessThan(400_000);
});
