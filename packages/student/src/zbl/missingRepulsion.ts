/** What the metadata of a graph say of the repulsion that is added outside of it. */
export function missingRepulsion(reach: number, derivative: 'stress' | 'virial'): string {
  const end = reach === 1 ? '' : `${reach} of `;
  return `not in this graph: add the ZBL repulsion of nuclei, which ends at ${end}the sum of the covalent radii, to energy, forces and ${derivative}`;
}
