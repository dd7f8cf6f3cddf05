"""A student: energy, forces, virial and stress of structures.

Example:

    model = StudentModel("runs/my/student")
    results = model.evaluate(numbers, positions, cell, pbc=True)
    results.energy  # eV

Units are eV and Angstrom everywhere.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .config import MODEL_FILE, StudentConfig, read_checked, read_config
from .edges import EdgeTable
from .elements import SYMBOLS
from .errors import InvalidAtomsError, UnsupportedElementError
from .network import Network
from .structure import Floats, as_cell, as_numbers, as_pbc, as_positions, determinant
from .zbl import zbl_energy

# Atoms closer than this are at one place, Angstrom: a tenth of the radius of a nucleus.
_ONE_PLACE = 1e-6
# xx yy zz yz xz xy
_VOIGT = ([0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1])


@dataclass(frozen=True)
class StudentResults:
    """What a student says about a structure; the arrays belong to the caller."""

    energy: float
    """eV."""
    energies: Floats
    """Energy of each atom, eV, (N,); they add up to `energy`."""
    forces: Floats
    """-dE/dr, eV/Angstrom, (N, 3)."""
    virial: Floats
    """-dE/dstrain, eV, (3, 3), symmetric: positive where the structure wants to expand, as the sum
    over atoms of r (x) F in an open structure. The pressure is its trace over three volumes, less
    what the motion of the atoms adds.
    """
    stress: Floats | None
    """(dE/dstrain) / volume = -virial / volume, eV/Angstrom^3, (6,): xx yy zz yz xz xy, tension
    positive, as in ASE. None unless all three axes are periodic.
    """


class StudentModel:
    """The student in a folder that `saveStudent` wrote, on ONNX Runtime (CPU).

    Between calls only the neighbour list is kept, so that structures may be mixed freely while a
    moving one is quicker. Answers do not depend on calls before. Not for several threads at once:
    give each its own.
    """

    cutoff: float
    """Angstrom."""
    elements: frozenset[int]
    """Atomic numbers that it was trained on; others are refused."""

    def __init__(
        self, folder: str | os.PathLike[str], *, threads: int = 1, skin: float = 0.5
    ) -> None:
        """`skin` (Angstrom): how much farther than the cutoff pairs are kept for the next calls; it
        changes no answer.

        Raises FileSystemError, FileFormatError and StudentConfigError for a folder that holds no
        complete student.
        """
        self.folder = Path(folder)
        self.config: StudentConfig = read_config(self.folder)
        self.cutoff = self.config.cutoff
        self.elements = frozenset(self.config.elements)
        self._threads = threads
        self._edges = EdgeTable(self.cutoff, skin)
        content = read_checked(self.folder, MODEL_FILE, self.config.hashes)
        self._network = Network(content, str(self.folder / MODEL_FILE), threads)
        self._numbers: npt.NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._references: Floats = np.zeros(0)

    def evaluate(
        self,
        numbers: npt.ArrayLike,
        positions: npt.ArrayLike,
        cell: npt.ArrayLike | None = None,
        pbc: npt.ArrayLike = False,
        *,
        charge: float = 0.0,
        spin: int = 0,
    ) -> StudentResults:
        """Energy, forces, virial and stress of a structure.

        `numbers`: atomic numbers, (N,). `positions`: Angstrom, (N, 3), wrapped or not. `cell`:
        lattice vectors as rows, (3, 3), Angstrom. `pbc`: one flag or three. `charge` (e) and `spin`
        (number of unpaired electrons) of the whole structure; they only matter to a student that
        was trained with them.

        Raises InvalidAtomsError for an unusable structure, for atoms at one place, and where the
        network overflows; UnsupportedElementError for an element that it was not trained on.
        """
        self._take_numbers(numbers)
        atomic_numbers = self._numbers
        _check_electrons(charge, spin)
        edges = self._edges
        box = as_cell(cell)
        periodic = as_pbc(pbc)
        edges.update(atomic_numbers, as_positions(positions, len(atomic_numbers)), box, periodic)
        self._refuse_coincident()
        outputs, gradients = self._network.run(
            {
                "numbers": atomic_numbers,
                "edge_vectors": edges.vectors,
                "edge_neighbors": edges.neighbors,
                "edge_reverse": edges.reverse,
                "total_charge": np.array([[charge]], dtype=np.float32),
                "unpaired_electrons": np.array([[spin]], dtype=np.float32),
            }
        )
        slopes = gradients.astype(np.float64)
        # Sums instead of many comparisons: what comes from float32 does not overflow in float64.
        with np.errstate(invalid="ignore"):
            total = outputs.sum(dtype=np.float64) + slopes.sum()
        if not math.isfinite(total):
            raise self._no_finite_answer()
        scale = self.config.scale
        flat = slopes.reshape(-1, 3)
        # F_i = sum over the edges i -> j of g_ij less those that end in i; an empty slot is its own
        # reverse, and its gradient zero.
        forces = (slopes - flat.take(edges.reverse, axis=0)).sum(axis=1)
        forces *= scale
        strain = edges.exact.T @ flat
        virial = (strain + strain.T) * (-0.5 * scale)
        energies = self._references + scale * outputs.astype(np.float64)
        if self.config.zbl:
            repulsion = zbl_energy(
                atomic_numbers,
                edges.first,
                edges.second,
                edges.edge_vectors,
                edges.distances,
                self.cutoff,
                self.config.zbl_reach,
            )
            energies += repulsion.energies
            forces += repulsion.forces
            virial += repulsion.virial
        stress = None
        if all(periodic):
            stress = -virial[_VOIGT] / abs(determinant(box))
        return StudentResults(float(energies.sum()), energies, forces, virial, stress)

    def __reduce__(self) -> tuple[object, ...]:
        """Copies read the folder again, from anywhere: a session cannot be copied."""
        return _restore, (str(self.folder.resolve()), self._threads, self._edges.skin)

    def _take_numbers(self, numbers: npt.ArrayLike) -> None:
        if len(self._numbers) > 0 and np.array_equal(numbers, self._numbers):
            return
        given = as_numbers(numbers)
        for atom, number in enumerate(given.tolist()):
            if number in self.elements:
                continue
            symbol = SYMBOLS[number]
            raise UnsupportedElementError(
                "student/element",
                f"{self.config.name} was not trained for {symbol} (atom {atom})",
                expected=f"only {', '.join(SYMBOLS[z] for z in self.config.elements)}",
                found=f"{symbol} for atom {atom}",
                where=f"atom {atom}",
                hint="Train a student on data that contain this element.",
            )
        self._numbers = given
        self._references = self.config.reference_energies[given]

    def _refuse_coincident(self) -> None:
        distances = self._edges.distances
        if len(distances) == 0 or distances.min() >= _ONE_PLACE:
            return
        edge = int(distances.argmin())
        i, j = int(self._edges.first[edge]), int(self._edges.second[edge])
        names = [f"{SYMBOLS[self._numbers[k]]} (atom {k})" for k in (i, j)]
        raise InvalidAtomsError(
            "student/coincident-atoms",
            f"{names[0]} and {names[1]} are at one place",
            expected=f"atoms at least {_ONE_PLACE} Angstrom apart",
            found="a distance of zero",
            where=f"atoms {i} and {j}",
            hint="Remove the one that is there twice.",
        )

    def _no_finite_answer(self) -> InvalidAtomsError:
        return InvalidAtomsError(
            "student/not-finite",
            f"{self.config.name} has no finite energy or forces for this structure",
            expected="finite energy and forces",
            found="infinity or NaN",
            where=self.config.name,
            hint="Look at the shortest distances: far from what it was trained on a student says "
            "anything.",
        )


def _restore(folder: str, threads: int, skin: float) -> StudentModel:
    return StudentModel(folder, threads=threads, skin=skin)


def _check_electrons(charge: float, spin: float) -> None:
    if not math.isfinite(charge):
        raise InvalidAtomsError(
            "atoms/invalid-charge",
            f"the total charge is {charge}",
            expected="a finite charge in e",
            found=str(charge),
            where="charge",
        )
    if not (math.isfinite(spin) and spin >= 0 and spin == int(spin)):
        raise InvalidAtomsError(
            "atoms/invalid-spin",
            f"the number of unpaired electrons is {spin}",
            expected="an integer, 0 or more",
            found=str(spin),
            where="spin",
        )
