"""A student in LAMMPS: static answers, dynamics, strain, minimisation, faults. See common.py."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
from common import EV_PER_A3_IN_BAR, Structure, error_of, read_checks, run_example, write_answers
from mlffd_student import StudentModel
from mlffd_student.lammps import attach, open_lammps
from mlffd_student.lammps_script import main

SPECIES = {"crystal": ["Na", "Cl"], "molecule": ["H", "O"]}
PRESSURES = ["pxx", "pyy", "pzz", "pyz", "pxz", "pxy"]
SILENT = ["-log", "none", "-screen", "none"]
_NATURE: dict[str, str] = {"crystal": "p p p", "molecule": "s s s"}


class Interrupted(StudentModel):
    """A student during whose third evaluation somebody presses Ctrl-C."""

    evaluations = 0

    def evaluate(self, *arguments: Any, **options: Any) -> Any:
        self.evaluations += 1
        if self.evaluations == 3:
            os.kill(os.getpid(), signal.SIGINT)
        return super().evaluate(*arguments, **options)


def start(student: StudentModel, name: str, data: str = "start") -> Any:
    """LAMMPS with a structure and the student, before any run."""
    lmp = open_lammps(*SILENT)
    lmp.commands_string(
        f"units metal\natom_style atomic\nboundary {_NATURE[name]}\n"
        f"read_data {data}.data\npair_style none\ntimestep 0.0005\n"
        "compute each all pe/atom fix\nthermo_style custom step pe etotal press "
        f"{' '.join(PRESSURES)}"
    )
    attach(lmp, student, SPECIES[name])
    return lmp


def by_id(lmp: Any, name: str) -> np.ndarray:
    """An array of atoms in the order of their IDs."""
    count = lmp.extract_setting("nlocal")
    values = np.array(lmp.numpy.extract_atom(name)[:count])
    return values[np.argsort(lmp.numpy.extract_atom("id")[:count])]


def static(lmp: Any, structure: Structure) -> dict[str, Any]:
    """Energy, forces, energies and what the pressure is without the motion of the atoms."""
    lmp.command("run 0")
    moving = np.einsum("a,ai,aj->ij", structure.masses, *2 * [structure.velocities])
    moving *= 1.0364269e2
    volume = lmp.get_thermo("vol")
    pressure = np.array([lmp.get_thermo(name) for name in PRESSURES]) / EV_PER_A3_IN_BAR
    kinetic = np.array([moving[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))])
    count = len(structure.numbers)
    order = np.argsort(lmp.numpy.extract_atom("id")[:count])
    energies = np.array(lmp.numpy.extract_compute("each", 1, 1)[:count])[order]
    return {
        "energy": lmp.get_thermo("pe"),
        "forces": by_id(lmp, "f"),
        "energies": energies,
        "stress": kinetic / volume - pressure,
    }


def dynamics(lmp: Any, steps: int) -> dict[str, Any]:
    """Positions after constant-energy steps, folded or not, and the total energy at every tenth."""
    lmp.command("fix 1 all nve")
    totals = []
    for _ in range(steps // 10):
        lmp.command("run 10 pre yes post no")
        totals.append(lmp.get_thermo("etotal"))
    return {"positions": by_id(lmp, "x"), "totals": totals}


def strained(lmp: Any, scale: float) -> tuple[float, float]:
    """Volume and energy after the box and all that is in it is scaled."""
    _, _, xy, yz, xz, _, _ = lmp.extract_box()
    lmp.command(
        f"change_box all x scale {scale} y scale {scale} z scale {scale} "
        f"xy final {xy * scale} xz final {xz * scale} yz final {yz * scale} remap"
    )
    lmp.command("run 0")
    return lmp.get_thermo("vol"), lmp.get_thermo("pe")


def pressure_by_strain(student: StudentModel) -> dict[str, float]:
    """The pressure that LAMMPS prints at rest, and -dE/dV, both in eV/Angstrom^3."""
    lmp = start(student, "crystal")
    lmp.commands_string("velocity all set 0 0 0\nrun 0")
    printed = lmp.get_thermo("press") / EV_PER_A3_IN_BAR
    wide, narrow = strained(lmp, 1.001), strained(lmp, 0.999 / 1.001)
    return {"printed": printed, "strain": -(wide[1] - narrow[1]) / (wide[0] - narrow[0])}


def minimised(student: StudentModel) -> dict[str, float]:
    lmp = start(student, "crystal")
    lmp.command("run 0")
    before = lmp.get_thermo("pe")
    lmp.command("minimize 0 1e-3 20 60")
    return {"before": before, "after": lmp.get_thermo("pe")}


def barostat(student: StudentModel) -> dict[str, float]:
    """The energy under a changing box, beside the student's for the same atoms and box."""
    lmp = start(student, "crystal")
    lmp.command("fix 1 all npt temp 300 300 0.05 tri 0 0 0.2")
    before = lmp.get_thermo("vol")
    lmp.command("run 20")
    low, high, xy, yz, xz, _, _ = lmp.extract_box()
    sides = np.subtract(high, low)
    cell = np.array([[sides[0], 0, 0], [xy, sides[1], 0], [xz, yz, sides[2]]])
    numbers = np.array([0, 11, 17])[by_id(lmp, "type")]
    direct = student.evaluate(numbers, by_id(lmp, "x"), cell, True).energy
    change = abs(lmp.get_thermo("vol") / before - 1)
    return {"energy": lmp.get_thermo("pe"), "direct": direct, "change": change}


def script_run() -> dict[str, Any]:
    """The script of the documentation, in `units real`, by its command line."""
    arguments = Path("command.txt").read_text(encoding="utf-8").split()
    code = main([*arguments[3:], "--", *SILENT])
    kcal = 1.602176634 * 60221.4076 / 4184.0
    energy, _ = np.loadtxt("final.txt")
    return {
        "code": code,
        "energy": energy / kcal,
        "positions": np.loadtxt("final.dump", skiprows=9)[:, 2:5],
    }


def collide(lmp: Any) -> None:
    """Puts an atom where another one is."""
    place = lmp.numpy.extract_atom("x")
    place[1] = place[0]


def faults(student: StudentModel) -> dict[str, Any]:
    found: dict[str, Any] = {}
    lmp = open_lammps(*SILENT)
    found["no box"] = error_of(lambda: attach(lmp, student, ["Na"]))
    lmp.commands_string("units lj\nregion r block 0 1 0 1 0 1\ncreate_box 1 r\npair_style none")
    found["units"] = error_of(lambda: attach(lmp, student, ["Na"]))
    lmp = start(student, "crystal")
    found["types"] = error_of(lambda: attach(lmp, student, ["Na"]))
    found["element"] = error_of(lambda: attach(lmp, student, ["Na", "Br"]))

    # Two atoms at one place, the second in the middle of a run.
    lmp.commands_string("fix 1 all nve\nrun 2")
    script = "run 100\nprint done file after-error.txt"
    collide(lmp)
    found["in a run"] = error_of(lambda: lmp.commands_string(script))
    collide(lmp)
    found["minimize"] = error_of(lambda: lmp.command("minimize 0 0 5 5"))
    lmp.numpy.extract_atom("x")[1] += 2.0
    lmp.command("run 2")
    found["went on after it"] = lmp.extract_global("ntimestep")
    found["ran after it"] = os.path.exists("after-error.txt")

    lmp = start(Interrupted("student"), "crystal")
    lmp.command("fix 1 all nve")
    found["interrupted"] = error_of(lambda: lmp.command("run 100"))
    found["interrupted at"] = lmp.extract_global("ntimestep")

    lmp = open_lammps(*SILENT)
    lmp.commands_string(
        "units metal\nboundary f p p\nregion r block 0 20 0 6 0 6\ncreate_box 2 r\n"
        "create_atoms 1 single 1 1 1\ncreate_atoms 2 single 19 4 4\nmass * 20\npair_style none\n"
        "neigh_modify every 1 delay 0\nfix 1 all nve\nvelocity all set 100 0 0\n"
        "thermo_modify lost ignore"
    )
    attach(lmp, student, ["Na", "Cl"])
    found["lost"] = error_of(lambda: lmp.command("run 1000"))

    Path("in.none").write_text("units metal\n", encoding="utf-8")
    found["script"] = main(["in.none", "--student", "student", "--species", "Na", "--", *SILENT])
    return found


def main_checks() -> None:
    os.chdir(sys.argv[1])
    checks = read_checks()
    structures, steps = checks["structures"], checks["steps"]
    example = run_example("lammps.example.py")
    student = StudentModel("student")
    answers: dict[str, Any] = {
        "example": {"positions": by_id(example["lmp"], "x")},
        "script": script_run(),
        "strain": pressure_by_strain(student),
        "minimised": minimised(student),
        "barostat": barostat(student),
        "faults": faults(student),
    }
    for name, data in {"crystal": "start", "molecule": "molecule"}.items():
        lmp = start(student, name, data)
        answers[name] = static(lmp, structures[name]) | dynamics(lmp, steps)
    write_answers("lammps.json", answers)


main_checks()
