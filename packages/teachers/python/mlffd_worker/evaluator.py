"""One calculator, asked for one structure after the other without building anything twice."""

from __future__ import annotations

import struct

import numpy as np
from ase import Atoms
from ase.calculators.calculator import all_changes

from .failures import StructureFailure

try:
    from ase.calculators.calculator import BaseCalculator
except ImportError:  # ase < 3.23
    from ase.calculators.calculator import Calculator as BaseCalculator

BLOCK = struct.Struct("=2I2d")
RESULT = struct.Struct("=2Id")
PBC = tuple(np.array([bits & 1, bits & 2, bits & 4], dtype=bool) for bits in range(8))
HAS_CHARGE, HAS_SPIN = 8, 16
WANTED_SHIFT = 8
BITS = (("energy", 1), ("energies", 2), ("forces", 4), ("stress", 8))
WANTED = tuple([name for name, bit in BITS if bits & bit] for bits in range(16))
CELL, POSITIONS = BLOCK.size, BLOCK.size + 72


class Evaluator:
    def __init__(self, calculator: object, reset: bool, force_consistent: bool) -> None:
        self._calculator = calculator
        self._direct = isinstance(calculator, BaseCalculator)
        self._reset = reset
        self._energy_key = "free_energy" if force_consistent else "energy"
        self._force_consistent = force_consistent
        self._atoms = None
        self._key = None

    @staticmethod
    def size(body: memoryview, offset: int) -> int:
        """Bytes of the structure at an offset."""
        n = BLOCK.unpack_from(body, offset)[0]
        return POSITIONS + 24 * n + 8 * ((n + 1) // 2)

    def read(self, body: memoryview, offset: int) -> tuple[Atoms, int]:
        """The structure at an offset, in an object that the next call fills anew, and what is wanted."""
        n, flags, charge, spin = BLOCK.unpack_from(body, offset)
        end = offset + POSITIONS + 24 * n
        numbers = bytes(body[end : end + 4 * n])
        key = (numbers, flags & (HAS_CHARGE | HAS_SPIN), charge, spin)
        if key != self._key:
            self._atoms = self._make(numbers, flags, charge, spin)
            self._key = key
        atoms = self._atoms
        atoms.arrays["positions"][...] = np.frombuffer(body, np.float64, 3 * n, offset + POSITIONS).reshape(n, 3)
        atoms.cell.array[...] = np.frombuffer(body, np.float64, 9, offset + CELL).reshape(3, 3)
        atoms.pbc[...] = PBC[flags & 7]
        return atoms, (flags >> WANTED_SHIFT) & 15

    def answer(self, atoms: Atoms, wanted: int) -> list[bytes]:
        """The parts of a reply.

        Whatever goes wrong, nothing of this structure is left for the next one to start from.
        """
        try:
            results = self._compute(atoms, WANTED[wanted])
            return self._encode(results, len(atoms), wanted)
        except BaseException:
            self._forget()
            raise

    def _make(self, numbers: bytes, flags: int, charge: float, spin: float) -> Atoms:
        kinds = np.frombuffer(numbers, np.int32)
        atoms = Atoms(numbers=kinds, positions=np.zeros((len(kinds), 3)))
        if flags & HAS_CHARGE:
            # On one atom: calculators take the sum, some of them rounded down.
            charges = np.zeros(len(kinds))
            charges[0] = charge
            atoms.set_initial_charges(charges)
            atoms.info["charge"] = int(charge) if charge == int(charge) else charge
        if flags & HAS_SPIN:
            moments = np.zeros(len(kinds))
            moments[0] = spin
            atoms.set_initial_magnetic_moments(moments)
            # By these keys potentials expect the multiplicity, not the number of electrons.
            atoms.info["spin"] = atoms.info["multiplicity"] = int(spin) + 1
        return atoms

    def _compute(self, atoms: Atoms, names: list[str]) -> dict:
        calculator = self._calculator
        if not self._direct:
            return self._ask(atoms, names)
        if self._reset:
            changes = all_changes
            self._forget_state()
            calculator.atoms = atoms
        else:
            changes = calculator.check_state(atoms)
            if not changes and all(name in calculator.results for name in names):
                return calculator.results
            calculator.results = {}
            calculator.atoms = atoms.copy()
        # One evaluation for all that is wanted; get_property would ask for one thing at a time.
        calculator.calculate(atoms, names, changes)
        return calculator.results

    def _ask(self, atoms: Atoms, names: list[str]) -> dict:
        """Calculators of the old kind, by their methods."""
        if self._reset:
            self._forget_state()
        calculator = self._calculator
        methods = {"energies": "get_potential_energies", "forces": "get_forces", "stress": "get_stress"}
        results = {}
        for name in names:
            if name == "energy":
                options = {"force_consistent": True} if self._force_consistent else {}
                results[self._energy_key] = calculator.get_potential_energy(atoms, **options)
            else:
                results[name] = getattr(calculator, methods[name])(atoms)
        return results

    def _encode(self, results: dict, n: int, wanted: int) -> list[bytes]:
        energy = 0.0
        parts = [b""]
        for name, bit in BITS:
            if not wanted & bit:
                continue
            value = results.get(self._energy_key if name == "energy" else name)
            if value is None:
                raise StructureFailure("missing-property", f"the calculator gave no {name}", property=name)
            if name == "energy":
                energy = float(value) if np.ndim(value) == 0 else np.asarray(value, float).item()
                total = energy
            else:
                shape = {"energies": (n,), "forces": (n, 3), "stress": (6,)}[name]
                value = np.ascontiguousarray(value, np.float64)
                if value.shape == (3, 3) and name == "stress":
                    value = value.ravel()[[0, 4, 8, 5, 2, 1]]
                if value.shape != shape:
                    message = f"{name} has the shape {value.shape}, not {shape}"
                    raise StructureFailure("shape", message, property=name)
                parts.append(value)
                # Magnitudes, so that infinities cannot cancel.
                total = float(np.abs(value).sum())
            if not total - total == 0.0:
                raise StructureFailure("not-finite", f"{name} is not finite", property=name)
        parts[0] = RESULT.pack(n, wanted, energy)
        return parts

    def _forget_state(self) -> None:
        calculator = self._calculator
        if hasattr(calculator, "reset"):
            calculator.reset()
        if self._direct:
            calculator.atoms = None
            calculator.results = {}

    def _forget(self) -> None:
        self._key = None
        try:
            self._forget_state()
        except Exception:
            # A calculator that cannot even be reset shows it again with the next structure.
            pass
