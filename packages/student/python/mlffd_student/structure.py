"""Structures as the rest of the package takes them, and what is wrong with those it refuses."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .elements import MAX_ATOMIC_NUMBER, SYMBOLS
from .errors import InvalidAtomsError

Floats = npt.NDArray[np.float64]
Pbc = tuple[bool, bool, bool]

# Relative volume below which lattice vectors count as linearly dependent.
_DEGENERATE = 1e-8


def as_numbers(numbers: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Atomic numbers, (N,); raises InvalidAtomsError for an empty list and all but 1 to 118."""
    given = np.asarray(numbers)
    if given.ndim != 1 or given.size == 0:
        raise InvalidAtomsError(
            "atoms/empty",
            "a structure needs at least one atom",
            expected="one or more atomic numbers",
            found=f"an array of shape {given.shape}",
            where="numbers",
        )
    known = (given >= 1) & (given <= MAX_ATOMIC_NUMBER) & (given == np.floor(given))
    if known.all():
        return np.array(given, dtype=np.int64)
    atom = int(np.argmin(known))
    raise InvalidAtomsError(
        "atoms/unknown-element",
        f"atom {atom} has the atomic number {given[atom]}",
        expected=f"an integer from 1 to {MAX_ATOMIC_NUMBER}",
        found=f"{given[atom]} for atom {atom}",
        where=f"atom {atom}",
        hint="Remove dummy atoms.",
    )


def as_positions(positions: npt.ArrayLike, atoms: int) -> Floats:
    """Positions, (N, 3), Angstrom, not copied without need; their values are not checked."""
    values = np.ascontiguousarray(positions, dtype=np.float64)
    if values.shape == (atoms, 3):
        return values
    if values.size == 3 * atoms:
        return values.reshape(atoms, 3)
    raise InvalidAtomsError(
        "atoms/length-mismatch",
        f"{atoms} atoms need {3 * atoms} coordinates, not {values.size}",
        expected=f"{3 * atoms} coordinates",
        found=str(values.size),
        where="positions",
    )


def as_cell(cell: npt.ArrayLike | None) -> Floats:
    """Lattice vectors as rows, (3, 3), Angstrom; None has none, three lengths make a box."""
    if cell is None:
        return np.zeros((3, 3))
    values = np.asarray(cell, dtype=np.float64)
    if values.shape == (3, 3):
        return values
    if values.shape == (3,):
        return np.diag(values)
    if values.size == 9:
        return values.reshape(3, 3)
    raise InvalidAtomsError(
        "atoms/invalid-cell",
        "a cell has 3 x 3 components",
        expected="9 numbers",
        found=f"{values.size} numbers",
        where="cell",
    )


def as_pbc(pbc: npt.ArrayLike) -> Pbc:
    """Which lattice vectors are periodic, from one flag or three."""
    if pbc is True or pbc is False:
        return (pbc, pbc, pbc)
    flags = np.asarray(pbc, dtype=bool).ravel()
    if flags.size == 1:
        return (bool(flags[0]),) * 3
    if flags.size == 3:
        return (bool(flags[0]), bool(flags[1]), bool(flags[2]))
    raise InvalidAtomsError(
        "atoms/invalid-pbc",
        "pbc has one flag for each lattice vector",
        expected="3 booleans",
        found=f"{flags.size} values",
        where="pbc",
    )


def check_structure(
    numbers: npt.NDArray[np.int64], positions: Floats, cell: Floats, pbc: Pbc
) -> None:
    """Raises InvalidAtomsError for a coordinate that is not finite and a cell without volume."""
    if not np.isfinite(positions).all():
        atom, axis = np.argwhere(~np.isfinite(positions))[0]
        value = positions[atom, axis]
        raise InvalidAtomsError(
            "atoms/non-finite-position",
            f"the {'xyz'[axis]} coordinate of atom {atom} ({SYMBOLS[numbers[atom]]}) is {value}",
            expected="a finite coordinate in Angstrom",
            found=f"{value} for atom {atom}, {'xyz'[axis]}",
            where=f"atom {atom}, {'xyz'[axis]}",
            hint="In molecular dynamics this follows a blow-up: look at the frames before, or take "
            "a smaller time step.",
        )
    if not np.isfinite(cell).all():
        row, axis = np.argwhere(~np.isfinite(cell))[0]
        name = f"{'abc'[row]}{'xyz'[axis]}"
        raise InvalidAtomsError(
            "atoms/invalid-cell",
            f"cell component {name} is {cell[row, axis]}",
            expected="finite lattice vectors in Angstrom",
            found=f"{cell[row, axis]} for {name}",
            where=f"cell, {name}",
        )
    for axis in range(3):
        if pbc[axis] and not cell[axis].any():
            raise InvalidAtomsError(
                "atoms/missing-cell-vector",
                f"axis {'abc'[axis]} is periodic but its lattice vector is zero",
                expected=f"a lattice vector {'abc'[axis]}",
                found="[0, 0, 0]",
                where=f"cell, {'abc'[axis]}",
                hint="Give the cell, or set pbc to false.",
            )
    complete = periodic_cell(cell, pbc)
    if not abs(determinant(complete)) > _DEGENERATE * np.linalg.norm(complete, axis=1).prod():
        raise InvalidAtomsError(
            "atoms/zero-volume",
            "the lattice vectors of the periodic axes are linearly dependent",
            expected="linearly independent lattice vectors",
            found=str(cell.tolist()),
            where="cell",
            hint="Give vectors that span a volume, or set pbc to false.",
        )


def determinant(cell: Floats) -> float:
    """Volume with sign, Angstrom^3: negative for a left-handed cell."""
    a, b, c = cell.tolist()
    return (
        a[0] * (b[1] * c[2] - b[2] * c[1])
        + a[1] * (b[2] * c[0] - b[0] * c[2])
        + a[2] * (b[0] * c[1] - b[1] * c[0])
    )


def periodic_cell(cell: Floats, pbc: Pbc) -> Floats:
    """The cell that images follow: rows of axes that are not periodic become unit vectors normal to
    the others, as no image moves along them, whatever the cell says there.
    """
    free = [axis for axis in range(3) if not pbc[axis]]
    if not free:
        return cell
    if len(free) == 3:
        return np.eye(3)
    complete = cell.copy()
    if len(free) == 2:
        kept = 3 - sum(free)
        first, second = (kept + 1) % 3, (kept + 2) % 3
        axis = np.zeros(3)
        axis[np.argmin(np.abs(cell[kept]))] = 1.0
        complete[first] = _unit(np.cross(cell[kept], axis))
        complete[second] = _unit(np.cross(cell[kept], complete[first]))
    else:
        others = [axis for axis in range(3) if pbc[axis]]
        complete[free[0]] = _unit(np.cross(cell[others[0]], cell[others[1]]))
    return complete


def _unit(vector: Floats) -> Floats:
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector
