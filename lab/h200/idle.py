"""What a launch costs after a pause, by the share of its process and by its priority level.

One process per share runs under an MPS daemon that is running already. The processes take turns, so each has the GPU to
itself while it measures. Run from the root of the repository:

    python3 -m h200.idle --out FILE
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import torch
import torchvision
from eclip_torch.capture import CapturedGraph, GraphExec
from eclip_torch.driver import Driver

SHARES = (100, 60, 40, 30)
MODELS = ("vit_b_16", "resnet50", "densenet201")
BATCH = 8
ROUNDS = 2

# Milliseconds of pause before a launch, how many launches, and whether another model runs before the pause.
PAUSES = ((0, 60, False), (3, 40, False), (20, 16, False), (3, 40, True))


class Model:
    """A captured model with an executable for each of some priority levels."""

    def __init__(self, name: str, driver: Driver, stream: int) -> None:
        self.name = name
        # The graph reads the weights, so the module must live as long as the graph.
        self._module = getattr(torchvision.models, name)().half().cuda().eval().to(memory_format=torch.channels_last)
        images = torch.randn(BATCH, 3, 224, 224, device="cuda", dtype=torch.float16)
        inputs = [images.to(memory_format=torch.channels_last)]
        self._graph = CapturedGraph(driver, self._module, inputs, stream)
        self.kernels = len(self._graph.kernel_nodes)
        self.executables = {level: self._at(level, driver) for level in (0, 1, driver.priority_levels() - 1)}

    def _at(self, level: int, driver: Driver) -> GraphExec:
        self._graph.prioritize([level] * self.kernels, driver.priority_levels())
        return self._graph.instantiate()


def latency_us(executable: GraphExec, driver: Driver, stream: int) -> float:
    begin = time.perf_counter()
    executable.launch(stream)
    driver.synchronize(stream)
    return (time.perf_counter() - begin) * 1e6


def measure(share: int, out: Path, turn: Path) -> None:
    """Measures one process's launches, in turn with other processes."""
    torch.zeros(1, device="cuda")
    driver = Driver()
    stream = driver.create_stream()
    models = [Model(name, driver, stream) for name in MODELS]
    rows: list[dict[str, Any]] = []
    with turn.open("w") as lock:
        for number in range(ROUNDS):
            fcntl.flock(lock, fcntl.LOCK_EX)
            for model, other in zip(models, models[1:] + models[:1]):
                for level, executable in model.executables.items():
                    for pause_ms, count, is_other_first in PAUSES:
                        latencies = []
                        for _ in range(count):
                            if is_other_first:
                                latency_us(other.executables[0], driver, stream)
                            time.sleep(pause_ms / 1000)
                            latencies.append(latency_us(executable, driver, stream))
                        rows.append(
                            {
                                "share": share,
                                "round": number,
                                "atS": round(time.time(), 1),
                                "model": model.name,
                                "kernels": model.kernels,
                                "level": level,
                                "pauseMs": pause_ms,
                                "after": other.name if is_other_first else model.name,
                                "p50Us": round(statistics.median(latencies), 1),
                            }
                        )
            fcntl.flock(lock, fcntl.LOCK_UN)
            # Without a pause this process could take the lock again before another one wakes.
            time.sleep(0.5)
    out.write_text(json.dumps(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.share is not None:
        measure(args.share, args.out, args.turn)
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "h200.idle", "--turn", f"{folder}/turn"]
        processes = [
            subprocess.Popen(
                [*command, "--share", str(share), "--out", f"{folder}/{share}.json"],
                env={**os.environ, "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE": str(share)},
            )
            for share in SHARES
        ]
        if any(process.wait() != 0 for process in processes):
            sys.exit("a process failed")
        rows = [row for share in SHARES for row in json.loads(Path(f"{folder}/{share}.json").read_text())]
    record = {
        "gpu": torch.cuda.get_device_name(0),
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "versions": {"torch": torch.__version__, "cuda": torch.version.cuda},
        "rows": rows,
    }
    args.out.write_text(json.dumps(record))


if __name__ == "__main__":
    main()
