import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Atoms, readExtxyzFile, readTextFile } from '@mlffd/core';
import type { KeyFrame, ValidationResults } from '@mlffd/md';
import { escapeHtml, jsonForHtml } from '@mlffd/report';

/** Where `view/build.mjs` of this package puts the script. */
const SCRIPT = fileURLToPath(new URL('../../../../dist/frameViewer.js', import.meta.url));
/** More frames would make the page heavy. */
const MOST_FRAMES = 60;
/** Atoms of all frames together. */
const MOST_ATOMS = 60_000;

/** A frame of a report, with the words that it is chosen by. */
export interface ShownFrame {
  readonly label: string;
  readonly file: string;
  readonly atoms: Atoms;
}

/** What stands where the browser shows no 3D; also the place of the viewer in the page. */
export const VIEWER_FALLBACK =
  'Here is an interactive view of the frames below, for browsers with JavaScript and WebGL. The files are extended XYZ: any viewer of structures opens them.';

/** Frames worth a look: start, ends, worst errors, failures; each file once, fatal ones first. */
export function framesOf(results: ValidationResults, folder: string): ShownFrame[] {
  const seen = new Set<string>();
  const order: readonly KeyFrame['role'][] = [
    'start',
    'failure',
    'worst-force',
    'student-end',
    'teacher-end',
  ];
  const all = results.checks
    .flatMap(({ student, system, result }) =>
      (result.frames ?? []).map((frame) => ({ student, system, frame })),
    )
    .sort((a, b) => order.indexOf(a.frame.role) - order.indexOf(b.frame.role));
  const shown: ShownFrame[] = [];
  let atoms = 0;
  for (const { student, system, frame } of all) {
    const path = join(folder, frame.file);
    if (seen.has(frame.file) || !existsSync(path) || shown.length === MOST_FRAMES) continue;
    seen.add(frame.file);
    const [first] = readExtxyzFile(path);
    atoms += first.atoms.numbers.length;
    if (atoms > MOST_ATOMS) break;
    const own = frame.role === 'start' || frame.role === 'teacher-end';
    const of = [own ? undefined : student, system ?? undefined].filter(
      (part) => part !== undefined,
    );
    const label = [...of, frame.label].join(' · ');
    shown.push({ label, file: frame.file, atoms: first.atoms });
  }
  return shown;
}

/**
 * Puts the viewer into a rendered report, where {@link VIEWER_FALLBACK} stands. The page stays one file
 * that asks nobody; without the script it is left as it is.
 */
export function withViewer(html: string, frames: readonly ShownFrame[]): string {
  const place = `<p>${escapeHtml(VIEWER_FALLBACK)}</p>`;
  if (frames.length === 0 || !html.includes(place) || !existsSync(SCRIPT)) return html;
  const options = frames.map(({ label }) => `<option>${escapeHtml(label)}</option>`).join('');
  const viewer = `<p id="frame-fallback">${escapeHtml(VIEWER_FALLBACK)}</p>
<div id="frame-viewer" hidden>
<div class="bar"><button type="button" class="before" aria-label="Frame before">‹</button><select aria-label="Frame">${options}</select><button type="button" class="next" aria-label="Next frame">›</button></div>
<div class="stage" role="img" aria-label="The chosen frame in three dimensions"></div>
</div>`;
  const data = jsonForHtml(
    frames.map(({ label, atoms: { numbers, positions, cell, pbc } }) => ({
      label,
      numbers: [...numbers],
      positions: Array.from(positions, (x) => Number(x.toFixed(4))),
      cell: [...cell],
      pbc,
    })),
  );
  // Functions, as texts with $ would be patterns.
  return html
    .replace('</style>', () => `${STYLE}</style>`)
    .replace(place, () => viewer)
    .replace(
      /<\/body>\s*<\/html>\s*$/,
      () =>
        `<script type="application/json" id="frame-data">${data}</script>\n<script>${scriptText()}</script>\n</body>\n</html>\n`,
    );
}

function scriptText(): string {
  return readTextFile(SCRIPT).replaceAll(/<(?=\/script|!--)/gi, '\\x3c');
}

const STYLE = `
#frame-viewer{--stage:var(--soft);margin:1.2rem 0}
#frame-viewer .bar{display:flex;gap:.5rem;margin:0 0 .6rem}
#frame-viewer select{flex:1;min-width:0;font:inherit;font-size:.95rem;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.4rem .5rem}
#frame-viewer button{font:inherit;font-size:1.2rem;line-height:1;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.35rem .8rem;cursor:pointer}
#frame-viewer .stage{position:relative;height:min(26rem,70vw);border:1px solid var(--line);border-radius:12px;overflow:hidden;background:var(--stage)}
@media print{#frame-viewer{display:none}}
`;
