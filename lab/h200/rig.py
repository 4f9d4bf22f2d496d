"""The measuring rig: captured graphs of all workers, re-homed for each trial and driven by load threads."""

from __future__ import annotations

import copy
import fcntl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from eclip_torch import models
from eclip_torch.capture import CapturedGraph
from eclip_torch.cuda import device_uuid, open_meter
from eclip_torch.driver import Driver
from eclip_torch.loop import LoopResult, LoopWorker, run_loop
from eclip_torch.partition import Granules, Partitioner, PartitionPool
from eclip_torch.plan import KernelGroup, expand

STREAMS = 8
MAX_LIVE_PARTITIONS = 12

Key = tuple[str, int, int]
"""Model, replica, batch."""


class Rig:
    """Everything that lives on the GPU during a campaign."""

    def __init__(self, home_memsets: bool = False, requests: Mapping[str, models.Request] | None = None) -> None:
        """`requests` says how to load models that have no short name."""
        torch.cuda.init()
        torch.zeros(1, device="cuda")
        self.driver = Driver()
        self.context = self.driver.current_context()
        self.partitioner = Partitioner(self.driver)
        self.pool = PartitionPool(self.partitioner)
        self.levels = self.driver.priority_levels()
        # Consecutive streams take different hardware queues. The streams are made once and used by every trial.
        self.streams = [self.driver.create_stream() for _ in range(STREAMS)]
        self.capture_stream = self.driver.create_stream()
        self.uuid = device_uuid(self.driver)
        self.meter = open_meter(self.driver, self.uuid)
        self.home_memsets = home_memsets
        self.requests = requests or {}
        self.graphs: dict[Key, CapturedGraph] = {}
        self._homed: set[CapturedGraph] = set()
        self._models: dict[tuple[str, int], models.Model] = {}

    def graph(self, model: str, replica: int, batch: int) -> CapturedGraph:
        """The captured graph of one replica. Replicas have weights of their own."""
        key = (model, replica, batch)
        if key not in self.graphs:
            loaded = self._model(model, replica)
            inputs = loaded.make_inputs(batch)
            self.graphs[key] = CapturedGraph(self.driver, loaded.module, inputs, self.capture_stream, self.home_memsets)
        return self.graphs[key]

    def _model(self, name: str, replica: int) -> models.Model:
        if (name, replica) not in self._models:
            if replica == 0:
                self._models[name, 0] = models.load(self.requests.get(name) or models.Request(name), "cuda")
            else:
                original = self._model(name, 0)
                self._models[name, replica] = replace(original, module=copy.deepcopy(original.module))
        return self._models[name, replica]

    def place(self, graph: CapturedGraph, owner: str, groups: Sequence[KernelGroup] | None) -> Any:
        """An executable graph under a plan or, without a plan, as it was captured."""
        if groups is None:
            count = len(graph.kernel_nodes)
            graph.home([self.context] * count)
            graph.prioritize([0] * count, self.levels)
            return graph.instantiate()
        granules, priorities = expand(groups)
        homes = {one: self.pool.acquire(owner, one).context for one in set(granules)}
        self._homed.add(graph)
        graph.home([homes[one] for one in granules])
        graph.prioritize(priorities, self.levels)
        return graph.instantiate()

    def measure(
        self,
        graphs: Sequence[CapturedGraph],
        plans: Sequence[Sequence[KernelGroup] | None],
        seconds: float,
        rates: Sequence[float | None] | None = None,
        warm_seconds: float = 0.2,
    ) -> LoopResult:
        """Runs the workers together under their plans."""
        execs: list[Any] = []
        try:
            for index, (graph, groups) in enumerate(zip(graphs, plans, strict=True)):
                execs.append(self.place(graph, str(index), groups))
            workers = [
                self._loop_worker(one, self.streams[index], rates[index] if rates else None, index)
                for index, one in enumerate(execs)
            ]
            return run_loop(workers, seconds, warm_seconds, self.meter)
        finally:
            torch.cuda.synchronize()
            for one in execs:
                one.destroy()
            if len(self.pool) > MAX_LIVE_PARTITIONS:
                self.release()

    def _loop_worker(self, executable: Any, stream: int, rate: float | None, seed: int) -> LoopWorker:
        driver = self.driver

        def serve() -> None:
            executable.launch(stream)
            driver.synchronize(stream)

        return LoopWorker(serve, lambda: driver.set_current(self.context), rate, seed)

    def latency_ms(self, graph: CapturedGraph, granules: Granules, repeats: int = 15) -> float:
        """The median latency of a graph alone on `granules`, with fewer repeats if it is slow."""
        executable = self.place(graph, "0", [KernelGroup(len(graph.kernel_nodes), granules)])
        stream = torch.cuda.ExternalStream(self.streams[0])
        try:
            first = self._timed(executable, stream, 2)[-1]
            count = max(5, min(repeats, int(150 / max(first, 0.1))))
            times = sorted(self._timed(executable, stream, count))
            return times[len(times) // 2]
        finally:
            torch.cuda.synchronize()
            executable.destroy()

    @staticmethod
    def _timed(executable: Any, stream: Any, count: int) -> list[float]:
        pairs = []
        for _ in range(count):
            begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            begin.record(stream)
            executable.launch(stream.cuda_stream)
            end.record(stream)
            pairs.append((begin, end))
        stream.synchronize()
        return [begin.elapsed_time(end) for begin, end in pairs]

    @contextmanager
    def memsets_left(self) -> Iterator[None]:
        """Within this context, memset nodes stay in the default context, whatever becomes of the kernels."""
        self.release()
        for graph in self.graphs.values():
            graph.moves_memsets = False
        try:
            yield
        finally:
            self.release()
            for graph in self.graphs.values():
                graph.moves_memsets = self.home_memsets

    def release(self) -> None:
        """Re-homes the graphs placed so far to the primary context and destroys the partitions."""
        for graph in self._homed:
            graph.home([self.context] * len(graph.kernel_nodes))
        self._homed.clear()
        self.pool.clear()


def versions(rig: Rig) -> dict[str, str | None]:
    """What a record says about the software that it was measured with."""
    driver = None if rig.meter is None else rig.meter.driver_version()
    return {"torch": torch.__version__, "cuda": torch.version.cuda, "driver": driver}


@contextmanager
def exclusive_gpu(path: Path) -> Iterator[None]:
    """A lock for several processes, held by the one that uses the GPU."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)
