import { createAtoms, Rng } from '@mlffd/core';

// PubChem CID 2244, conformer 1.
const ASPIRIN = [
  [8, 1.2333, 0.554, 0.7792],
  [8, -0.6952, -2.7148, -0.7502],
  [8, 0.7958, -2.1843, 0.8685],
  [8, 1.7813, 0.8105, -1.4821],
  [6, -0.0857, 0.6088, 0.4403],
  [6, -0.7927, -0.5515, 0.1244],
  [6, -0.7288, 1.8464, 0.4133],
  [6, -2.1426, -0.4741, -0.2184],
  [6, -2.0787, 1.9238, 0.0706],
  [6, -2.7855, 0.7636, -0.2453],
  [6, -0.1409, -1.8536, 0.1477],
  [6, 2.1094, 0.6715, -0.3113],
  [6, 3.5305, 0.5996, 0.1635],
  [1, -0.1851, 2.7545, 0.6593],
  [1, -2.7247, -1.3605, -0.4564],
  [1, -2.5797, 2.8872, 0.0506],
  [1, -3.8374, 0.8238, -0.509],
  [1, 3.729, 1.4184, 0.8593],
  [1, 4.2045, 0.6969, -0.6924],
  [1, 3.7105, -0.3659, 0.6426],
  [1, -0.2555, -3.5916, -0.7337],
];

const fromRows = (rows) =>
  createAtoms({ numbers: rows.map((row) => row[0]), positions: rows.map((row) => row.slice(1)) });

const water = () =>
  fromRows([
    [8, 0, 0, 0.1173],
    [1, 0, 0.7572, -0.4692],
    [1, 0, -0.7572, -0.4692],
  ]);

export const aspirin = () => fromRows(ASPIRIN);

// Ammonia: N-H 1.012 Angstrom, H-N-H 106.7 degrees.
const AMMONIA = [0, 1, 2].map((k) => {
  const angle = (2 * Math.PI * k) / 3;
  return [0.9377 * Math.cos(angle), 0.9377 * Math.sin(angle), -0.3816];
});

/** A rotation matrix, uniform in orientation, from a random unit quaternion. */
function randomRotation(rng) {
  const raw = [rng.normal(), rng.normal(), rng.normal(), rng.normal()];
  const [w, x, y, z] = raw.map((value) => value / Math.hypot(...raw));
  return [
    [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
    [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
    [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
  ];
}

/**
 * Periodic box of ammonia at the liquid's density (0.682 g/cm3): molecules of random orientation
 * near the points of a grid, 4 atoms each.
 */
function ammonia(molecules, seed = 1) {
  const rng = new Rng(seed, 'ammonia');
  const edge = Math.cbrt(molecules / 0.02412);
  const side = Math.ceil(Math.cbrt(molecules));
  const step = edge / side;
  const rows = [];
  for (let k = 0; k < molecules; k++) {
    const site = [k % side, Math.floor(k / side) % side, Math.floor(k / side / side)];
    const centre = site.map((index) => step * index + 0.15 * (2 * rng.uniform() - 1));
    const turn = randomRotation(rng);
    rows.push([7, ...centre]);
    for (const arm of AMMONIA) {
      rows.push([
        1,
        ...turn.map((row, c) => centre[c] + row.reduce((s, v, d) => s + v * arm[d], 0)),
      ]);
    }
  }
  return createAtoms({
    numbers: rows.map((row) => row[0]),
    positions: rows.map((row) => row.slice(1)),
    cell: [edge, edge, edge],
    pbc: true,
  });
}

/** The four systems of the benchmark by number of atoms. */
export const SYSTEMS = [
  ['3', water],
  ['21', aspirin],
  ['100', () => ammonia(25)],
  ['500', () => ammonia(125)],
];
