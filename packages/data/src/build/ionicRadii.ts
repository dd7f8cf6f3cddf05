/**
 * Effective ionic radii, Angstrom: `charge coordination:radius ...`, the most common charge first.
 *
 * R. D. Shannon, Acta Cryst. A32, 751 (1976), radii for oxygen at 1.40; high spin where there is a
 * choice. Cations of charge above 6, and positive charges of the non-metals of the anions, are left
 * out.
 */
const SHANNON: Readonly<Record<string, string>> = {
  Li: '+1 4:0.59 6:0.76 8:0.92',
  Be: '+2 3:0.16 4:0.27 6:0.45',
  N: '-3 4:1.46',
  O: '-2 2:1.35 3:1.36 4:1.38 6:1.4 8:1.42',
  F: '-1 2:1.285 3:1.3 4:1.31 6:1.33',
  Na: '+1 4:0.99 6:1.02 8:1.18 12:1.39',
  Mg: '+2 4:0.57 6:0.72 8:0.89',
  Al: '+3 4:0.39 6:0.535',
  Si: '+4 4:0.26 6:0.4',
  S: '-2 6:1.84',
  Cl: '-1 6:1.81',
  K: '+1 4:1.37 6:1.38 8:1.51 12:1.64',
  Ca: '+2 6:1 8:1.12 12:1.34',
  Sc: '+3 6:0.745 8:0.87',
  Ti: '+4 4:0.42 6:0.605 8:0.74, +2 6:0.86, +3 6:0.67',
  V: '+5 4:0.355 6:0.54, +2 6:0.79, +3 6:0.64, +4 6:0.58 8:0.72',
  Cr: '+3 6:0.615, +6 4:0.26 6:0.44, +2 6:0.8, +4 4:0.41 6:0.55, +5 4:0.345 6:0.49 8:0.57',
  Mn: '+2 4:0.66 6:0.83 8:0.96, +4 4:0.39 6:0.53, +3 6:0.645, +5 4:0.33',
  Fe: '+2 4:0.63 6:0.78 8:0.92, +3 4:0.49 6:0.645 8:0.78, +4 6:0.585',
  Co: '+2 4:0.58 6:0.745 8:0.9, +3 6:0.61, +4 4:0.4 6:0.53',
  Ni: '+2 4:0.55 6:0.69, +3 6:0.6, +4 6:0.48',
  Cu: '+2 4:0.57 6:0.73, +1 2:0.46 4:0.6 6:0.77, +3 6:0.54',
  Zn: '+2 4:0.6 6:0.74 8:0.9',
  Ga: '+3 4:0.47 6:0.62',
  Ge: '+2 6:0.73, +4 4:0.39 6:0.53',
  As: '+3 6:0.58, +5 4:0.335 6:0.46',
  Se: '-2 6:1.98',
  Br: '-1 6:1.96',
  Rb: '+1 6:1.52 8:1.61 12:1.72',
  Sr: '+2 6:1.18 8:1.26 12:1.44',
  Y: '+3 6:0.9 8:1.019',
  Zr: '+4 4:0.59 6:0.72 8:0.84',
  Nb: '+5 4:0.48 6:0.64 8:0.74, +3 6:0.72, +4 6:0.68 8:0.79',
  Mo: '+4 6:0.65, +6 4:0.41 6:0.59, +3 6:0.69, +5 4:0.46 6:0.61',
  Tc: '+4 6:0.645, +5 6:0.6',
  Ru: '+3 6:0.68, +4 6:0.62, +5 6:0.565',
  Rh: '+3 6:0.665, +4 6:0.6, +5 6:0.55',
  Pd: '+2 4:0.64 6:0.86, +4 6:0.615, +1 2:0.59, +3 6:0.76',
  Ag: '+1 2:0.67 4:1 6:1.15 8:1.28, +2 4:0.79 6:0.94, +3 4:0.67 6:0.75',
  Cd: '+2 4:0.78 6:0.95 8:1.1 12:1.31',
  In: '+3 4:0.62 6:0.8 8:0.92',
  Sn: '+4 4:0.55 6:0.69 8:0.81',
  Sb: '+3 6:0.76, +5 6:0.6',
  Te: '-2 6:2.21',
  I: '-1 6:2.2',
  Cs: '+1 6:1.67 8:1.74 12:1.88',
  Ba: '+2 6:1.35 8:1.42 12:1.61',
  La: '+3 6:1.032 8:1.16 12:1.36',
  Ce: '+3 6:1.01 8:1.143 12:1.34, +4 6:0.87 8:0.97 12:1.14',
  Pr: '+3 6:0.99 8:1.126, +4 6:0.85 8:0.96',
  Nd: '+3 6:0.983 8:1.109 12:1.27, +2 8:1.29',
  Pm: '+3 6:0.97 8:1.093',
  Sm: '+3 6:0.958 8:1.079 12:1.24, +2 8:1.27',
  Eu: '+2 6:1.17 8:1.25, +3 6:0.947 8:1.066',
  Gd: '+3 6:0.938 8:1.053',
  Tb: '+3 6:0.923 8:1.04, +4 6:0.76 8:0.88',
  Dy: '+3 6:0.912 8:1.027, +2 6:1.07 8:1.19',
  Ho: '+3 6:0.901 8:1.015',
  Er: '+3 6:0.89 8:1.004',
  Tm: '+3 6:0.88 8:0.994, +2 6:1.03',
  Yb: '+3 6:0.868 8:0.985, +2 6:1.02 8:1.14',
  Lu: '+3 6:0.861 8:0.977',
  Hf: '+4 4:0.58 6:0.71 8:0.83',
  Ta: '+5 6:0.64 8:0.74, +3 6:0.72, +4 6:0.68',
  W: '+4 6:0.66, +6 4:0.42 6:0.6, +5 6:0.62',
  Re: '+4 6:0.63, +5 6:0.58',
  Os: '+4 6:0.63, +5 6:0.575',
  Ir: '+3 6:0.68, +4 6:0.625, +5 6:0.57',
  Pt: '+2 4:0.6 6:0.8, +4 6:0.625, +5 6:0.57',
  Au: '+3 4:0.68 6:0.85, +1 6:1.37, +5 6:0.57',
  Hg: '+1 3:0.97 6:1.19, +2 2:0.69 4:0.96 6:1.02 8:1.14',
  Tl: '+1 6:1.5 8:1.59 12:1.7, +3 4:0.75 6:0.885 8:0.98',
  Pb: '+2 6:1.19 8:1.29 12:1.49, +4 4:0.65 6:0.775 8:0.94',
  Bi: '+3 6:1.03 8:1.17, +5 6:0.76',
  Po: '+4 6:0.94 8:1.08',
  Fr: '+1 6:1.8',
  Ra: '+2 8:1.48 12:1.7',
  Ac: '+3 6:1.12',
  Th: '+4 6:0.94 8:1.05 12:1.21',
  Pa: '+5 6:0.78 8:0.91, +3 6:1.04, +4 6:0.9 8:1.01',
  U: '+6 2:0.45 4:0.52 6:0.73 8:0.86, +3 6:1.025, +4 6:0.89 8:1 12:1.17, +5 6:0.76',
  Np: '+5 6:0.75, +2 6:1.1, +3 6:1.01, +4 6:0.87 8:0.98',
  Pu: '+4 6:0.86 8:0.96, +3 6:1, +5 6:0.74',
  Am: '+3 6:0.975 8:1.09, +2 8:1.26, +4 6:0.85 8:0.95',
  Cm: '+3 6:0.97, +4 6:0.85 8:0.95',
};

const RADII: ReadonlyMap<string, ReadonlyMap<number, readonly (readonly number[])[]>> = new Map(
  Object.entries(SHANNON).map(([symbol, text]) => [symbol, readCharges(text)]),
);

function readCharges(text: string): Map<number, number[][]> {
  return new Map(
    text.split(', ').map((entry): [number, number[][]] => {
      const [charge, ...radii] = entry.split(' ');
      return [Number(charge), radii.map((pair) => pair.split(':').map(Number))];
    }),
  );
}

/** Charges that an element has in ionic crystals, e, the most common first; none is known: empty. */
export function ionicCharges(symbol: string): readonly number[] {
  return Array.from(RADII.get(symbol)?.keys() ?? []);
}

/** Exponent of the change of a radius with coordination: 1 / (n - 1) of a Born repulsion r^-n, n = 9. */
const PAULING_EXPONENT = 1 / 8;

/**
 * Radius of an ion, Angstrom, at a coordination number; from the nearest tabulated one with Pauling's
 * (coordination ratio)^(1/8) for cations where that one is missing. NaN for an ion without radius.
 */
export function ionicRadius(symbol: string, charge: number, coordination: number): number {
  const known = RADII.get(symbol)?.get(charge);
  if (known === undefined) return NaN;
  const off = ([c]: readonly number[]) => Math.abs(Math.log(c / coordination));
  const nearest = known.reduce((best, pair) => (off(pair) < off(best) ? pair : best));
  if (charge < 0) return nearest[1];
  return nearest[1] * (coordination / nearest[0]) ** PAULING_EXPONENT;
}
