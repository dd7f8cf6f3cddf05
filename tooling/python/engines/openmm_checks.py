"""A student in OpenMM and ASE: static answers, dynamics, boxes, faults. See common.py."""

from __future__ import annotations

import copy
import os
import sys
from typing import Any

import numpy as np
import openmm
from common import Structure, error_of, read_checks, run_example, write_answers
from mlffd_student import StudentModel
from mlffd_student.openmm import create_system, student_force
from openmm import app, unit

EV = 1.602176634 * 60.2214076  # kJ/mol
EV_PER_A = 10 * EV
# eV fs^2 / (u Angstrom^2), CODATA 2014
MASS = 103.642697


def topology_of(structure: Structure) -> app.Topology:
    topology = app.Topology()
    residue = topology.addResidue("ALL", topology.addChain())
    for number in structure.numbers:
        topology.addAtom("X", app.Element.getByAtomicNumber(int(number)), residue)
    if structure.pbc:
        topology.setPeriodicBoxVectors(structure.cell * unit.angstrom)
    return topology


def context_of(
    system: openmm.System,
    structure: Structure,
    platform: str = "Reference",
    integrator: openmm.Integrator | None = None,
) -> openmm.Context:
    context = openmm.Context(
        system,
        integrator or openmm.VerletIntegrator(0.001),
        openmm.Platform.getPlatformByName(platform),
    )
    context.setPositions(structure.positions * unit.angstrom)
    return context


def energy_of(context: openmm.Context) -> float:
    """eV."""
    state = context.getState(energy=True)
    return state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole) / EV


def forces_of(context: openmm.Context) -> np.ndarray:
    """eV/Angstrom."""
    forces = context.getState(forces=True).getForces(asNumpy=True)
    return forces.value_in_unit(unit.kilojoule_per_mole / unit.nanometer) / EV_PER_A


def positions_of(context: openmm.Context) -> np.ndarray:
    return context.getState(positions=True).getPositions(asNumpy=True).value_in_unit(unit.angstrom)


def dynamics(
    system: openmm.System, structure: Structure, steps: int, timestep: float
) -> dict[str, Any]:
    """Leapfrog from half a step before the start, which has the positions of velocity Verlet."""
    for atom, mass in enumerate(structure.masses):
        system.setParticleMass(atom, mass)
    context = context_of(
        system, structure, integrator=openmm.VerletIntegrator(timestep * unit.femtosecond)
    )
    inertia = structure.masses[:, None] * MASS
    half_before = structure.velocities - 0.5 * timestep * forces_of(context) / inertia
    context.setVelocities(half_before * unit.angstrom / unit.femtosecond)
    totals = []
    for _ in range(steps // 10):
        context.getIntegrator().step(10)
        # OpenMM brings the velocities to the time of the positions for this.
        state = context.getState(energy=True)
        total = state.getPotentialEnergy() + state.getKineticEnergy()
        totals.append(total.value_in_unit(unit.kilojoule_per_mole) / EV)
    return {"positions": positions_of(context), "totals": totals}


def pressure_by_strain(system: openmm.System, crystal: Structure) -> float:
    """-dE/dV, eV/Angstrom^3, by scaling the box of a Context."""
    context = context_of(system, crystal)
    found = []
    for scale in (1.001, 0.999):
        context.setPeriodicBoxVectors(*(crystal.cell * scale * unit.angstrom))
        context.setPositions(crystal.positions * scale * unit.angstrom)
        found.append((abs(np.linalg.det(crystal.cell * scale)), energy_of(context)))
    (wide, high), (narrow, low) = found
    return -(high - low) / (wide - narrow)


def barostat(barostat: openmm.Force, student: StudentModel, crystal: Structure) -> dict[str, float]:
    """The energy after the box has changed, beside the student's for the same atoms and box."""
    system = create_system(topology_of(crystal), student)
    system.addForce(barostat)
    integrator = openmm.LangevinMiddleIntegrator(300, 1, 0.0005)
    integrator.setRandomNumberSeed(1)
    context = context_of(system, crystal, integrator=integrator)
    integrator.step(30)
    cell = context.getState().getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.angstrom)
    direct = student.evaluate(crystal.numbers, positions_of(context), cell, True).energy
    change = abs(np.linalg.det(cell) / np.linalg.det(crystal.cell) - 1)
    return {"energy": energy_of(context), "direct": direct, "change": change}


def particles(student: StudentModel, crystal: Structure) -> dict[str, Any]:
    """A student on particles 1, 2 and 4 of five, of which others have no element."""
    chosen = [1, 2, 4]
    numbers = np.zeros(5, dtype=int)
    numbers[chosen] = crystal.numbers[chosen]
    system = openmm.System()
    for _ in range(5):
        system.addParticle(10)
    system.addForce(student_force(student, numbers, particles=chosen))
    context = openmm.Context(system, openmm.VerletIntegrator(0.001))
    context.setPositions(crystal.positions[:5] * unit.angstrom)
    direct = student.evaluate(numbers[chosen], crystal.positions[chosen])
    expected = np.zeros((5, 3))
    expected[chosen] = direct.forces
    return {
        "energy": energy_of(context) - direct.energy,
        "forces": abs(forces_of(context) - expected).max(),
    }


def faults(student: StudentModel, system: openmm.System, crystal: Structure) -> dict[str, str]:
    context = context_of(system, crystal)
    positions = crystal.positions.copy()
    positions[1] = positions[0]
    context.setPositions(positions * unit.angstrom)
    few = openmm.System()
    for _ in range(3):
        few.addParticle(1)
    few.addForce(student_force(student, [11, 17]))
    fewer = openmm.Context(few, openmm.VerletIntegrator(0.001))
    fewer.setPositions(crystal.positions[:3] * unit.angstrom)
    return {
        "in a step": error_of(lambda: context.getIntegrator().step(1)),
        "count": error_of(lambda: fewer.getState(energy=True)),
        "element": error_of(lambda: student_force(student, [11, 35])),
        "no element": error_of(lambda: student_force(student, [11, 0])),
        "particles": error_of(lambda: student_force(student, [11], particles=[1])),
    }


def main() -> None:
    os.chdir(sys.argv[1])
    checks = read_checks()
    structures, steps, timestep = checks["structures"], checks["steps"], checks["timestep"]
    simulation = run_example("openmm.example.py")["simulation"]
    atoms = run_example("ase.example.py")["atoms"]
    student = StudentModel("student")
    crystal = structures["crystal"]
    system = create_system(topology_of(crystal), student)
    restored = openmm.XmlSerializer.deserialize(openmm.XmlSerializer.serialize(system))
    answers: dict[str, Any] = {
        "example": simulation.currentStep,
        "ase": {
            "energy": atoms.get_potential_energy(),
            "forces": atoms.get_forces(),
            "stress": atoms.get_stress(),
        },
        "copies": [
            energy_of(context_of(one, crystal)) for one in (restored, copy.deepcopy(system))
        ],
        "cpu": forces_of(context_of(system, crystal, "CPU")),
        "strain": pressure_by_strain(system, crystal),
        "barostats": [
            barostat(openmm.MonteCarloBarostat(1, 300, 2), student, crystal),
            barostat(openmm.MonteCarloFlexibleBarostat(1, 300, 2), student, crystal),
        ],
        "particles": particles(student, crystal),
        "faults": faults(student, system, crystal),
    }
    for name, structure in structures.items():
        system = create_system(topology_of(structure), student)
        context = context_of(system, structure)
        answers[name] = {"energy": energy_of(context), "forces": forces_of(context)}
        answers[name] |= dynamics(system, structure, steps, timestep)
    write_answers("openmm.json", answers)


main()
