"""Answers of the Python drop-in for packages/student/test/pythonDropIn.test.ts, in one process.

Run: PYTHONPATH=packages/student/python python tooling/python/student/drop_in.py REQUESTS ANSWERS
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from ase_behaviour import ase_behaviour
from mlffd_student import StudentError, StudentModel, verify_student
from mlffd_student.__main__ import main as verify_command
from mlffd_student.elements import COVALENT_RADII, SYMBOLS
from mlffd_student.zbl import zbl_energy
from neighbours import check_neighbours


def described(structure: dict[str, Any]) -> tuple[list, dict[str, Any]]:
    names = ("numbers", "positions", "cell", "pbc")
    electrons = {name: structure[name] for name in ("charge", "spin") if name in structure}
    return [structure[name] for name in names], electrons


def as_json(found: Any) -> dict[str, Any]:
    return {
        "energy": found.energy,
        "energies": found.energies.tolist(),
        "forces": found.forces.ravel().tolist(),
        "virial": found.virial.ravel().tolist(),
        "stress": None if found.stress is None else found.stress.tolist(),
    }


def evaluations(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All structures of each student with one model, and the first one again at the end."""
    answers = []
    for job in jobs:
        model = StudentModel(job["folder"], **job.get("options", {}))
        found = []
        for structure in job["structures"]:
            arguments, electrons = described(structure)
            found.append(model.evaluate(*arguments, **electrons))
        arguments, electrons = described(job["structures"][0])
        again = model.evaluate(*arguments, **electrons)
        answers.append(
            {
                "cutoff": model.cutoff,
                "elements": sorted(model.elements),
                "results": [as_json(each) for each in found],
                "repeats": bool(
                    again.energy == found[0].energy
                    and np.array_equal(again.forces, found[0].forces)
                ),
            }
        )
    return answers


def failure(job: Any) -> dict[str, Any]:
    try:
        job()
    except StudentError as error:
        fields = ("code", "message", "expected", "found", "where", "hint")
        return {"type": type(error).__name__, **{name: getattr(error, name) for name in fields}}
    return {"type": "nothing"}


def refusals(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    answers = []
    for job in jobs:
        structure = job.get("structure")
        if structure is None:
            options = job.get("options", {})
            check = verify_student if job.get("verify") else StudentModel
            answers.append(failure(lambda c=check, j=job, o=options: c(j["folder"], **o)))
            continue
        model = StudentModel(job["folder"])
        positions = [np.nan if x is None else x for x in structure["positions"]]
        arguments, electrons = described({**structure, "positions": positions})
        answer = failure(lambda m=model, a=arguments, e=electrons: m.evaluate(*a, **e))
        if "then" in job:
            # A refusal leaves the model as it was.
            good, more = described(job["then"])
            answer["then"] = model.evaluate(*good, **more).energy
        answers.append(answer)
    return answers


def command(folder: str) -> dict[str, Any]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = verify_command([folder])
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def repulsion(distances: list[float], reach: float) -> list[list[float]]:
    """Energy and derivative of each element with oxygen at each distance."""
    rows = []
    for number in range(1, 119):
        for distance in distances:
            numbers = np.array([number, 8])
            first, second = np.array([0, 1]), np.array([1, 0])
            r = np.array([distance, distance])
            vectors = np.array([[distance, 0, 0], [-distance, 0, 0]])
            found = zbl_energy(numbers, first, second, vectors, r, 5.0, reach)
            rows.append([float(found.energies.sum()), float(found.forces[0, 0])])
    return rows


def snippet(code: str, folder: str) -> str:
    """What a piece of Python prints, run in a folder."""
    out = io.StringIO()
    before = os.getcwd()
    os.chdir(folder)
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(code, "card", "exec"), {})
    finally:
        os.chdir(before)
    return out.getvalue()


def main(requests_path: str, answers_path: str) -> None:
    requests = json.loads(Path(requests_path).read_text(encoding="utf-8"))
    scratch = Path(answers_path).parent
    answers = {
        "evaluations": evaluations(requests["evaluations"]),
        "refusals": refusals(requests["refusals"]),
        "commands": [command(folder) for folder in requests["commands"]],
        "snippets": [snippet(**job) for job in requests["snippets"]],
        "symbols": list(SYMBOLS),
        "radii": COVALENT_RADII[1:].tolist(),
        "repulsion": [repulsion(requests["distances"], reach) for reach in requests["reaches"]],
        "neighbours": check_neighbours(),
        "ase": ase_behaviour(**requests["ase"], scratch=scratch),
    }
    Path(answers_path).write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
