// Figures of training: speed and accuracy against schnetpack, three sizes on organic molecules, exactness.
import { digits, table } from './table.mjs';
import { exactness } from './training/exactness.mjs';
import { jaxJs } from './training/jaxJs.mjs';
import { organic } from './training/organic.mjs';
import { schnetpackPair } from './training/schnetpackPair.mjs';
import { speed } from './training/speed.mjs';

export const peers = ['reference', 'schnetpack'];

export async function run(means) {
  const quick = await speed(means);
  const pair = await schnetpackPair(means);
  const sizes = await organic(means);
  const exact = await exactness(means);
  const jax = await jaxJs(means);
  const figures = Object.assign(
    {},
    ...[quick, pair, sizes, exact, jax].map((part) => part.figures),
  );
  return { figures: rounded(figures), text: textOf({ quick, pair, sizes, exact, jax }) };
}

const rounded = (figures) =>
  Object.fromEntries(
    Object.entries(figures).map(([key, value]) => [
      key,
      typeof value === 'number' ? Number(value.toPrecision(5)) : value,
    ]),
  );
