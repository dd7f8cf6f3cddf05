import { type Atoms, COVALENT_RADII, symbolOf } from '@mlffd/core';
import { type AtomSpec, createViewer, type GLModel, type GLViewer } from '3dmol';

/** Two atoms are drawn bonded where they are nearer than this many times the sum of their radii. */
const BOND_RANGE = 1.2;
/** Width of what is shown of the smallest molecules, Angstrom. */
const SMALLEST_VIEW = 3.5;
/** Above this number of atoms bonds are not looked for anew in every frame. */
const MOST_LIVE_BONDS = 400;
const STYLE = { stick: { radius: 0.12 }, sphere: { scale: 0.27 } };
/** Corners of a cell that each edge joins, as bits x, y, z. */
const CELL_EDGES = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((from) =>
  [1, 2, 4].filter((bit) => (from & bit) === 0).map((bit): [number, number] => [from, from | bit]),
);

/** The structure in 3D. */
export class Scene {
  readonly #viewer: GLViewer;
  #model: GLModel | undefined;
  #atoms: Atoms | undefined;
  #drawn: AtomSpec[] = [];

  constructor(element: HTMLElement) {
    this.#viewer = createViewer(element, {
      antialias: true,
      upscale: false,
      minimumZoomToDistance: SMALLEST_VIEW,
    });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const paint = (): void => {
      const color = getComputedStyle(element).getPropertyValue('--stage').trim();
      this.#viewer.setBackgroundColor(color, 1);
      this.#viewer.render();
    };
    paint();
    dark.addEventListener('change', paint);
    new ResizeObserver(() => {
      this.#viewer.resize();
    }).observe(element);
  }

  /** Shows another structure and points the camera at it. */
  show(atoms: Atoms): void {
    const viewer = this.#viewer;
    viewer.removeAllModels();
    viewer.removeAllShapes();
    this.#atoms = atoms;
    this.#drawn = Array.from(atoms.numbers, (z, index) => ({
      elem: symbolOf(z),
      index,
      serial: index,
    }));
    this.#place(atoms.positions);
    this.#bond();
    this.#model = viewer.addModel();
    this.#model.addAtoms(this.#drawn);
    this.#drawn = this.#model.selectedAtoms({});
    this.#model.setStyle({}, STYLE);
    if (atoms.pbc.some(Boolean)) this.#drawCell(atoms);
    viewer.zoomTo();
    viewer.zoom(0.9);
    viewer.render();
  }

  /** Moves the atoms. */
  move(positions: Float64Array): void {
    if (this.#model === undefined) return;
    this.#place(positions);
    if (this.#drawn.length <= MOST_LIVE_BONDS) this.#bond();
    this.#model.setStyle({}, STYLE);
    this.#viewer.render();
  }

  /** A molecule is kept in the middle; what is periodic stays in its cell's frame. */
  #place(positions: Float64Array): void {
    const shift = this.#atoms?.pbc.some(Boolean) === true ? [0, 0, 0] : centre(positions);
    this.#drawn.forEach((atom, k) => {
      atom.x = positions[3 * k] - shift[0];
      atom.y = positions[3 * k + 1] - shift[1];
      atom.z = positions[3 * k + 2] - shift[2];
    });
  }

  #bond(): void {
    const drawn = this.#drawn;
    const radii = Array.from(this.#atoms?.numbers ?? [], (z) => BOND_RANGE * COVALENT_RADII[z]);
    for (const atom of drawn) {
      atom.bonds = [];
      atom.bondOrder = [];
    }
    for (let i = 0; i < drawn.length; i++) {
      const a = drawn[i];
      for (let j = i + 1; j < drawn.length; j++) {
        const b = drawn[j];
        const [x, y, z] = [difference(a.x, b.x), difference(a.y, b.y), difference(a.z, b.z)];
        if (x * x + y * y + z * z > (radii[i] + radii[j]) ** 2) continue;
        a.bonds?.push(j);
        a.bondOrder?.push(1);
        b.bonds?.push(i);
        b.bondOrder?.push(1);
      }
    }
  }

  #drawCell({ cell }: Atoms): void {
    const corner = (bits: number): { x: number; y: number; z: number } => {
      const at = (axis: number): number =>
        [0, 1, 2].reduce((sum, k) => sum + ((bits >> k) & 1) * cell[3 * k + axis], 0);
      return { x: at(0), y: at(1), z: at(2) };
    };
    for (const [from, to] of CELL_EDGES) {
      this.#viewer.addLine({ start: corner(from), end: corner(to), color: '#8894a3' });
    }
  }
}

function centre(positions: Float64Array): readonly number[] {
  const sum = [0, 0, 0];
  positions.forEach((value, k) => (sum[k % 3] += value));
  return sum.map((value) => (3 * value) / positions.length);
}

function difference(a = 0, b = 0): number {
  return b - a;
}
