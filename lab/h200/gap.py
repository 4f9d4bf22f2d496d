"""Where the launch gap of a graph comes from: `python3 -m h200.gap [MODEL] [BATCH]`. One line for each way to
place it."""

from __future__ import annotations

import sys
from statistics import median
from typing import Any

from eclip_torch import models
from eclip_torch.cuda import CudaDevice, GraphRunner
from eclip_torch.plan import KernelGroup


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else "densenet201"
    batch = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    device = CudaDevice()
    stream = device.driver.create_stream()
    runner: Any = device.make_runner("w", models.load(models.Request(name), "cuda"), batch, stream)
    assert isinstance(runner, GraphRunner), runner.reason
    everything = [KernelGroup(runner.kernels, device.partitioner.everything)]
    half = [KernelGroup(runner.kernels, device.partitioner.everything[:8])]
    print("as captured", instantiated(device, runner))
    for label, groups in (("no partition", None), ("all granules", everything), ("8 granules", half)):
        plan = runner.prepare(groups, None)
        runner.time_ms(plan, 3)
        print(f"{label}: {median(runner.time_ms(plan, 15)):.4f} ms", flush=True)
        plan.discard()
    graph = runner.graph
    partition = device.pool.acquire("w", device.partitioner.everything)
    homes = [partition.context] * runner.kernels
    graph.prioritize([0] * runner.kernels, device.levels)
    graph.home(homes)
    print("all granules, priority before home", instantiated(device, runner))
    graph.home(homes)
    print("all granules, home alone", instantiated(device, runner))
    graph.home(homes)
    graph.prioritize([0] * runner.kernels, device.levels)
    print("all granules, home before priority", instantiated(device, runner))
    held = [device.driver.create_stream() for _ in range(8)]
    print("with 8 more streams", instantiated(device, runner), len(held))
    return 0


def instantiated(device: CudaDevice, runner: GraphRunner) -> str:
    """The latency of the graph in its present form."""
    executable = runner.graph.instantiate()

    class Prepared:
        def launch(self) -> None:
            executable.launch(runner._stream)

    runner.time_ms(Prepared(), 3)
    text = f"{median(runner.time_ms(Prepared(), 15)):.4f} ms"
    executable.destroy()
    return text


if __name__ == "__main__":
    sys.exit(main())
