"""How graphs of several contexts share the hardware queues: `python3 -m h200.queues --out FILE.json`.

Everything is measured twice, with 32 and with 8 connections, each in a process of its own.

- *Chains*: workers run chains of spin kernels of unequal lengths, each going round contexts of its own. If
  segments of different workers meet in a queue, a rate becomes a simple fraction of another one.
- *Blocked*: a graph whose first segment spins for 3 ms is launched, and another one immediately after it. The
  second takes milliseconds if one of its segments is behind one of the first graph's, which all wait.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CONNECTIONS = (32, 8)
LENGTHS = (200, 130, 90, 60)
"""Kernels of each worker's chain."""

SPIN_US = (5.0, 30.0)
PERIODS = (4, 8, 16)
CYCLES_PER_US = 1800
WARM_S, SECONDS = 0.05, 0.25
LONG_US, SHORT_US = 3000.0, 2.0
BLOCKED_S = 0.0015
REPEATS = 3
FIRST = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 24, 28, 31, 32, 33, 34, 40, 48, 56, 63, 64, 96)
SECOND = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 31, 32, 33, 40, 48, 64)


class Probe:
    """The GPU and the chains captured so far."""

    def __init__(self) -> None:
        from .rig import Rig

        self.rig = Rig()
        self.driver = self.rig.driver
        self.captured: dict[tuple[float, ...], Any] = {}

    def chain(self, spins_us: Sequence[float]) -> Any:
        """A graph of spin kernels, one after another."""
        import torch
        from eclip_torch.capture import CapturedGraph

        key = tuple(spins_us)
        if key not in self.captured:

            def spin() -> None:
                for us in key:
                    torch.cuda._sleep(int(us * CYCLES_PER_US))

            self.captured[key] = CapturedGraph(self.driver, spin, [], self.rig.capture_stream)
        return self.captured[key]

    def place(self, graph: Any, contexts: Sequence[Any], period: int) -> Any:
        """The graph with `period` kernels in each of the contexts in turn."""
        kernels = range(len(graph.kernel_nodes))
        graph.home([contexts[(i // period) % len(contexts)].context for i in kernels])
        executable = graph.instantiate()
        graph.home([self.rig.context] * len(kernels))
        return executable

    def chains(self, workers: int, contexts: int, period: int, us: float) -> list[float]:
        """Requests per second of each worker, all of them together."""
        from eclip_torch.loop import LoopWorker, run_loop

        from .plans import window

        partitioner, driver, home = self.rig.partitioner, self.driver, self.rig.context
        own = [
            [partitioner.create(window(4 * worker, 1 + size, partitioner.granule_count)) for size in range(contexts)]
            for worker in range(workers)
        ]
        execs = [self.place(self.chain([us] * n), homes, period) for n, homes in zip(LENGTHS, own)]

        def worker(executable: Any, stream: int) -> LoopWorker:
            def serve() -> None:
                executable.launch(stream)
                driver.synchronize(stream)

            return LoopWorker(serve, lambda: driver.set_current(home))

        result = run_loop([worker(*one) for one in zip(execs, self.rig.streams)], SECONDS, WARM_S)
        if result.failures:
            raise RuntimeError("; ".join(result.failures))
        for one in execs:
            one.destroy()
        for homes in own:
            for partition in homes:
                partitioner.destroy(partition)
        return [round(rate, 2) for rate in result.rates_rps]

    def blocked(self, first: Any, second: Any) -> int:
        """In how many of `REPEATS` launches the second graph waits for the spin of the first."""
        count = 0
        one, other = self.rig.streams[:2]
        for _ in range(REPEATS):
            first.launch(one)
            begin = time.perf_counter()
            second.launch(other)
            self.driver.synchronize(other)
            count += time.perf_counter() - begin > BLOCKED_S
            self.driver.synchronize(one)
        return count

    def grid(self, first_contexts: int, second_contexts: int) -> list[list[int]]:
        """`blocked` by number of segments of the first graph (rows) and of the second."""
        partitioner = self.rig.partitioner
        made = [partitioner.create((2 * i, 2 * i + 1)) for i in range(first_contexts + second_contexts)]
        seconds = [self.place(self.chain([SHORT_US] * n), made[first_contexts:], 1) for n in SECOND]
        rows = []
        for n in FIRST:
            first = self.place(self.chain([LONG_US] + [SHORT_US] * (n - 1)), made[:first_contexts], 1)
            rows.append([self.blocked(first, second) for second in seconds])
            first.destroy()
        for one in seconds:
            one.destroy()
        for partition in made:
            partitioner.destroy(partition)
        return rows


def measure() -> dict[str, Any]:
    """Measures everything with the connections that this process has."""
    probe = Probe()
    chains = [
        {
            "spinUs": us,
            "contexts": contexts,
            "period": period,
            "rps": probe.chains(workers, contexts, period, us),
        }
        for us in SPIN_US
        for workers in (2, 3, 4)
        for contexts in (2, 3)
        for period in PERIODS
    ]
    grids = [
        {"firstContexts": one, "secondContexts": other, "blocked": probe.grid(one, other)}
        for one, other in ((2, 2), (3, 2), (2, 3))
    ]
    return {"chains": chains, "grids": grids}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.out is None:
        print(json.dumps(measure()))
        return 0
    runs = []
    for connections in CONNECTIONS:
        environment = {**os.environ, "CUDA_DEVICE_MAX_CONNECTIONS": str(connections)}
        command = [sys.executable, "-m", "h200.queues"]
        answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        runs.append({"connections": connections, **json.loads(answer.stdout)})
    record = {
        "description": "Hardware queues of one H200: requests per second of chains of `lengths` spin kernels, `period` "
        "of them in each of a worker's own contexts in turn; and in how many of `repeats` launches a graph of `second` "
        "segments waited for the spin with which a graph of `first` segments begins.",
        "command": "PYTHONPATH=lab:workers/torch python3 -m h200.queues --out FILE",
        "lengths": LENGTHS,
        "first": FIRST,
        "second": SECOND,
        "repeats": REPEATS,
        "runs": runs,
    }
    options.out.write_text(json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
