"""What ASE expects of a calculator, asked of the Python drop-in.

Example:

    facts = ase_behaviour(folder_of_a_student, folder_of_one_with_charges, scratch)
"""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError
from ase.calculators.fd import calculate_numerical_forces, calculate_numerical_stress
from ase.filters import FrechetCellFilter
from ase.io import Trajectory, read
from ase.md.langevin import Langevin
from ase.optimize import BFGS, FIRE
from mlffd_student import StudentCalculator

# Central differences of energies in float32: a smaller step drowns in rounding.
STEP = 1e-2


def water() -> Atoms:
    return Atoms("OH2", [[0, 0, 0.1173], [0.1, 0.7572, -0.4692], [0, -0.7572, -0.4692]])


def crystal() -> Atoms:
    atoms = bulk("CN", "zincblende", a=4.1) * (2, 1, 1)
    atoms.rattle(0.08, seed=3)
    cell = atoms.cell.array
    cell[0] += [0.1, 0.2, -0.1]
    atoms.set_cell(cell, scale_atoms=True)
    return atoms


def count_calls(calculator: StudentCalculator) -> list[int]:
    """Counts calls of the model from now on."""
    calls = [0]
    evaluate = calculator.model.evaluate

    def counted(*args: Any, **options: Any) -> Any:
        calls[0] += 1
        return evaluate(*args, **options)

    calculator.model.evaluate = counted  # type: ignore[method-assign]
    return calls


def raises(job: Any) -> str:
    try:
        job()
    except PropertyNotImplementedError as error:
        return f"PropertyNotImplementedError: {error}"
    return "nothing"


def derivatives(folder: str) -> dict[str, float]:
    atoms = crystal()
    atoms.calc = StudentCalculator(folder)
    forces, stress = atoms.get_forces(), atoms.get_stress()
    numeric = calculate_numerical_stress(atoms, eps=STEP / 4)
    return {
        "forces": float(np.abs(calculate_numerical_forces(atoms, eps=STEP) - forces).max()),
        "largest_force": float(np.abs(forces).max()),
        "stress": float(np.abs(numeric - stress).max()),
        "largest_stress": float(np.abs(stress).max()),
        "energies": float(abs(atoms.get_potential_energies().sum() - atoms.get_potential_energy())),
        "free_energy": float(
            abs(atoms.get_potential_energy(force_consistent=True) - atoms.get_potential_energy())
        ),
    }


def state(folder: str) -> dict[str, Any]:
    atoms = crystal()
    atoms.calc = StudentCalculator(folder)
    calls = count_calls(atoms.calc)
    counts = {}

    def counted(name: str, change: Any) -> None:
        before = calls[0]
        change()
        energy = atoms.get_potential_energy()
        atoms.get_forces()
        atoms.get_stress()
        counts[name] = [calls[0] - before, energy]

    counted("first", lambda: None)
    counted("again", lambda: None)
    counted("positions", lambda: atoms.positions.__setitem__((0, 0), atoms.positions[0, 0] + 0.01))
    counted("cell", lambda: atoms.set_cell(1.01 * atoms.cell, scale_atoms=True))
    counted("numbers", lambda: atoms.set_atomic_numbers(atoms.numbers[::-1]))
    counted("info", lambda: atoms.info.update(charge=1))
    counted("tags", lambda: atoms.set_tags(1))
    before = calls[0]
    atoms.pbc = False
    atoms.get_forces()
    counts["pbc"] = [calls[0] - before, atoms.get_potential_energy()]
    return counts


def aliasing(folder: str) -> dict[str, bool]:
    atoms = crystal()
    atoms.calc = StudentCalculator(folder)
    positions = atoms.positions.copy()
    first = atoms.get_forces()
    kept = first.copy()
    first[:] = 7
    unchanged = bool(np.array_equal(atoms.get_forces(), kept))
    untouched = bool(np.array_equal(atoms.positions, positions))
    results = atoms.calc.results
    held = {name: np.copy(value) for name, value in results.items()}
    atoms.rattle(0.01, seed=1)
    atoms.get_forces()
    return {
        "a caller may change forces": unchanged,
        "results stay as they were": all(
            np.array_equal(results[name], value) for name, value in held.items()
        ),
        "positions stay as they were": untouched,
    }


def refusals(folder: str) -> dict[str, str]:
    atoms = water()
    atoms.calc = StudentCalculator(folder)
    open_first = raises(atoms.get_stress)
    atoms.get_forces()
    found = {
        "stress of a molecule": open_first,
        "stress after forces": raises(atoms.get_stress),
        "dipole": raises(atoms.get_dipole_moment),
    }
    slab = crystal()
    slab.pbc = (True, True, False)
    slab.calc = StudentCalculator(folder)
    found["stress of a slab"] = raises(slab.get_stress)
    return found


def electrons(folder: str) -> dict[str, Any]:
    """Energies of a molecule with each way to give charge and spin."""
    atoms = water()
    atoms.calc = StudentCalculator(folder)
    calls = count_calls(atoms.calc)
    energies = {"neutral": atoms.get_potential_energy()}
    atoms.info["charge"] = 1
    energies["info"] = atoms.get_potential_energy()
    atoms.info.update(charge=1, spin=1)
    energies["info with spin"] = atoms.get_potential_energy()
    atoms.get_forces()
    atoms.info.clear()
    atoms.set_initial_charges([0.5, 0.25, 0.25])
    energies["initial charges"] = atoms.get_potential_energy()
    atoms.set_initial_magnetic_moments([-1.0, 0, 0])
    energies["initial moments"] = atoms.get_potential_energy()
    given = water()
    given.calc = StudentCalculator(folder, charge=1, spin=1)
    energies["given"] = given.get_potential_energy()
    return {"energies": energies, "calls": calls[0]}


def programs(folder: str, scratch: Path) -> dict[str, Any]:
    """Optimisers, dynamics, trajectories and copies."""
    atoms = water()
    atoms.calc = StudentCalculator(folder)
    start = atoms.get_potential_energy()
    path = scratch / "relax.traj"
    converged = BFGS(atoms, logfile=None, trajectory=str(path)).run(fmax=0.02, steps=300)
    frames = read(path, ":")
    fire = water()
    fire.calc = StudentCalculator(folder)
    fire_converged = FIRE(fire, logfile=None).run(fmax=0.05, steps=300)
    box = crystal()
    box.calc = StudentCalculator(folder)
    box_start = box.get_potential_energy()
    BFGS(FrechetCellFilter(box), logfile=None).run(fmax=0.05, steps=15)
    hot = crystal()
    hot.calc = StudentCalculator(folder)
    rng = np.random.default_rng(4)
    dynamics = Langevin(
        hot,
        0.5 * units.fs,
        temperature_K=300,
        friction=0.02 / units.fs,
        rng=rng,
        fixcm=False,
    )
    run = scratch / "langevin.traj"
    with Trajectory(run, "w", hot) as writer:
        dynamics.attach(writer.write, interval=10)
        dynamics.run(60)
    last = read(run, -1)
    again = last.copy()
    again.calc = pickle.loads(pickle.dumps(hot.calc))
    twin = copy.deepcopy(hot)
    return {
        "bfgs": bool(converged),
        "bfgs_frames": len(frames),
        "bfgs_lowered": float(start - atoms.get_potential_energy()),
        "fire": bool(fire_converged),
        "fire_forces": float(np.linalg.norm(fire.get_forces(), axis=1).max()),
        "cell_lowered": float(box_start - box.get_potential_energy()),
        "langevin_finite": bool(np.isfinite(hot.positions).all()),
        "langevin_temperature": float(hot.get_temperature()),
        "stored_stress": float(np.abs(last.get_stress() - again.get_stress()).max()),
        "pickled": float(abs(last.get_potential_energy() - again.get_potential_energy())),
        "deep_copy": float(abs(twin.get_potential_energy() - hot.get_potential_energy())),
        "searches": hot.calc.model._edges.searches,
    }


def ase_behaviour(folder: str, charged: str, scratch: Path) -> dict[str, Any]:
    return {
        "derivatives": derivatives(folder),
        "state": state(folder),
        "aliasing": aliasing(folder),
        "refusals": refusals(folder),
        "electrons": electrons(charged),
        "programs": programs(folder, scratch),
    }
