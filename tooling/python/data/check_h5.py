"""Reads datasets of @mlffd/data with plain h5py and checks them against the documented format.

    uv run --with h5py python check_h5.py FILE.h5 ...
"""

import json
import sys

import h5py
import numpy as np

UNITS = {"positions": "Angstrom", "cell": "Angstrom", "energy": "eV", "forces": "eV/Angstrom",
         "stress": "eV/Angstrom^3"}


def check(path):
    with h5py.File(path) as f:
        assert f.attrs["format"] == "mlffd-dataset" and f.attrs["format_version"] == 1
        offsets = f["offsets"][:]
        n, rows = len(offsets) - 1, int(offsets[-1])
        assert offsets[0] == 0 and np.all(np.diff(offsets) > 0)
        assert f.attrs["structures"] == n and f.attrs["atoms"] == rows
        assert f["positions"].shape == (rows, 3) and f["positions"].dtype == np.float64
        assert f["numbers"].shape == (rows,) and f["numbers"][:].min() >= 1
        assert f["cell"].shape == (n, 3, 3) and f["pbc"].shape == (n, 3)
        assert np.all(np.isfinite(f["positions"][:])) and np.all(np.isfinite(f["cell"][:]))
        for name, unit in UNITS.items():
            assert name not in f or f[name].attrs["units"] == unit, name
        for name in f.attrs["properties"].split():
            known = f[f"has_{name}"][:].astype(bool)
            values = f[name][:]
            if name == "forces":
                assert values.dtype == np.float32
                known = np.repeat(known, np.diff(offsets))
            finite = np.isfinite(values).reshape(len(values), -1)
            assert np.all(finite[known]) and not np.any(finite[~known]), name
        for name in ("ids", "groups", "sources"):
            texts = f[name].asstr()[:]
            assert len(texts) == n and all(texts), name
        assert len(set(f["ids"].asstr()[:])) == n
        for name in ("meta", "info"):
            assert all(isinstance(json.loads(text), dict) for text in f[name].asstr()[:])
        print(f"{path}: {n} structures, {rows} atoms, {f.attrs['properties']} of {f.attrs['teacher']}")


if __name__ == "__main__":
    for file in sys.argv[1:]:
        check(file)
