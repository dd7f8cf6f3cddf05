import { Block, Network, Part } from './layout';
import { multiply } from './product';

/** Pairs whose filters are in memory at once: they stay in the fastest cache. */
export const PAIRS_AT_ONCE: usize = 16;

/** Bytes of the computed filters of a pair; whole panels. */
export function filterRow(network: Network, first: bool): usize {
  return first ? network.blocks * 32 : ((3 * network.blocks + 1) / 2) * 32;
}

/** Filters of `some` pairs from pair `k` on, and their derivatives by the distance where asked for. */
export function exactFilters(
  network: Network,
  block: Block,
  part: Part,
  k: usize,
  some: usize,
  first: bool,
  slopes: bool,
): void {
  const groups = network.radialGroups;
  const from = groups * 16;
  const to = filterRow(network, first);
  const panels = to / 32;
  const weights = block.filters;
  multiply(
    part.radial + k * from,
    from,
    16,
    groups,
    weights,
    panels,
    0,
    part.filters,
    to,
    16,
    some,
    false,
  );
  if (!slopes) return;
  const out = part.filterSlopes;
  multiply(
    part.radialSlopes + k * from,
    from,
    16,
    groups,
    weights,
    panels,
    0,
    out,
    to,
    16,
    some,
    false,
  );
}
