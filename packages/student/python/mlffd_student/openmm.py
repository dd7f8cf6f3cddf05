"""A student in OpenMM, through `PythonForce`.

    import openmm
    from openmm import app, unit
    from mlffd_student import StudentModel
    from mlffd_student.openmm import create_system

    pdb = app.PDBFile("water.pdb")
    system = create_system(pdb.topology, StudentModel("student"))
    integrator = openmm.LangevinMiddleIntegrator(300, 1 / unit.picosecond, 0.5 * unit.femtosecond)
    simulation = app.Simulation(pdb.topology, system, integrator)
    simulation.context.setPositions(pdb.positions)
    simulation.step(1000)

`student_force` gives the force alone, for a System of one's own, or for some of its particles.
Every platform works. Topologies with periodic box vectors make a periodic force. Barostats work;
OpenMM sees no bonds, so they scale the positions of atoms, not of molecules. Systems can be
copied and written by `XmlSerializer`, which stores the folder of the student, not its weights. What
goes wrong in a step is an `openmm.OpenMMException` with the message of the student.

Needs `openmm` with PythonForce (tested with 8.6.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import openmm
from openmm import unit

from .elements import SYMBOLS
from .errors import InvalidArgumentError, UnsupportedElementError
from .model import StudentModel

# One eV in kJ/mol, from the exact constants of the SI.
KJ_PER_MOL = 1.602176634 * 60.2214076
_KJ_PER_MOL_NM = 10 * KJ_PER_MOL


class StudentComputation:
    """What PythonForce calls: positions in nm to energy in kJ/mol and forces in kJ/mol/nm."""

    def __init__(
        self,
        student: StudentModel,
        numbers: Sequence[int],
        *,
        periodic: bool,
        charge: float = 0.0,
        spin: int = 0,
    ) -> None:
        self.student = student
        self.numbers = np.array(numbers, dtype=np.int64)
        self.periodic = periodic
        self.charge = charge
        self.spin = spin

    def __call__(self, state: openmm.State) -> tuple[float, np.ndarray]:
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
        cell = None
        if self.periodic:
            cell = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.angstrom)
        if len(positions) != len(self.numbers):
            raise InvalidArgumentError(
                "student/openmm-particles",
                f"the student was made for {len(self.numbers)} particles, not {len(positions)}",
                expected=f"{len(self.numbers)} particles",
                found=f"{len(positions)} particles",
                hint="Give the atomic numbers of all particles of the System, and `particles=...` "
                "where the student shall act on some of them.",
            )
        try:
            results = self.student.evaluate(
                self.numbers, positions, cell, self.periodic, charge=self.charge, spin=self.spin
            )
        except KeyboardInterrupt as error:
            # OpenMM makes an exception of its own from the message, and this one has none.
            raise InterruptedError("stopped by Ctrl-C") from error
        return results.energy * KJ_PER_MOL, results.forces * _KJ_PER_MOL_NM


def student_force(
    student: StudentModel,
    atoms: Any,
    *,
    periodic: bool | None = None,
    particles: Sequence[int] | None = None,
    charge: float = 0.0,
    spin: int = 0,
) -> openmm.PythonForce:
    """A force of OpenMM that is a student.

    `atoms` is a Topology, or the atomic number of every particle of the System. With `particles`
    (indices in the System) only these feel the student, and it sees nothing else. `periodic` is by
    default whether the Topology has box vectors, and False for numbers. `charge` (e) and `spin`
    (number of unpaired electrons) are for students that were trained with them.
    """
    numbers = _numbers(atoms)
    if periodic is None:
        periodic = _box_vectors(atoms) is not None
    chosen = list(range(len(numbers))) if particles is None else [int(at) for at in particles]
    _require_particles(chosen, len(numbers))
    _require_known(numbers, chosen, student)
    computation = StudentComputation(
        student,
        [numbers[at] for at in chosen],
        periodic=bool(periodic),
        charge=charge,
        spin=spin,
    )
    force = openmm.PythonForce(computation, {}, [] if particles is None else chosen)
    force.setUsesPeriodicBoundaryConditions(bool(periodic))
    force.setName("Student")
    return force


def create_system(
    topology: Any,
    student: StudentModel,
    *,
    periodic: bool | None = None,
    charge: float = 0.0,
    spin: int = 0,
) -> openmm.System:
    """A System of a Topology's atoms, their masses and box, with a student as its only force."""
    force = student_force(student, topology, periodic=periodic, charge=charge, spin=spin)
    system = openmm.System()
    for atom in topology.atoms():
        system.addParticle(atom.element.mass)
    vectors = _box_vectors(topology)
    if vectors is not None:
        system.setDefaultPeriodicBoxVectors(*vectors)
    system.addForce(force)
    return system


def _numbers(atoms: Any) -> list[int]:
    """Atomic numbers of all particles; 0 for a particle of no element."""
    if not hasattr(atoms, "atoms"):
        return [int(number) for number in atoms]
    elements = [atom.element for atom in atoms.atoms()]
    return [0 if element is None else element.atomic_number for element in elements]


def _box_vectors(atoms: Any) -> Any:
    return atoms.getPeriodicBoxVectors() if hasattr(atoms, "getPeriodicBoxVectors") else None


def _require_particles(chosen: Sequence[int], count: int) -> None:
    if chosen and len(set(chosen)) == len(chosen) and min(chosen) >= 0 and max(chosen) < count:
        return
    raise InvalidArgumentError(
        "student/openmm-particles",
        "the particles of the student are not particles of the System",
        expected=f"different indices from 0 to {count - 1}, at least one",
        found=str(list(chosen)),
        where="particles",
    )


def _require_known(numbers: Sequence[int], chosen: Sequence[int], student: StudentModel) -> None:
    for at in chosen:
        if numbers[at] in student.elements:
            continue
        name = SYMBOLS[numbers[at]] if 0 < numbers[at] < len(SYMBOLS) else "no element"
        raise UnsupportedElementError(
            "student/element",
            f"the student was not trained for {name} (atom {at})",
            expected="only " + ", ".join(SYMBOLS[number] for number in sorted(student.elements)),
            found=f"{name} for atom {at}",
            where=f"atom {at}",
            hint="Leave such particles to other forces (`particles=...`), or train a student on "
            "data that contain them.",
        )
