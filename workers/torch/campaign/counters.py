"""Subprocess under Nsight Compute: one eager forward per batch size, when the parent says go.

`ncu ... python3 -m campaign.counters MODEL DIRECTORY LOCK`. Waits for `MODEL-BATCH.go` or `stop` in the
directory; the hardware counters of the kernels between profiler start and stop are ncu's output.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

BATCHES = (8, 32, 1)


def main(model: str, directory: Path, lock: Path) -> None:
    import torch
    import torchvision.models  # noqa: F401
    import transformers  # noqa: F401

    from eclip_torch import models

    from .rig import exclusive_gpu

    (directory / f"{model}.ready").touch()
    loaded = None
    for batch in BATCHES:
        if not wait_for(directory / f"{model}-{batch}.go", directory / "stop"):
            return
        with exclusive_gpu(lock), torch.no_grad():
            loaded = loaded or models.load(model, "cuda")
            inputs = loaded.make_inputs(batch)
            for _ in range(2):
                loaded.module(*inputs)
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStart()
            loaded.module(*inputs)
            torch.cuda.synchronize()
            torch.cuda.cudart().cudaProfilerStop()
        (directory / f"{model}-{batch}.done").touch()


def wait_for(path: Path, stop: Path) -> bool:
    """False when the campaign stops first."""
    while not path.exists():
        if stop.exists():
            return False
        time.sleep(0.05)
    return True


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
