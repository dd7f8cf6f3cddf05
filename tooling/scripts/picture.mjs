// npm run picture: the top of the demo's report as docs/demo.png. Needs `npm run demo` before, and Chromium.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './workspace.mjs';

const report = join(root, 'runs', 'demo', 'report.html');
if (!existsSync(report)) {
  console.error('There is no runs/demo/report.html yet. Run `npm run demo` first.');
  process.exit(1);
}
for (const browser of ['chromium', 'chromium-browser', 'google-chrome']) {
  const { code, output } = await run(
    browser,
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--window-size=1280,1535',
      `--screenshot=${join(root, 'docs', 'demo.png')}`,
      pathToFileURL(report).href,
    ],
    { quiet: true },
  );
  if (code === 0) process.exit(0);
  if (code !== 127) console.error(output);
}
console.error('No Chromium was found. Install it, for instance with `apt-get install chromium`.');
process.exit(1);
