// What an atom has around it, as text.

/**
 * The surroundings of the atoms of a molecule of openchemlib: a set with the neighbours, and one
 * with the neighbours' neighbours too.
 */
export function surroundings(molecule) {
  molecule.ensureHelperArrays(7);
  const count = molecule.getAtoms();
  const near = Array.from({ length: count }, (_, atom) => describe(molecule, atom));
  const far = near.map((text, atom) => {
    const around = neighbours(molecule, atom).map((other) => near[other]);
    return `${text}{${around.sort().join(';')}}`;
  });
  return [new Set(near), new Set(far)];
}

const neighbours = (molecule, atom) =>
  Array.from({ length: molecule.getConnAtoms(atom) }, (_, k) => molecule.getConnAtom(atom, k));

function describe(molecule, atom) {
  const around = neighbours(molecule, atom).map((other, k) => {
    const bond = molecule.getConnBond(atom, k);
    const order = molecule.isAromaticBond(bond) ? ':' : '.-=#'[molecule.getBondOrder(bond)];
    return order + labelOf(molecule, other);
  });
  const ring = molecule.getAtomRingSize(atom);
  const strained = ring === 3 || ring === 4 ? `r${ring}` : '';
  const hydrogens = molecule.getAllHydrogens(atom);
  return `${labelOf(molecule, atom)}H${hydrogens}${strained}(${around.sort().join('')})`;
}

function labelOf(molecule, atom) {
  const charge = molecule.getAtomCharge(atom);
  return molecule.getAtomLabel(atom) + (charge > 0 ? '+' : charge < 0 ? '-' : '');
}
