// Runs inside a report: shows the frames that lie beside it in the page. Nothing is fetched.
import { type Atoms, createAtoms, type Pbc } from '@mlffd/core';
import { Scene } from './scene.ts';

/** A frame as the report embeds it. */
interface EmbeddedFrame {
  readonly label: string;
  readonly numbers: readonly number[];
  /** Angstrom. */
  readonly positions: readonly number[];
  readonly cell: readonly number[];
  readonly pbc: Pbc;
}

/** Lets the reader choose a frame, and shows it. */
function startViewer(root: HTMLElement, frames: readonly EmbeddedFrame[]): void {
  const select = part(root, 'select') as HTMLSelectElement;
  const scene = new Scene(part(root, '.stage'));
  const show = (): void => {
    scene.show(atomsOf(frames[select.selectedIndex]));
  };
  const step = (by: number) => (): void => {
    select.selectedIndex = (select.selectedIndex + by + frames.length) % frames.length;
    show();
  };
  select.addEventListener('change', show);
  part(root, '.before').addEventListener('click', step(-1));
  part(root, '.next').addEventListener('click', step(1));
  show();
}

function atomsOf({ numbers, positions, cell, pbc }: EmbeddedFrame): Atoms {
  return createAtoms({ numbers: [...numbers], positions: [...positions], cell: [...cell], pbc });
}

function part(root: ParentNode, selector: string): HTMLElement {
  const found = root.querySelector(selector);
  if (found instanceof HTMLElement) return found;
  throw new Error(`the page has no ${selector}`);
}

const root = part(document, '#frame-viewer');
const fallback = part(document, '#frame-fallback');
try {
  // First, as what is hidden has no size to draw in.
  root.hidden = false;
  startViewer(root, JSON.parse(part(document, '#frame-data').textContent) as EmbeddedFrame[]);
  fallback.hidden = true;
} catch {
  // Without 3D in this browser the line of text stays.
  root.hidden = true;
}
