"""Kernel times by CUPTI, in a process of their own because tracing would slow the other measurements.

`python3 -m h200.kernels FOLDER LOCK DEADLINE` appends a record for each model, batch and number of granules while
no other process holds LOCK, until DEADLINE in seconds since the epoch.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from eclip_torch.models import SHORT_NAMES

from .output import Output

FULL_REPEATS = 5
SIZE_REPEATS = 3
SIZES = (8, 4, 2, 12, 1, 6, 3)


def main(out: Output, lock: Path, deadline: float) -> None:
    import torch  # noqa: F401  (the slow imports happen before the GPU is claimed)
    import torchvision.models  # noqa: F401
    import transformers  # noqa: F401

    from .rig import Rig, exclusive_gpu

    with exclusive_gpu(lock):
        rig = Rig()
        everything = rig.partitioner.everything
        for batch in (1, 8, 32):
            for model in SHORT_NAMES:
                if time.time() < deadline:
                    record(out, rig, model, batch, everything, FULL_REPEATS)
        for size in SIZES:
            for model in SHORT_NAMES:
                if time.time() < deadline:
                    record(out, rig, model, 1, tuple(range(size)), SIZE_REPEATS)


def record(out: Output, rig: Any, model: str, batch: int, granules: tuple[int, ...], repeats: int) -> None:
    """Appends one record; a failure is a record too."""
    begin = time.time()
    entry: dict[str, Any] = {"model": model, "batch": batch, "granules": len(granules)}
    try:
        entry |= measure(rig, model, batch, granules, repeats)
    except Exception as error:
        entry["error"] = f"{type(error).__name__}: {error}"
    entry["tookS"] = round(time.time() - begin, 2)
    out.append("kernels", entry)


def measure(rig: Any, model: str, batch: int, granules: tuple[int, ...], repeats: int) -> dict[str, Any]:
    from eclip_torch import profile
    from eclip_torch.plan import KernelGroup

    graph = rig.graph(model, 0, batch)
    entry: dict[str, Any] = {"kernelNodes": len(graph.kernel_nodes), "otherNodes": graph.other_nodes}
    full = len(granules) == rig.partitioner.granule_count
    if full:
        try:
            entry["edges"], entry["programmaticEdges"] = graph.edge_counts()
        except Exception as error:
            entry["edgeError"] = str(error)
        entry["shapes"] = graph.launch_shapes()
        entry["latencyMs"] = round(rig.latency_ms(graph, granules), 4)
    executable = rig.place(graph, "0", [KernelGroup(len(graph.kernel_nodes), granules)])
    stream = rig.streams[0]
    try:
        launch, wait = lambda: executable.launch(stream), lambda: rig.driver.synchronize(stream)
        launch()
        wait()
        events = profile.trace(launch, wait, repeats)
    finally:
        executable.destroy()
    times = profile.summarize(events, repeats)
    entry |= {"durationUs": times.durations_us, "gapUs": times.gaps_us, "spanUs": times.span_us}
    if full:
        entry["kernels"] = times.kernels
    return entry


if __name__ == "__main__":
    main(Output(Path(sys.argv[1])), Path(sys.argv[2]), float(sys.argv[3]))
