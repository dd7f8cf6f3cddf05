"""Exported students with schnetpack's answers, and a schnetpack model as it is imported.

    exchange_golden.py FOLDER      writes the fixtures of the student's tests of `export` and `import`

For each exported student (weights by the formula in painn_model.py) `NAME.safetensors` is the file that
`mlffd export --to schnetpack` must write, and `NAME.json` has the energies, forces and stresses of the
NeuralNetworkPotential that schnetpack_model.py builds from it, in float64 and float32. The same answers
must come from schnetpack's own SpkCalculator on the saved model. `trained.safetensors` is what
`schnetpack_model.py extract` makes of a model that only schnetpack had a hand in, in kcal/mol;
`trained.json` has its answers in eV. `extracted.safetensors` is what `extract` makes of the model that
was built from the student "softened".
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "packages" / "student" / "src" / "exchange"))
# schnetpack 2.1.1 reads whole models in a way that torch 2.6 and later allow only if told to.
os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import schnetpack_model  # noqa: E402
import torch  # noqa: E402
from ase import units  # noqa: E402
from golden import structures  # noqa: E402
from painn_model import parameter_names, spk, to_atoms, uniforms  # noqa: E402
from schnetpack.interfaces import SpkCalculator  # noqa: E402
from schnetpack.transform import AddOffsets, ASENeighborList, CastTo64  # noqa: E402

# golden.py computes in float64 throughout.
torch.set_default_dtype(torch.float32)

ATOMREF = {
    "1": -13.587222780835477, "6": -1029.4889999855063, "7": -1484.9814568572233,
    "8": -2041.9816003861047, "11": -4421.8, "14": -7862.9, "17": -12516.3, "18": -14354.6,
}  # fmt: skip
KCAL = units.kcal / units.mol
SEED = 7


def shape(features: int, blocks: int, basis: str, count: int, **more: Any) -> dict[str, Any]:
    """Hyper-parameters of one student."""
    return {
        "n_atom_basis": features,
        "n_interactions": blocks,
        "shared_filters": more.get("shared", False),
        "n_embeddings": more.get("rows", 100),
        "radial_basis": {"type": basis, "n_rbf": count},
        "cutoff_fn": {"type": more["envelope"], "cutoff": more["cutoff"]},
        **({"epsilon": more["epsilon"]} if "epsilon" in more else {}),
    }


STUDENTS = {
    "polynomial": shape(12, 2, "BesselRBF", 8, envelope="PolynomialCutoff", cutoff=5),
    "cosine": shape(
        9, 3, "GaussianRBF", 6, envelope="CosineCutoff", cutoff=4.8, shared=True, rows=37
    ),
    "softened": shape(
        8, 2, "BesselRBF", 6, envelope="PolynomialCutoff", cutoff=4.5, epsilon=0.1 * 0.1
    ),
}


def formula(layout: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Weights by the formula of painn_model.py, under schnetpack's names."""
    sizes = {
        name: value.shape
        for name, value in spk.model.NeuralNetworkPotential(
            schnetpack_model.representation(layout),
            output_modules=[spk.atomistic.Atomwise(n_in=layout["n_atom_basis"])],
        ).named_parameters()
    }
    tensors = {}
    for t, name in enumerate(parameter_names({"interactions": layout["n_interactions"]})):
        size = sizes[name]
        scale = 1.0 if t == 0 else 0.1 if len(size) == 1 else 1 / math.sqrt(size[1])
        tensors[name] = torch.tensor(scale * uniforms(size.numel(), t, SEED)).float().reshape(size)
    return tensors


def facts_of(layout: dict[str, Any]) -> dict[str, Any]:
    """What the file of an exported student says beside its tensors."""
    elements = [int(z) for z in ATOMREF]
    energy = {"output_key": "energy", "scale": 1.3721, "atomref": ATOMREF, "elements": elements}
    return {
        "version": 1,
        "units": {"energy": "eV", "length": "Angstrom"},
        "representation": layout,
        "energy": energy,
        "provenance": {"note": "weights by formula"},
    }


def with_stress(model: Any) -> Any:
    """The same model with the derivative by strain, as schnetpack's MD switches it on."""
    return spk.md.utils.activate_model_stress(model, "stress")


def answer(model: Any, structure: dict[str, Any], cutoff: float, dtype: torch.dtype) -> dict:
    """Energy (eV), forces and, for cells, stress of a structure."""
    found = model(schnetpack_model.inputs_of(to_atoms(structure), cutoff, dtype))
    record = {
        "structure": structure["name"],
        "energy": found["energy"].item(),
        "forces": found["forces"].detach().numpy().ravel().tolist(),
    }
    if "stress" in found and all(structure.get("pbc", [False])):
        s = found["stress"].detach().numpy().reshape(3, 3)
        record["stress"] = [float(s[k]) for k in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))]
    return record


def compare_calculator(path: Path, cutoff: float, records: list, found: list) -> float:
    """Largest difference of SpkCalculator on the saved model, eV and eV/Angstrom."""
    calculator = SpkCalculator(
        str(path), ASENeighborList(cutoff), energy_unit="eV", dtype=torch.float64
    )
    worst = 0.0
    for structure, record in zip(found, records, strict=True):
        atoms = to_atoms(structure)
        if len(atoms) == 1:
            continue
        atoms.calc = calculator
        forces = atoms.get_forces().ravel()
        worst = max(worst, abs(atoms.get_potential_energy() - record["energy"]))
        worst = max(worst, max(abs(a - b) for a, b in zip(forces, record["forces"], strict=True)))
    return worst


def export_fixture(folder: Path, name: str) -> dict[str, float]:
    """Writes one exported student and its answers; returns what SpkCalculator differs by."""
    layout = STUDENTS[name]
    path = folder / f"{name}.safetensors"
    schnetpack_model.write_tensors(str(path), formula(layout), facts_of(layout))
    cutoff = layout["cutoff_fn"]["cutoff"]
    found, answers = structures(), {}
    for title, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        model = schnetpack_model.build(*schnetpack_model.read_tensors(str(path)), dtype)
        with tempfile.TemporaryDirectory() as scratch:
            saved = Path(scratch) / "model"
            torch.save(model, saved)
            model = torch.load(saved, weights_only=False)
            model = with_stress(model)
            answers[title] = [answer(model, one, cutoff, dtype) for one in found]
            if dtype == torch.float64:
                worst = compare_calculator(saved, cutoff, answers[title], found)
    write(folder / f"{name}.json", {"structures": found, **answers})
    return {"SpkCalculator": worst}


def trained_model() -> Any:
    """A model as schnetpack's own training leaves it: its weights, kcal/mol, mean and atomref."""
    torch.manual_seed(3)
    basis = spk.nn.GaussianRBF(7, 4.7)
    offsets = AddOffsets("energy_U0", add_mean=True, add_atomrefs=True, zmax=100)
    offsets.atomref = torch.zeros(100, dtype=torch.float64)
    for z in (1, 6, 8):
        offsets.atomref[z] = ATOMREF[str(z)] / KCAL
    offsets.mean = torch.tensor([-96.4], dtype=torch.float64)
    return spk.model.NeuralNetworkPotential(
        spk.representation.PaiNN(8, 2, basis, spk.nn.CosineCutoff(4.7)),
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=[
            spk.atomistic.Atomwise(n_in=8, output_key="energy_U0"),
            spk.atomistic.Forces(energy_key="energy_U0", force_key="forces"),
        ],
        postprocessors=[CastTo64(), offsets],
    )


def import_fixture(folder: Path) -> None:
    """Writes the extracted model and its answers in eV."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "best_model"
        torch.save(trained_model(), path)
        model = torch.load(path, weights_only=False)
    tensors, facts = schnetpack_model.extract(model, [])
    # Versions differ from machine to machine.
    facts["provenance"] = {"schnetpack": spk.__version__}
    schnetpack_model.write_tensors(str(folder / "trained.safetensors"), tensors, facts)
    exact = model.double().eval()
    records = []
    found = [one for one in structures() if set(one["numbers"]) <= {1, 6, 8}]
    for one in found:
        output = exact(schnetpack_model.inputs_of(to_atoms(one), 4.7))
        forces = output["forces"].detach().numpy().ravel() * KCAL
        energy = output["energy_U0"].item() * KCAL
        records.append({"structure": one["name"], "energy": energy, "forces": forces.tolist()})
    write(folder / "trained.json", {"structures": found, "float64": records})


def extracted_fixture(folder: Path, name: str) -> None:
    """Writes what is extracted of a model that was built from an exported student."""
    path = folder / f"{name}.safetensors"
    model = schnetpack_model.build(*schnetpack_model.read_tensors(str(path)))
    tensors, facts = schnetpack_model.extract(model, [])
    facts["provenance"] = {"schnetpack": spk.__version__}
    schnetpack_model.write_tensors(str(folder / "extracted.safetensors"), tensors, facts)


def write(path: Path, content: dict[str, Any]) -> None:
    """One JSON file, ending in a line feed."""
    path.write_text(f"{json.dumps(content)}\n", encoding="utf-8")


def main() -> None:
    """Command line; see the top of the file."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in STUDENTS:
        print(name, export_fixture(folder, name))
    import_fixture(folder)
    extracted_fixture(folder, "softened")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
