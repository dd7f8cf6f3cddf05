"""Small files in the layouts of ANI-1x, ANI-1 and SPICE, and what is in them in eV and Angstrom.

    python tooling/python/data/fixtures.py packages/data/test/fixtures/store

Layouts: Smith et al., Sci. Data 7, 134 (2020); Sci. Data 4, 170193 (2017); Eastman et al., Sci.
Data 10, 11 (2023). The values are made up; units are those of the layouts, converted with ASE's.
layouts.json: file -> structures of id, group, numbers, positions (Angstrom), and where known charge,
energy (eV), forces (eV/Angstrom).
"""

import json
import sys
from pathlib import Path

import h5py
import numpy as np
from ase.data import chemical_symbols
from ase.units import Bohr, Hartree

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
rng = np.random.default_rng(11)
expected = {}

MOLECULES = {"H2O": [8, 1, 1], "CH4": [6, 1, 1, 1, 1]}


def conformers(numbers, count):
    base = np.cumsum(np.full((len(numbers), 3), 0.7), axis=0)
    return base + 0.1 * rng.normal(size=(count, len(numbers), 3))


def structure(group, index, numbers, positions, energy, forces, charge=None):
    found = {"id": f"{group}/{index:06d}", "group": group, "numbers": [int(z) for z in numbers],
             "positions": np.asarray(positions, float).ravel().tolist()}
    if charge is not None:
        found["charge"] = charge
    if energy is not None and not np.isnan(energy):
        found["energy"] = float(energy)
    if forces is not None and not np.any(np.isnan(forces)):
        found["forces"] = np.asarray(forces, float).ravel().tolist()
    return found


def ani1x():
    with h5py.File(out / "ani1x.h5", "w") as f:
        found = []
        for name, numbers in sorted(MOLECULES.items()):
            x = conformers(numbers, 3).astype(np.float32)
            energies = -40 + rng.normal(size=3)
            forces = rng.normal(size=x.shape).astype(np.float32) * np.float32(0.05)
            energies[1] = np.nan
            forces[2] = np.nan
            group = f.create_group(name)
            group["atomic_numbers"] = np.array(numbers, np.uint8)
            group["coordinates"] = x
            group["wb97x_dz.energy"] = energies
            group["wb97x_dz.forces"] = forces
            group["ccsd(t)_cbs.energy"] = energies + 1
            found += [structure(name, k, numbers, x[k], energies[k] * Hartree,
                                forces[k].astype(float) * Hartree) for k in range(3)]
        expected["ani1x.h5"] = found


def ani1():
    with h5py.File(out / "ani1.h5", "w") as f:
        found = []
        for k, (_, numbers) in enumerate(sorted(MOLECULES.items())):
            name = f"gdb11_s01/gdb11_s01-{k}"
            x = conformers(numbers, 2).astype(np.float32)
            energies = -40 + rng.normal(size=2)
            group = f.create_group(name)
            group["coordinates"] = x
            group["energies"] = energies
            group["species"] = np.array([chemical_symbols[z] for z in numbers], dtype="S2")
            group["smiles"] = np.array(list("[OH2]"), dtype="S1")
            found += [structure(name, i, numbers, x[i], energies[i] * Hartree, None)
                      for i in range(2)]
        expected["ani1.h5"] = found


def spice():
    molecules = {"water": ([8, 1, 1], "[O:1]([H:2])[H:3]", 0),
                 "ammonium": ([7, 1, 1, 1, 1], "[N+:1]([H:2])([H:3])([H:4])[H:5]", 1)}
    with h5py.File(out / "spice.h5", "w") as f:
        found = []
        for name, (numbers, smiles, charge) in sorted(molecules.items()):
            x = (conformers(numbers, 2) / Bohr).astype(np.float32)
            energies = -76 + rng.normal(size=2)
            gradient = (0.05 * rng.normal(size=x.shape)).astype(np.float32)
            group = f.create_group(name)
            group["atomic_numbers"] = np.array(numbers, np.int16)
            group["smiles"] = [smiles]
            group["subset"] = [f"SPICE {name}"]
            for key, values, unit in (("conformations", x, "bohr"),
                                      ("dft_total_energy", energies, "hartree"),
                                      ("dft_total_gradient", gradient, "hartree/bohr")):
                group[key] = values
                group[key].attrs["units"] = unit
            found += [structure(name, k, numbers, x[k].astype(float) * Bohr, energies[k] * Hartree,
                                -gradient[k].astype(float) * Hartree / Bohr, charge)
                      for k in range(2)]
        expected["spice.h5"] = found


ani1x()
ani1()
spice()
with h5py.File(out / "other.h5", "w") as f:
    f.create_group("molecule")["values"] = np.arange(3)
(out / "layouts.json").write_text(json.dumps(expected) + "\n")
