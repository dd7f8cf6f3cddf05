"""Reference answers of the original CHGNet for the tests of @mlffd/teachers.

usage: fixture.py packages/teachers/test/fixtures/chgnet.json

Every structure carries two answers of the original code: in its own float32, and with model and
structure in float64, which shows how much of a difference is the rounding of the former.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import chgnet.graph.converter
import chgnet.model.model
import numpy as np
import torch
from ase import Atoms
from ase.build import bulk, fcc111, molecule
from ase.spacegroup import crystal
from reference import load_chgnet, predict

BOX = 24.0
"""Edge of the box that stands for open directions, Angstrom: wider than molecule and cutoff together."""


def rattled(atoms: Atoms, width: float, seed: int) -> Atoms:
    atoms.rattle(width, seed=seed)
    return atoms


def structures() -> dict[str, Atoms]:
    rocksalt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    triclinic = crystal("TiO", [(0, 0, 0), (0.3053, 0.3053, 0)], spacegroup=136, cellpar=[4.59, 4.59, 2.96, 90, 90, 90])
    triclinic.set_cell([[4.7, 0.2, -0.1], [0.9, 4.4, 0.3], [-0.6, 0.5, 3.1]], scale_atoms=True)
    perovskite = Atoms(
        "LaSrMnCoO6",
        scaled_positions=[
            (0, 0, 0), (0.5, 0, 0), (0.25, 0.5, 0.5), (0.75, 0.5, 0.5),
            (0, 0.5, 0.5), (0.5, 0.5, 0.5), (0.25, 0, 0.5), (0.75, 0, 0.5), (0.25, 0.5, 0), (0.75, 0.5, 0),
        ],
        cell=[7.7, 3.88, 3.85],
        pbc=True,
    )
    oxide = bulk("MgO", "rocksalt", a=4.21, cubic=True)
    oxide.set_cell(oxide.cell.array @ (np.eye(3) + [[0.03, 0.02, 0], [0, -0.02, 0.01], [0.015, 0, 0.01]]), scale_atoms=True)
    left = bulk("NaCl", "rocksalt", a=5.5)
    left.set_cell(left.cell.array[[1, 0, 2]])
    slab = fcc111("Al", (2, 2, 3), a=4.05, vacuum=8.0)
    slab.pbc = (True, True, False)
    ethanol = molecule("CH3CH2OH")
    ethanol.set_cell([14, 13, 12])
    ethanol.center()
    ethanol.pbc = True
    nitride = Atoms("BN", scaled_positions=[(0, 0, 0.25), (1 / 3, 2 / 3, 0.25)], cell=[2.504, 2.504, 6.66, 90, 90, 120], pbc=True)
    lone = Atoms("HFNe", positions=[(1, 1, 1), (1.95, 1, 1.1), (11, 11, 11)], cell=[20, 20, 20], pbc=True)
    return {
        "rattled NaCl": rattled(rocksalt, 0.1, 1),
        "triclinic TiO2": rattled(triclinic, 0.05, 2),
        "one atom, fcc Cu": bulk("Cu", a=3.55),
        "one atom, bcc Fe": bulk("Fe", a=2.83),
        "slab of Al in vacuum": rattled(slab, 0.08, 3),
        "ethanol in a box": rattled(ethanol, 0.03, 4),
        "five elements": rattled(perovskite, 0.06, 5),
        "pair beyond the bond cutoff": Atoms("NaCl", positions=[(2, 2, 2), (5.5, 3.1, 3.4)], cell=[18, 18, 18], pbc=True),
        "strained MgO": rattled(oxide, 0.04, 6),
        "left-handed NaCl": rattled(left, 0.07, 7),
        "flat cell of BN": rattled(nitride, 0.03, 8),
        "lone atom beside a molecule": lone,
        "open water": rattled(molecule("H2O"), 0.02, 9),
    }


def boxed(atoms: Atoms) -> Atoms:
    """chgnet wants a cell in every direction."""
    if atoms.cell.rank == 3:
        return atoms
    copy = atoms.copy()
    copy.set_cell([BOX, BOX, BOX])
    copy.center()
    copy.pbc = True
    return copy


def answer(model, atoms: Atoms) -> dict:  # noqa: ANN001
    out = predict(model, boxed(atoms))
    s = out["stress"]
    result = {
        "energy": out["energy"],
        "energies": out["energies"].tolist(),
        "forces": out["forces"].ravel().tolist(),
    }
    if atoms.cell.rank == 3:
        symmetric = (s + s.T) / 2
        result["stress"] = [float(symmetric[k]) for k in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]
    return result


def to_float64(model) -> None:  # noqa: ANN001
    for module in (chgnet.graph.converter, chgnet.model.model):
        module.TORCH_DTYPE = torch.float64
    torch.set_default_dtype(torch.float64)
    model.double()
    assemble = model.composition_model._assemble_graphs
    model.composition_model._assemble_graphs = lambda graphs: assemble(graphs).double()


def main(target: Path) -> None:
    torch.set_num_threads(1)
    model = load_chgnet()
    model.graph_converter.set_isolated_atom_response("ignore")
    cases = [
        {
            "name": name,
            "numbers": atoms.numbers.tolist(),
            "positions": atoms.positions.ravel().tolist(),
            "cell": atoms.cell.array.ravel().tolist(),
            "pbc": atoms.pbc.tolist(),
            "float32": answer(model, atoms),
        }
        for name, atoms in structures().items()
    ]
    to_float64(model)
    for case, atoms in zip(cases, structures().values(), strict=True):
        case["float64"] = answer(model, atoms)
        worst = np.abs(np.subtract(case["float32"]["forces"], case["float64"]["forces"])).max()
        print(f"{case['name']}: float32 forces differ by {worst:.1e} eV/A")
    target.write_text(json.dumps({"script": "tooling/python/chgnet/fixture.py", "chgnet": "0.4.2", "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
