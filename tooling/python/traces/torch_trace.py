"""Records a small trace of torch.profiler: three steps of a tiny network on the CPU.

Usage: python torch_trace.py OUT.json[.gz]

The recorded file of the tests was made with torch 2.13:
    python torch_trace.py packages/cuda-profiler/test/fixtures/torch-cpu.json
"""

import gzip
import json
import sys
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile, record_function, schedule


def record(path: Path) -> None:
    """Writes the trace of two recorded steps, the first being the profiler's warm-up."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.SiLU(), torch.nn.Linear(16, 1))
    x = torch.randn(32, 8, requires_grad=True)
    steps = schedule(wait=0, warmup=1, active=2, repeat=1)
    plain = path.with_suffix("") if path.suffix == ".gz" else path

    def write(profiler: profile) -> None:
        profiler.export_chrome_trace(str(plain))

    with profile(
        activities=[ProfilerActivity.CPU],
        record_shapes=True,
        schedule=steps,
        on_trace_ready=write,
    ) as profiler:
        for _ in range(3):
            with record_function("model"):
                energy = model(x).sum()
            with record_function("forces"):
                torch.autograd.grad(energy, x)
            profiler.step()
    tidy(plain, path)


def tidy(plain: Path, path: Path) -> None:
    """Leaves out the name of the machine, and compresses where the name asks for it."""
    trace = json.loads(plain.read_text())
    trace.pop("host_name", None)
    trace["traceName"] = path.name
    text = json.dumps(trace)
    if path.suffix == ".gz":
        plain.unlink()
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
