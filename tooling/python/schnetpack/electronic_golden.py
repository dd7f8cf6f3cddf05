"""Answers of schnetpack's PaiNN with its embeddings of charge and spin, for the student's tests.

    electronic_golden.py FOLDER      FOLDER: packages/student/test/fixtures

`FOLDER/schnetpack-electronic.json` has energies and forces in float64 of models with charge, spin or
both (weights by the formula in painn_model.py). `FOLDER/exchange/electronic.safetensors` is the file
that `mlffd export --to schnetpack` must write of such a student, `electronic.json` what the model that
schnetpack_model.py builds from it answers, by itself and in schnetpack's SpkCalculator.
`electronic-trained.safetensors` is what `schnetpack_model.py extract` makes of a model with charge and
spin that only schnetpack had a hand in.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from exchange_golden import facts_of, schnetpack_model, shape, write
from golden import config, structures
from painn_model import (
    ELECTRONS,
    build,
    inputs_of,
    parameter_names,
    set_parameters,
    spk,
    to_atoms,
)
from schnetpack.interfaces import SpkCalculator
from schnetpack.transform import ASENeighborList

CASES = [
    ("charge", config(8, 2, "bessel", 6, charge=True), 11),
    ("spin", config(9, 2, "gaussian", 7, spin=True, cutoffFunction="polynomial"), 12),
    ("charge and spin", config(12, 3, "bessel", 8, charge=True, spin=True), 13),
]
# Structures by name with charges (e) and numbers of unpaired electrons.
STATES = [
    ("water", 0, 0), ("water", 1, 1), ("water", -1, 1), ("ethanol", 2, 0), ("ethanol", 0.5, 0),
    ("ethanol", -3, 3), ("rock salt", 1, 1), ("slab", -1, 0), ("isolated atom", 1, 1),
]  # fmt: skip
EXCHANGED = {
    **shape(12, 2, "BesselRBF", 8, envelope="PolynomialCutoff", cutoff=5),
    "electronic_embeddings": list(ELECTRONS.values()),
}
SEED = 7


def states() -> list[tuple[dict[str, Any], float, float]]:
    """Structures with charge and spin."""
    found = {one["name"]: one for one in structures()}
    return [(found[name], charge, spin) for name, charge, spin in STATES]


def record(name: str, charge: float, spin: float, out: dict[str, Any]) -> dict[str, Any]:
    """One answer."""
    return {
        "structure": name,
        "charge": charge,
        "spin": spin,
        "energy": out["energy"].item(),
        "forces": out["forces"].detach().numpy().ravel().tolist(),
    }


def with_electrons(inputs: dict[str, Any], charge: float, spin: float) -> dict[str, Any]:
    """Inputs of one structure with both properties."""
    values = {"charge": charge, "spin": spin}
    more = {ELECTRONS[key]: torch.tensor([float(values[key])]).double() for key in ELECTRONS}
    return {**inputs, **more}


def golden(path: Path) -> None:
    """Writes the answers of models made of the students' configurations."""
    torch.set_default_dtype(torch.float64)
    cases = []
    for name, options, seed in CASES:
        model = build(options, False)
        set_parameters(model, options, seed)
        results = []
        for structure, charge, spin in states():
            inputs, _ = inputs_of([to_atoms(structure)], options["cutoff"])
            out = model(with_electrons(inputs, charge, spin))
            results.append(record(structure["name"], charge, spin, out))
        cases.append({"name": name, "config": options, "seed": seed, "results": results})
    torch.set_default_dtype(torch.float32)
    note = "float64; weights by the formula in tooling/python/schnetpack/painn_model.py"
    write(path, {"note": note, "structures": structures(), "cases": cases})


def tensors_of(layout: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Weights by the formula, under schnetpack's names."""
    model = spk.model.NeuralNetworkPotential(
        schnetpack_model.representation(layout),
        output_modules=[spk.atomistic.Atomwise(n_in=layout["n_atom_basis"])],
    )
    options = {"interactions": layout["n_interactions"], "charge": True, "spin": True}
    set_parameters(model, options, SEED)
    learned = dict(model.named_parameters())
    return {name: learned[name].data for name in parameter_names(options)}


def exchange(folder: Path) -> float:
    """Writes an exported student and its answers; returns what SpkCalculator differs by."""
    path = folder / "electronic.safetensors"
    schnetpack_model.write_tensors(str(path), tensors_of(EXCHANGED), facts_of(EXCHANGED))
    model = schnetpack_model.build(*schnetpack_model.read_tensors(str(path)), torch.float64)
    cutoff = EXCHANGED["cutoff_fn"]["cutoff"]
    answers, worst = [], 0.0
    with tempfile.TemporaryDirectory() as scratch:
        saved = Path(scratch) / "model"
        torch.save(model, saved)
        for structure, charge, spin in states():
            atoms = to_atoms(structure)
            inputs = schnetpack_model.inputs_of(atoms, cutoff)
            out = model(with_electrons(inputs, charge, spin))
            answers.append(record(structure["name"], charge, spin, out))
            if len(atoms) == 1:
                continue
            atoms.calc = SpkCalculator(
                str(saved),
                ASENeighborList(cutoff),
                energy_unit="eV",
                dtype=torch.float64,
                additional_inputs=with_electrons({}, charge, spin),
            )
            worst = max(worst, abs(atoms.get_potential_energy() - answers[-1]["energy"]))
    write(folder / "electronic.json", {"structures": structures(), "float64": answers})
    return worst


def trained(path: Path) -> None:
    """Writes what is extracted of a model as schnetpack leaves it, its embeddings not zero."""
    torch.manual_seed(5)
    basis = spk.nn.BesselRBF(7, 4.5)
    embeddings = [
        spk.nn.embedding.ElectronicEmbedding(ELECTRONS[key], 8, key == "charge") for key in ELECTRONS
    ]
    model = spk.model.NeuralNetworkPotential(
        spk.representation.PaiNN(
            8, 2, basis, spk.nn.CosineCutoff(4.5), electronic_embeddings=embeddings
        ),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(n_in=8, output_key="energy"),
            spk.atomistic.Forces(energy_key="energy", force_key="forces"),
        ],
    )
    for module in model.representation.electronic_embeddings:
        torch.nn.init.orthogonal_(module.resblock.linear.weight)
        torch.nn.init.orthogonal_(module.resblock.residual.stack[0].linear2.weight)
    tensors, facts = schnetpack_model.extract(model, [1, 6, 8])
    facts["provenance"] = {"schnetpack": spk.__version__}
    schnetpack_model.write_tensors(str(path), tensors, facts)
    refuse(model)


def refuse(model: Any) -> None:
    """What a student does not know must not be extracted."""
    spin = model.representation.electronic_embeddings[1]
    spin.property_key = "spin_multiplicity"
    try:
        schnetpack_model.extract(model, [1])
    except schnetpack_model.Refused as refusal:
        print(refusal)
        return
    raise SystemExit("an embedding of the multiplicity was not refused")


def main() -> None:
    """Command line; see the top of the file."""
    folder = Path(sys.argv[1])
    golden(folder / "schnetpack-electronic.json")
    print(json.dumps({"SpkCalculator": exchange(folder / "exchange")}))
    trained(folder / "exchange" / "electronic-trained.safetensors")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
