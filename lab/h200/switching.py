"""What the cost of a switch depends on: `python3 -m h200.switching --out FILE.json`.

Chains of 200 spin kernels of 5 µs run in one graph per worker. Each worker switches between contexts of its own.
The same shapes are measured in several ways. Contexts are kept from shape to shape or made again, with a stream in
each or none, worker by worker or size by size. A thread for each worker drives the chains, or a single one that
polls. One line is printed for each cell and way.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

KERNELS = 200
SPIN_CYCLES = 9000
SIZES = (4, 8, 12, 16)
WINDOW_S, WARM_S = 0.25, 0.05
GROWTH = tuple((workers, contexts) for workers in (1, 2, 4, 8) for contexts in (1, 2, 3, 4))
"""The order in which kept contexts come to be."""

SHAPES = ((4, 2), (4, 4), (8, 2), (8, 4))
PERIODS = (1, 5)
NOT_READY = 600


@dataclass(frozen=True)
class Way:
    """How the contexts are made, and who submits."""

    name: str
    keeps: bool = False
    by_size: bool = False
    stream_each: bool = False
    polls: bool = False


WAYS = (
    Way("kept, threads", keeps=True, by_size=True),
    Way("fresh by worker, threads"),
    Way("fresh by size, threads", by_size=True),
    Way("fresh by worker, a stream each, threads", stream_each=True),
    Way("fresh by worker, a stream each, polling", stream_each=True, polls=True),
    Way("kept, polling", keeps=True, by_size=True, polls=True),
)


class Bench:
    """The GPU with its granules, a captured chain for each worker, and the contexts that exist."""

    def __init__(self) -> None:
        import torch
        from eclip_torch.capture import CapturedGraph
        from eclip_torch.driver import Driver
        from eclip_torch.partition import Partitioner

        torch.cuda.init()
        torch.zeros(1, device="cuda")
        self.driver = Driver()
        self.context = self.driver.current_context()
        self.partitioner = Partitioner(self.driver)
        capture_stream = self.driver.create_stream()

        def spin() -> Any:
            for _ in range(KERNELS):
                torch.cuda._sleep(SPIN_CYCLES)

        self.graphs = [CapturedGraph(self.driver, spin, [], capture_stream) for _ in range(8)]
        self.streams = [self.driver.create_stream() for _ in range(8)]
        self.live: dict[tuple[int, int], Any] = {}
        self.inner: list[int] = []

    def make(self, keys: Sequence[tuple[int, int]], way: Way) -> None:
        """Makes contexts by (worker, granules), each a window from granule 2 * worker on."""
        from .plans import window

        for worker, size in keys:
            if (worker, size) not in self.live:
                partition = self.partitioner.create(window(2 * worker, size, self.partitioner.granule_count))
                self.live[worker, size] = partition
                if way.stream_each:
                    self.inner.append(self.partitioner.create_stream(partition))

    def drop(self) -> None:
        for stream in self.inner:
            self.driver.destroy_stream(stream)
        for graph in self.graphs:
            graph.home([self.context] * KERNELS)
        for partition in self.live.values():
            self.partitioner.destroy(partition)
        self.inner.clear()
        self.live.clear()

    def us_per_kernel(self, way: Way, workers: int, contexts: int, period: int) -> float:
        sizes = SIZES[:contexts]
        self.make(keys_of(way, workers, contexts), way)
        execs = []
        for worker, graph in enumerate(self.graphs[:workers]):
            graph.home([self.live[worker, sizes[(i // period) % contexts]].context for i in range(KERNELS)])
            execs.append(graph.instantiate())
        done, window = (self.poll if way.polls else self.drive)(execs)
        for one in execs:
            one.destroy()
        return 1e6 * window * workers / max(1, done) / KERNELS

    def drive(self, execs: Sequence[Any]) -> tuple[int, float]:
        """The chains completed in the window, with a thread for each worker."""
        from eclip_torch.loop import LoopWorker, run_loop

        def worker(executable: Any, stream: int) -> LoopWorker:
            def serve() -> None:
                executable.launch(stream)
                self.driver.synchronize(stream)

            return LoopWorker(serve, lambda: self.driver.set_current(self.context))

        result = run_loop([worker(*one) for one in zip(execs, self.streams)], WINDOW_S, WARM_S)
        return sum(len(one) for one in result.latencies_s), result.seconds

    def poll(self, execs: Sequence[Any]) -> tuple[int, float]:
        """The chains completed in the window, with one thread that asks every stream in turn."""
        query = self.driver._library.cuStreamQuery
        for executable, stream in zip(execs, self.streams):
            executable.launch(stream)
        begin = time.perf_counter()
        done, counted_from = 0, 0.0
        while (now := time.perf_counter() - begin) < WARM_S + WINDOW_S:
            if now > WARM_S and not counted_from:
                done, counted_from = 0, now
            for executable, stream in zip(execs, self.streams):
                if query(ctypes.c_void_p(stream)) != NOT_READY:
                    executable.launch(stream)
                    done += 1
        for stream in self.streams:
            self.driver.synchronize(stream)
        return done, now - counted_from


def keys_of(way: Way, workers: int, contexts: int) -> list[tuple[int, int]]:
    """The worker and the granules of every context, in the order in which they are made."""
    if way.by_size:
        return [(worker, size) for size in SIZES[:contexts] for worker in range(workers)]
    return [(worker, size) for worker in range(workers) for size in SIZES[:contexts]]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    begin = time.time()
    bench = Bench()
    cells = []
    for way in WAYS:
        for workers, contexts in GROWTH:
            if way.keeps:
                bench.make(keys_of(way, workers, contexts), way)
            if (workers, contexts) not in SHAPES:
                continue
            for period in PERIODS:
                if time.time() - begin > options.seconds:
                    return 0
                if not way.keeps:
                    bench.drop()
                cost = bench.us_per_kernel(way, workers, contexts, period)
                cells.append({"way": way.name, "workers": workers, "contexts": contexts, "period": period, "us": cost})
            text = " ".join(f"{cell['period']}: {cell['us']:.2f}" for cell in cells[-len(PERIODS) :])
            print(f"{way.name} | {workers} x {contexts} | {text}", flush=True)
            options.out.write_text(json.dumps(cells))
        bench.drop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
