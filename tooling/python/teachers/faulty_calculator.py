"""A harmonic calculator that goes wrong, for the tests of @mlffd/teachers.

It does so for structures that begin with helium, whose charge picks the fault; others have answers.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
import urllib.request

import numpy as np
from ase.calculators.calculator import Calculator, SCFError, all_changes

HELIUM = 2
FOREVER = 1000


class Faulty(Calculator):
    implemented_properties = ["energy", "forces"]
    default_parameters = {"faults": ["none"]}

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        positions = atoms.positions
        self.results = {"energy": 0.5 * float((positions**2).sum()), "forces": -positions}
        if atoms.numbers[0] == HELIUM:
            getattr(self, self.parameters["faults"][int(atoms.info.get("charge", 0))])()

    def none(self):
        pass

    def garbage(self):
        print("a line for people")
        sys.stdout.buffer.write(b"\xff\xfe\x00" * 100)
        os.write(1, b"more, past Python\n" + bytes(range(256)))
        os.system("echo and from a child")

    def complain(self):
        print("something is odd", file=sys.stderr)

    def hang(self):
        print(f"busy {os.getpid()}")
        time.sleep(FOREVER)

    def hang_with_lock(self):
        print(f"busy {os.getpid()}")
        # PyDLL keeps the interpreter's lock, so that no other thread of Python runs.
        ctypes.PyDLL(None).sleep(FOREVER)

    def hang_with_child(self):
        child = subprocess.Popen(["sleep", str(FOREVER)])
        print(f"child {child.pid}", file=sys.stderr)
        time.sleep(FOREVER)

    def exit(self):
        sys.exit(3)

    def hard_exit(self):
        print("about to leave", file=sys.stderr)
        os._exit(7)

    def segfault(self):
        ctypes.string_at(0)

    def killed(self):
        os.kill(os.getpid(), 9)

    def error(self):
        raise ValueError("cannot do helium")

    def unconverged(self):
        raise SCFError("no self-consistency after 250 iterations")

    def unconverged_message(self):
        raise RuntimeError("SCF did not converge")

    def nan(self):
        self.results["forces"] = np.full((len(self.atoms), 3), np.nan)

    def infinite(self):
        self.results["energy"] = float("inf")

    def shape(self):
        self.results["forces"] = np.zeros((1, 3, 3))

    def missing(self):
        del self.results["forces"]


class Observer(Calculator):
    """Energies that show what of a structure arrives: charge, spin, multiplicity, volume, axes."""

    implemented_properties = ["energy", "energies", "forces", "stress"]
    evaluations = 0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        Observer.evaluations += 1
        charge = atoms.get_initial_charges().sum()
        spin = atoms.get_initial_magnetic_moments().sum()
        seen = [charge, spin, atoms.info.get("charge", -99), atoms.info.get("spin", -99)]
        axes = atoms.pbc @ [1, 2, 4]
        forces = np.zeros((len(atoms), 3))
        forces[0] = [Observer.evaluations, axes, len(properties)]
        self.results = {
            "energy": float(charge),
            "free_energy": float(charge) - 1.0,
            "energies": np.array((seen + [0.0] * len(atoms))[: len(atoms)]),
            "forces": forces,
            # As a matrix, which some calculators give.
            "stress": atoms.cell.array,
        }


class Remembering(Calculator):
    """Counts how often it has been asked since it was reset."""

    implemented_properties = ["energy"]
    asked = 0

    def reset(self):
        super().reset()
        self.asked = 0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.asked += 1
        self.results = {"energy": float(self.asked)}


class OldKind:
    """As calculators were before ASE had a class for them."""

    def get_potential_energy(self, atoms, force_consistent=False):
        return float(atoms.positions.sum()) - (100.0 if force_consistent else 0.0)

    def get_forces(self, atoms):
        return -np.ones((len(atoms), 3))


def make_faulty(fault="none"):
    return Faulty(faults=[fault])


def reads_file(path):
    with open(path) as file:
        file.read()
    return Faulty()


def downloads(url):
    urllib.request.urlopen(url, timeout=5)
    return Faulty()


def strict(*, size):
    return Faulty()


def no_calculator():
    return 42


def raises():
    raise ValueError("not today")


def leaves():
    os._exit(5)


def never():
    print("loading ...", file=sys.stderr)
    time.sleep(FOREVER)


NUMBER = 42
