"""What ASE and h5py find in trajectory files of @mlffd/md, and trajectories that ASE writes for it.

Usage: python tooling/python/md/check_trajectories.py FOLDER SNAPSHOTS > found.json

FOLDER holds run.xyz, run.traj and run.h5 of the same frames, which are read; `ase.traj` is written
there, and one frame is appended to a copy of run.traj (`longer.traj`). SNAPSHOTS holds folders
ENDING/NUMBER-FRAMES: files as a killed process leaves them. Packages: ase 3.29, h5py.
"""

import json
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.io import Trajectory, read

FRAMES = 50
"""More than 42, where the table of frames in a .traj file is written again."""


def describe(atoms: Atoms) -> dict[str, object]:
    """What is compared of a frame; arrays flat, in ASE's units."""
    results = atoms.calc.results if atoms.calc is not None else {}
    return {
        "numbers": atoms.numbers.tolist(),
        "positions": atoms.positions.ravel().tolist(),
        "cell": atoms.cell.array.ravel().tolist(),
        "pbc": atoms.pbc.tolist(),
        "momenta": atoms.get_momenta().ravel().tolist(),
        "masses": atoms.get_masses().tolist(),
        "info": {k: np.asarray(v).item() for k, v in atoms.info.items() if np.ndim(v) == 0},
        **{k: np.ravel(v).tolist() for k, v in results.items()},
    }


def read_h5md(path: Path) -> dict[str, object]:
    """All datasets of an H5MD file, and the attributes that its specification asks for."""
    found: dict[str, object] = {}
    with h5py.File(path) as file:

        def visit(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset):
                found[name] = item[()].tolist()
                if "unit" in item.attrs:
                    found[f"{name}@unit"] = item.attrs["unit"]

        file.visititems(visit)
        # Other names of a dataset are not visited.
        for element in ("particles/all/velocity", "particles/all/box/edges", "observables/stress"):
            same = all(
                file[f"{element}/{name}"] == file[f"particles/all/position/{name}"]
                for name in ("step", "time")
            )
            found[f"{element}@linked"] = same
        found["version"] = file["h5md"].attrs["version"].tolist()
        found["units"] = file["h5md/modules/units"].attrs["version"].tolist()
        found["creator"] = file["h5md/creator"].attrs["name"]
        box = file["particles/all/box"].attrs
        found["dimension"] = int(box["dimension"])
        found["boundary"] = list(box["boundary"])
    return found


def write_ase(path: Path) -> list[dict[str, object]]:
    """A trajectory with all that ASE puts into one; frames from 47 on have other atoms."""
    rng = np.random.default_rng(1)
    written = []
    with Trajectory(path, "w") as trajectory:
        for k in range(FRAMES):
            symbols = "OH2" if k < 47 else "OH3"
            n = 3 if k < 47 else 4
            atoms = Atoms(symbols, rng.normal(size=(n, 3)), cell=[5 + k, 6, 7], pbc=[1, 1, 0])
            atoms.set_momenta(rng.normal(size=(n, 3)))
            atoms.set_masses([15.9, 2.014, 1.008, 1.008][:n])
            atoms.set_tags(range(n))
            atoms.set_constraint(FixAtoms([0]))
            atoms.info = {"step": 5 * k, "note": "a NaN", "nested": {"a": [1, {}]}, "list": [1, 2]}
            atoms.calc = SinglePointCalculator(
                atoms,
                energy=rng.normal() if k != 3 else np.nan,
                forces=rng.normal(size=(n, 3)),
                stress=rng.normal(size=6),
                magmom=1.0,
            )
            trajectory.write(atoms)
            written.append(describe(atoms))
            # Otherwise constraints set the force of fixed atoms to zero on the way.
            written[-1]["forces"] = atoms.calc.results["forces"].ravel().tolist()
    return written


def count_frames(path: Path) -> int:
    """Frames that the real reader of a format finds; -1 before there is a header."""
    if not path.exists() or path.stat().st_size < (56 if path.suffix == ".traj" else 1):
        return -1
    if path.suffix == ".h5":
        with h5py.File(path) as file:
            value = file["particles/all/position/value"]
            assert np.isfinite(value[()]).all()
            return int(value.shape[0])
    if path.suffix == ".traj":
        with Trajectory(path) as trajectory:
            return len([atoms for atoms in trajectory])
    # ASE finds no frame at all in a file whose first line is blank.
    try:
        return len(read(path, ":"))
    except (IndexError, ValueError):
        return 0


def main() -> None:
    """Reads and writes everything; prints what was found."""
    folder, snapshots = Path(sys.argv[1]), Path(sys.argv[2])
    longer = folder / "longer.traj"
    shutil.copy(folder / "run.traj", longer)
    with Trajectory(longer, "a") as trajectory:
        trajectory.write(read(folder / "run.traj", 0))
    found = {
        "xyz": [describe(atoms) for atoms in read(folder / "run.xyz", ":")],
        "traj": [describe(atoms) for atoms in read(folder / "run.traj", ":")],
        "h5": read_h5md(folder / "run.h5"),
        "written": write_ase(folder / "ase.traj"),
        "snapshots": {
            f"{ending}/{entry.name}": count_frames(entry / f"run.{ending}")
            for ending in ("xyz", "traj", "h5")
            for entry in sorted((snapshots / ending).iterdir())
        },
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
