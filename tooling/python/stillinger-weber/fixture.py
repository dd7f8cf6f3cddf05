"""Reference answers of LAMMPS' pair_style sw for the tests of @mlffd/teachers (22 Jul 2025).

usage: LD_LIBRARY_PATH=ENVIRONMENT/lib fixture.py packages/teachers/test/fixtures/stillinger-weber.json

Cells are lower triangular, as LAMMPS has them; open axes get a box around the atoms.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import bulk, diamond100
from ase.data import atomic_masses, atomic_numbers
from lammps import lammps

# nktv2p of units metal: bar per eV/Angstrom^3.
BAR = 1.6021765e6
NAMES = ("epsilon", "sigma", "a", "lambda", "gamma", "cosTheta0", "A", "B", "p", "q")
SILICON = (2.1683, 2.0951, 1.80, 21.0, 1.20, -1 / 3, 7.049556277, 0.6022245584, 4.0, 0.0)


def entry(elements: str, *values: float) -> dict:
    return {"elements": elements.split(), **dict(zip(NAMES, values, strict=True))}


ONE = [entry("Si Si Si", *SILICON)]
# Made up, to tell every parameter of every triple apart.
TWO = [
    entry("Si Si Si", *SILICON),
    entry("Ge Ge Ge", 1.93, 2.181, 1.80, 31.0, 1.20, -1 / 3, 7.049556277, 0.6022245584, 4.0, 0.0),
    entry("Si Ge Ge", 2.04, 2.14, 1.75, 25.0, 1.15, -0.30, 7.1, 0.61, 4.0, 0.5),
    entry("Ge Si Si", 2.04, 2.14, 1.75, 22.0, 1.25, -0.35, 7.1, 0.61, 4.0, 0.5),
    entry("Si Si Ge", 2.10, 1.0, 0.0, 23.5, 0.0, -0.28, 0.0, 0.0, 0.0, 0.0),
    entry("Si Ge Si", 2.10, 1.0, 0.0, 23.5, 0.0, -0.28, 0.0, 0.0, 0.0, 0.0),
    entry("Ge Ge Si", 1.95, 1.0, 0.0, 28.5, 0.0, -0.40, 0.0, 0.0, 0.0, 0.0),
    entry("Ge Si Ge", 1.95, 1.0, 0.0, 28.5, 0.0, -0.40, 0.0, 0.0, 0.0, 0.0),
]


def cases() -> list[tuple[str, Atoms, list[dict]]]:
    perfect = bulk("Si", a=5.431, cubic=True)
    rattled = perfect.copy()
    rattled.rattle(0.15, seed=1)
    strained = bulk("Si", a=5.431, cubic=True)
    strained.set_cell([[5.5, 0, 0], [0.4, 5.3, 0], [-0.3, 0.5, 5.6]], scale_atoms=True)
    strained.rattle(0.1, seed=2)
    slab = diamond100("Si", (2, 2, 4), a=5.431, vacuum=6.0)
    slab.pbc = (True, True, False)
    slab.rattle(0.1, seed=3)
    cluster = Atoms("Si5", positions=[(0, 0, 0), (2.3, 0.1, 0), (-0.7, 2.2, 0.2), (-0.8, -1.1, 1.9), (1.0, 1.3, 2.4)])
    liquid = bulk("Si", a=5.0, cubic=True)
    liquid.rattle(0.5, seed=4)
    alloy = perfect.copy()
    alloy.symbols[::2] = "Ge"
    alloy.rattle(0.15, seed=5)
    mixed = strained.copy()
    mixed.symbols[[0, 3, 4]] = "Ge"
    molecule = cluster.copy()
    molecule.symbols[[1, 3]] = "Ge"
    return [
        ("diamond", perfect, ONE),
        ("rattled diamond", rattled, ONE),
        ("triclinic", strained, ONE),
        ("slab", slab, ONE),
        ("cluster", cluster, ONE),
        ("dense and disordered", liquid, ONE),
        ("rattled alloy", alloy, TWO),
        ("triclinic alloy", mixed, TWO),
        ("cluster of two elements", molecule, TWO),
    ]


def answers(atoms: Atoms, entries: list[dict]) -> dict:
    symbols = list(dict.fromkeys(item["elements"][0] for item in entries))
    cell = atoms.cell.array.copy()
    positions = atoms.positions.copy()
    for k in range(3):
        if not cell[k].any():
            positions[:, k] -= positions[:, k].min() - 10
            cell[k, k] = np.ptp(positions[:, k]) + 20
    run = lammps(cmdargs=["-screen", "none", "-log", "none"])
    run.command("units metal")
    run.command("atom_style atomic")
    run.command("atom_modify map array")
    run.command("boundary " + " ".join("p" if flag else "f" for flag in atoms.pbc))
    run.command("box tilt large")
    (ax, _, _), (bx, by, _), (cx, cy, cz) = cell.tolist()
    run.command(f"region box prism 0 {ax!r} 0 {by!r} 0 {cz!r} {bx!r} {cx!r} {cy!r} units box")
    run.command(f"create_box {len(symbols)} box")
    for k, symbol in enumerate(symbols):
        run.command(f"mass {k + 1} {atomic_masses[atomic_numbers[symbol]]}")
    types = [symbols.index(symbol) + 1 for symbol in atoms.get_chemical_symbols()]
    scaled = np.linalg.solve(cell.T, positions.T).T
    scaled = np.where(atoms.pbc, scaled % 1, scaled)
    run.create_atoms(len(atoms), list(range(1, len(atoms) + 1)), types, (scaled @ cell).ravel().tolist())
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "potential.sw"
        lines = [" ".join([*item["elements"], *(repr(item[name]) for name in NAMES), "0.0"]) for item in entries]
        file.write_text("\n".join(lines) + "\n")
        run.command("pair_style sw")
        run.command(f"pair_coeff * * {file} {' '.join(symbols)}")
    run.command("compute energies all pe/atom")
    run.command("compute total all reduce sum c_energies")
    run.command("compute stress all pressure NULL virial")
    run.command("thermo_style custom step pe c_total c_stress[*]")
    run.command("run 0")
    # Images follow after the atoms.
    order = np.argsort(run.numpy.extract_atom("id")[: len(atoms)])
    forces = run.numpy.extract_atom("f")[order]
    energies = run.numpy.extract_compute("energies", 1, 1)[order]
    xx, yy, zz, xy, xz, yz = run.numpy.extract_compute("stress", 0, 1)
    out = {
        "energy": float(run.get_thermo("pe")),
        "energies": energies.tolist(),
        "forces": forces.ravel().tolist(),
    }
    if atoms.pbc.all():
        out["stress"] = [-value / BAR for value in (xx, yy, zz, yz, xz, xy)]
    run.close()
    return out


def main(target: Path) -> None:
    out = [
        {
            "name": name,
            "entries": entries,
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            "cell": atoms.cell.array.ravel().tolist(),
            "pbc": atoms.pbc.tolist(),
            **answers(atoms, entries),
        }
        for name, atoms, entries in cases()
    ]
    script = "tooling/python/stillinger-weber/fixture.py"
    target.write_text(json.dumps({"script": script, "cases": out}, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
