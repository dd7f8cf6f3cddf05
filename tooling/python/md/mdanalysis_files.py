"""DCD and H5MD files of MDAnalysis and of VMD's plugin (through MDTraj), for the tests of @mlffd/md.

Usage: python tooling/python/md/mdanalysis_files.py packages/md/test/fixtures/mdanalysis.json

Frames are random; the cell is in the orientation that DCD implies, and changes. The JSON holds them
with the bytes of the files (base64, H5MD through gzip), so that reading and writing are checked against what others
write. Packages, in an environment of its own: MDAnalysis 2.11.0, mdtraj 1.11.1, h5py.
"""

import base64
import gzip
import json
import sys
import tempfile
import warnings
from pathlib import Path

import MDAnalysis
import mdtraj
import numpy as np
from MDAnalysis.lib.formats.libdcd import DCDFile
from MDAnalysis.lib.mdamath import triclinic_vectors

ATOMS = 5
FRAMES = 3
FIRST_STEP = 200
STEPS_BETWEEN = 50
TIMESTEP = 0.5  # fs
AKMA = 48.88821  # fs


def frames() -> tuple[np.ndarray, np.ndarray]:
    """Positions [frames, atoms, 3] (Angstrom) and A, B, C, alpha, beta, gamma of each frame."""
    rng = np.random.default_rng(1)
    positions = rng.normal(scale=20, size=(FRAMES, ATOMS, 3)).astype(np.float32)
    boxes = np.array([[10 + k, 11, 12.5 - k, 80, 95 + k, 105] for k in range(FRAMES)], np.float32)
    return positions, boxes


def with_mdanalysis(path: Path) -> None:
    """Angles in degrees, as CHARMM has them."""
    positions, boxes = frames()
    with DCDFile(str(path), "w") as file:
        file.write_header(
            remarks="Frames of mdanalysis_files.py",
            natoms=ATOMS,
            istart=FIRST_STEP,
            nsavc=STEPS_BETWEEN,
            delta=TIMESTEP / AKMA,
            is_periodic=1,
        )
        for xyz, (a, b, c, alpha, beta, gamma) in zip(positions, boxes, strict=True):
            file.write(xyz, [a, gamma, b, beta, alpha, c])


def with_plugin(path: Path) -> None:
    """Cosines of angles, as NAMD has them; no steps."""
    positions, boxes = frames()
    with mdtraj.formats.DCDTrajectoryFile(str(path), "w") as file:
        file.write(positions, cell_lengths=boxes[:, :3], cell_angles=boxes[:, 3:])


def with_h5md(path: Path) -> None:
    """Velocities and forces are multiples of the positions; units are those of GROMACS."""
    positions, boxes = frames()
    universe = MDAnalysis.Universe.empty(ATOMS, trajectory=True, velocities=True, forces=True)
    timestep = universe.trajectory.ts
    units = {
        "lengthunit": "nm",
        "velocityunit": "nm/ps",
        "forceunit": "kJ/(mol*nm)",
        "timeunit": "ps",
    }
    with MDAnalysis.Writer(str(path), n_atoms=ATOMS, **units) as writer:
        for k in range(FRAMES):
            timestep.dimensions = boxes[k]
            timestep.positions = positions[k]
            timestep.velocities = positions[k] / 8
            timestep.forces = positions[k] * 2
            timestep.time = 0.25 * k
            timestep.data["step"] = FIRST_STEP + STEPS_BETWEEN * k
            writer.write(universe)


def main() -> None:
    """Writes the fixture."""
    warnings.simplefilter("ignore")
    positions, boxes = frames()
    fixture: dict[str, object] = {
        "versions": {"MDAnalysis": MDAnalysis.__version__, "mdtraj": mdtraj.__version__},
        "firstStep": FIRST_STEP,
        "stepsBetween": STEPS_BETWEEN,
        "timestep": TIMESTEP,
        "positions": positions.astype(float).reshape(FRAMES, -1).tolist(),
        "cells": [triclinic_vectors(box, dtype=float).ravel().tolist() for box in boxes],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.dcd"
        for name, write in (("mdanalysis", with_mdanalysis), ("plugin", with_plugin)):
            write(path)
            fixture[name] = base64.b64encode(path.read_bytes()).decode()
            path.unlink()
        h5md = Path(folder) / "run.h5md"
        with_h5md(h5md)
        packed = gzip.compress(h5md.read_bytes(), mtime=0)
        fixture["h5md"] = base64.b64encode(packed).decode()
    Path(sys.argv[1]).write_text(json.dumps(fixture, indent=1) + "\n")


if __name__ == "__main__":
    main()
