"""Trains schnetpack's PaiNN as `spktrain` does, on one core, and answers for the test structures.

    train_painn.py REQUEST.json

Request: {"frames": JSON file of {"structures": [{"numbers", "positions", "energy", "forces"}],
"split": {"train", "validation", "test"}} in eV and Angstrom, "folder": where to work, new,
"model": configuration of a student, "epochs", "batchSize", "learningRate", "emaDecay", "seed",
"result": file}.
Result: {"versions", "prepareSeconds", "seconds", "epochs": [{"epoch", "seconds", "valLoss",
"forceMae", "energyMae"}], "predictions": [{"energy", "forces"}] in the order of the test structures}.

Everything is schnetpack's own: AtomsDataModule on an ASE database with its reference energies, the
neighbour list and the other transforms of its MD17 experiment, AtomisticTask with that experiment's
losses (0.01 energy, 0.99 forces), ModelCheckpoint, ExponentialMovingAverage, Lightning's Trainer, and
the learning rate's schedule over the same number of epochs. `seconds` is what `Trainer.fit` takes,
validation and checkpoints included; lists are in schnetpack's cache by then. Denormal numbers are
flushed to zero, which spktrain does not do and which is faster.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

# schnetpack 2.1.1 reads whole models in a way that torch 2.6 and later allow only if told to.
os.environ["TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from ase import Atoms  # noqa: E402
from painn_model import build, spk  # noqa: E402  (before schnetpack.data: it mends an import)

import pytorch_lightning as pl  # noqa: E402
import torchmetrics  # noqa: E402
from schnetpack import transform as trn  # noqa: E402
from schnetpack.data import ASEAtomsData, AtomsDataModule, AtomsLoader  # noqa: E402

ELEMENTS = 100
UNITS = {"energy": "eV", "forces": "eV/Ang"}


def reference_energies(structures: list[dict[str, Any]], train: list[int]) -> list[float]:
    """Energy of each element, eV, by least squares over the training structures."""
    counts = np.zeros((len(train), ELEMENTS))
    for row, k in enumerate(train):
        np.add.at(counts[row], structures[k]["numbers"], 1)
    energies = np.array([structures[k]["energy"] for k in train])
    return np.linalg.lstsq(counts, energies, rcond=None)[0].tolist()


def write_database(path: str, structures: list[dict[str, Any]], train: list[int]) -> None:
    """All structures as schnetpack stores them."""
    references = reference_energies(structures, train)
    data = ASEAtomsData.create(
        path, distance_unit="Ang", property_unit_dict=UNITS, atomrefs={"energy": references}
    )
    atoms = [
        Atoms(one["numbers"], positions=np.array(one["positions"]).reshape(-1, 3))
        for one in structures
    ]
    labels = [
        {
            "energy": np.array([one["energy"]]),
            "forces": np.array(one["forces"]).reshape(-1, 3),
        }
        for one in structures
    ]
    data.add_systems(property_list=labels, atoms_list=atoms)


def transforms_of(folder: Path, cutoff: float) -> list[torch.nn.Module]:
    """Preprocessing of the MD17 experiment, with reference energies in place of one mean."""
    cache = trn.CachedNeighborList(
        str(folder / "lists"), trn.MatScipyNeighborList(cutoff), keep_cache=True
    )
    return [
        trn.SubtractCenterOfMass(),
        trn.RemoveOffsets("energy", remove_mean=True, remove_atomrefs=True),
        cache,
        trn.CastTo32(),
    ]


def model_of(config: dict[str, Any]) -> torch.nn.Module:
    """A student's configuration as a potential with the postprocessing of the MD17 experiment."""
    bare = build(config, False)
    return spk.model.NeuralNetworkPotential(
        bare.representation,
        input_modules=list(bare.input_modules),
        output_modules=list(bare.output_modules),
        postprocessors=[
            trn.CastTo64(),
            trn.AddOffsets("energy", add_mean=True, add_atomrefs=True),
        ],
    )


def output_of(name: str, weight: float) -> Any:
    """One term of the loss with the metrics of the MD17 experiment."""
    return spk.task.ModelOutput(
        name=name,
        loss_fn=torch.nn.MSELoss(),
        loss_weight=weight,
        metrics={
            "mae": torchmetrics.regression.MeanAbsoluteError(),
            "rmse": torchmetrics.regression.MeanSquaredError(squared=False),
        },
    )


class Clock(pl.Callback):
    """Notes what every epoch took, validation included, and prints it."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.rows: list[dict[str, float]] = []
        self.start = time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Lightning calls it after the validation of the epoch."""
        now = time.perf_counter()
        row = {
            "epoch": trainer.current_epoch + 1,
            "seconds": now - self.start,
            "valLoss": float(trainer.callback_metrics["val_loss"]),
            "forceMae": float(trainer.callback_metrics["val_forces_mae"]),
            "energyMae": float(trainer.callback_metrics["val_energy_mae"]),
        }
        self.start = now
        self.rows.append(row)
        mae = 1e3 * row["forceMae"]
        told = f"schnetpack {row['epoch']}/{self.epochs}: {mae:.1f} meV/A, {row['seconds']:.1f} s"
        print(told, flush=True)


def fit(request: dict[str, Any], folder: Path, data: AtomsDataModule, epochs: int) -> Clock:
    """Trains; the best model is then in `folder`."""
    rate = request["learningRate"]
    task = spk.AtomisticTask(
        model=model_of(request["model"]),
        outputs=[output_of("energy", 0.01), output_of("forces", 0.99)],
        optimizer_cls=torch.optim.AdamW,
        optimizer_args={"lr": rate, "weight_decay": 0.0},
        scheduler_cls=torch.optim.lr_scheduler.CosineAnnealingLR,
        scheduler_args={"T_max": epochs, "eta_min": 0.01 * rate},
    )
    clock = Clock(epochs)
    trainer = pl.Trainer(
        accelerator="cpu",
        devices=1,
        max_epochs=epochs,
        precision=32,
        num_sanity_val_steps=0,
        inference_mode=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        logger=pl.loggers.CSVLogger(str(folder)),
        default_root_dir=str(folder),
        callbacks=[
            # First of all, so that checkpoints and validation see averaged weights.
            spk.train.ExponentialMovingAverage(decay=request["emaDecay"]),
            spk.train.ModelCheckpoint(
                model_path=str(folder / "best_model"),
                monitor="val_loss",
                mode="min",
                save_top_k=1,
                save_last=True,
                dirpath=str(folder / "checkpoints"),
            ),
            clock,
        ],
    )
    clock.start = time.perf_counter()
    trainer.fit(model=task, datamodule=data)
    return clock


def predict(folder: Path, data: AtomsDataModule) -> list[dict[str, Any]]:
    """Total energies and forces of the test structures from the best model."""
    model = torch.load(folder / "best_model", weights_only=False).eval()
    found = []
    for batch in AtomsLoader(data.test_dataset, batch_size=1):
        output = model(batch)
        found.append(
            {
                "energy": output["energy"].item(),
                "forces": output["forces"].detach().double().numpy().ravel().tolist(),
            }
        )
    return found


def main() -> None:
    """Command line; see the top of the file."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    torch.set_num_threads(1)
    # The far ends of Gaussians are denormal numbers, which cost the processor a third more time.
    torch.set_flush_denormal(True)
    pl.seed_everything(request["seed"])
    folder = Path(request["folder"])
    folder.mkdir(parents=True)
    begin = time.perf_counter()
    frames = json.loads(Path(request["frames"]).read_text(encoding="utf-8"))
    structures, split = frames["structures"], frames["split"]
    database = str(folder / "frames.db")
    write_database(database, structures, split["train"])
    np.savez(
        folder / "split.npz",
        train_idx=split["train"],
        val_idx=split["validation"],
        test_idx=split["test"],
    )
    os.chdir(folder)
    data = AtomsDataModule(
        database,
        batch_size=request["batchSize"],
        num_train=len(split["train"]),
        num_val=len(split["validation"]),
        num_test=len(split["test"]),
        split_file=str(folder / "split.npz"),
        transforms=transforms_of(folder, request["model"]["cutoff"]),
        property_units=UNITS,
        distance_unit="Ang",
        # Worker processes would be on further cores.
        num_workers=0,
    )
    data.setup()
    for part in (data.train_dataset, data.val_dataset):
        for k in range(len(part)):
            _ = part[k]
    ready = time.perf_counter()
    clock = fit(request, folder, data, request["epochs"])
    end = time.perf_counter()
    result = {
        "versions": {
            "schnetpack": spk.__version__,
            "torch": torch.__version__,
            "lightning": pl.__version__,
        },
        "prepareSeconds": ready - begin,
        "seconds": end - ready,
        "epochs": clock.rows,
        "predictions": predict(folder, data),
    }
    Path(request["result"]).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main()
