import type { StructureMeta } from '../structure.ts';

/**
 * Structures that must stay together: of one group, with a parent in common, or parent and child.
 *
 * @param bond name of something else that keeps structures together, e.g. their composition
 * @returns indices of each cluster, ascending; clusters in order of their first structure
 */
export function ancestryClusters(
  metas: readonly StructureMeta[],
  bond?: (k: number) => string,
): number[][] {
  const leaders = new Map<string, string>();
  const find = (key: string): string => {
    let leader = key;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader))
      leader = next;
    // Shorten the path for the next time.
    for (let at = key; at !== leader;) {
      const next = leaders.get(at) ?? leader;
      leaders.set(at, leader);
      at = next;
    }
    return leader;
  };
  const join = (a: string, b: string) => {
    const [x, y] = [find(a), find(b)];
    if (x !== y) leaders.set(x, y);
  };
  // Ids and groups are names of different things and may be equal.
  for (const [k, { id, group, parent }] of metas.entries()) {
    join(`id ${id}`, `group ${group}`);
    if (bond !== undefined) join(`id ${id}`, `bond ${bond(k)}`);
    if (parent !== undefined) join(`id ${id}`, `id ${parent}`);
  }
  const clusters = new Map<string, number[]>();
  for (const [k, { id }] of metas.entries()) {
    const leader = find(`id ${id}`);
    const cluster = clusters.get(leader);
    if (cluster === undefined) clusters.set(leader, [k]);
    else cluster.push(k);
  }
  return [...clusters.values()];
}
