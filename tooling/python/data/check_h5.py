"""Reads datasets of @mlffd/data with h5py and checks them against the documented format.

    python check_h5.py FILE.h5 [EXPECTED.json]

A file of the form `plain` is read by h5py alone, one of the form `small` needs hdf5plugin. With
EXPECTED.json, a list of structures with id, group, source, meta, info, numbers, positions, cell, pbc and
known labels, every value is compared: exactly, or within `max_rounding_error`.
Prints what it found as JSON.
"""

import json
import sys
import zlib

import h5py
import numpy as np

UNITS = {"positions": "Angstrom", "cell": "Angstrom", "energy": "eV", "forces": "eV/Angstrom",
         "stress": "eV/Angstrom^3"}
MISSING = -(2**31)


def text(attrs, key):
    """Texts in attributes are of fixed length."""
    return attrs[key].decode()


def texts(f, name):
    """`<name>_offsets` says where each text begins in the UTF-8 bytes `<name>_text`."""
    start, data = f[f"{name}_offsets"][:], f[f"{name}_text"][:].tobytes()
    table = [data[a:b].decode() for a, b in zip(start, start[1:])]
    return [table[k] for k in f[name][:]] if name in f else table


def real(f, name):
    """Positions or forces in float64; unknown forces are NaN."""
    values = f[name][:]
    if "scale" not in f[name].attrs:
        return values.astype(float)
    unknown = values == MISSING
    values = values * f[name].attrs["scale"]
    return np.where(unknown, np.nan, values) if name == "forces" else values


def check_checksums(f, positions, forces, known):
    offsets = f["offsets"][:]
    for k, expected in enumerate(f["checksum"][:]):
        rows = slice(offsets[k], offsets[k + 1])
        crc = zlib.crc32(np.ascontiguousarray(positions[rows]))
        if known[k]:
            crc = zlib.crc32(np.ascontiguousarray(forces[rows]), crc)
        assert crc == expected, k
    for name, dataset in f.items():
        if "crc32" in dataset.attrs:
            crc = zlib.crc32(dataset[:].tobytes())
            assert crc == int(dataset.attrs["crc32"]) % 2**32, name


def check(path):
    with h5py.File(path) as f:
        assert text(f.attrs, "format") == "mlffd-dataset" and f.attrs["format_version"] == 2
        form = text(f.attrs, "form")
        if form == "small":
            import hdf5plugin  # noqa: F401
        offsets = f["offsets"][:]
        n, rows = len(offsets) - 1, int(offsets[-1])
        assert offsets[0] == 0 and np.all(np.diff(offsets) > 0)
        assert f.attrs["structures"] == n and f.attrs["atoms"] == rows
        assert f["positions"].shape == (rows, 3)
        assert f["positions"].dtype == (np.int32 if form == "small" else np.float64)
        assert f["numbers"].shape == (rows,) and f["numbers"][:].min() >= 1
        assert f["cell"].shape == (n, 3, 3) and f["pbc"].shape == (n, 3)
        positions = real(f, "positions")
        assert np.all(np.isfinite(positions)) and np.all(np.isfinite(f["cell"][:]))
        for name, unit in UNITS.items():
            assert name not in f or text(f[name].attrs, "units") == unit, name
        properties = text(f.attrs, "properties").split()
        labels = {}
        for name in properties:
            known = f[f"has_{name}"][:].astype(bool)
            labels[name] = real(f, name) if name == "forces" else f[name][:]
            if name == "forces":
                assert f[name].dtype == (np.int32 if form == "small" else np.float32)
                known = np.repeat(known, np.diff(offsets))
            finite = np.isfinite(labels[name]).reshape(len(known), -1)
            assert np.all(finite[known]) and not np.any(finite[~known]), name
        known = f["has_forces"][:].astype(bool) if "forces" in properties else np.zeros(n, bool)
        check_checksums(f, positions, labels.get("forces"), known)
        tables = {name: texts(f, name) for name in ("id", "group", "source", "meta", "info")}
        assert all(len(table) == n for table in tables.values())
        assert len(set(tables["id"])) == n
        structures = []
        for k in range(n):
            a, b = offsets[k : k + 2]
            found = {name: table[k] for name, table in tables.items()}
            found |= {"meta": json.loads(found["meta"]), "info": json.loads(found["info"])}
            found |= {"numbers": f["numbers"][a:b], "positions": positions[a:b]}
            found |= {"cell": f["cell"][k], "pbc": f["pbc"][k]}
            for name in properties:
                if f[f"has_{name}"][k]:
                    found[name] = labels[name][a:b] if name == "forces" else labels[name][k]
            structures.append(found)
        bounds = {name: float(f[name].attrs.get("max_rounding_error", 0))
                  for name in ("positions", "forces") if name in f}
        return structures, {"form": form, "structures": n, "atoms": rows, "bounds": bounds,
                            "teacher": text(f.attrs, "teacher")}


def compare(found, expected, bounds):
    """Largest differences of positions and forces; all else must be equal."""
    worst = {name: 0.0 for name in bounds}
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.keys() == other.keys(), (one.keys(), other.keys())
        for key, value in other.items():
            if key not in bounds:
                same = np.array_equal(np.ravel(one[key]), np.ravel(value))
                assert same, (one["id"], key, one[key], value)
                continue
            error = np.abs(np.ravel(one[key]) - np.ravel(value)).max()
            worst[key] = max(worst[key], float(error))
            assert error <= bounds[key], (one["id"], key, error, bounds[key])
    return worst


if __name__ == "__main__":
    structures, summary = check(sys.argv[1])
    if len(sys.argv) > 2:
        with open(sys.argv[2]) as file:
            summary["worst"] = compare(structures, json.load(file), summary["bounds"])
    summary["hdf5plugin"] = "hdf5plugin" in sys.modules
    print(json.dumps(summary))
