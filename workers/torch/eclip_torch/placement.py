"""How a plan is in force on a GPU: a re-homed graph, segments on masked streams, single kernels or an eager stream."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import torch

from .capture import CapturedGraph, GraphExec, Launchable, SingleLaunches
from .driver import Driver
from .partition import Granules, Partition, Partitioner, PartitionPool
from .plan import switches
from .runner import PlanFacts


class Device(Protocol):
    """The part of the device that a placement needs."""

    driver: Driver
    context: int
    levels: int
    partitioner: Partitioner
    pool: PartitionPool


class _Holding:
    """The partitions that a plan uses, which `release` returns."""

    def __init__(self, device: Device, owner: str) -> None:
        self._device = device
        self._owner = owner
        self._held: dict[Granules, Partition] = {}

    def take(self, granules: Granules) -> Partition:
        if granules not in self._held:
            self._held[granules] = self._device.pool.acquire(self._owner, granules)
        return self._held[granules]

    def release(self) -> None:
        for granules in self._held:
            self._device.pool.release(self._owner, granules)
        self._held.clear()

    def __len__(self) -> int:
        return len(self._held)


class _Streams:
    """A stream on each partition that a plan uses. It is made when first needed, and `release` returns it."""

    def __init__(self, device: Device, owner: str) -> None:
        self._device = device
        self._holding = _Holding(device, owner)
        self._streams: dict[Granules, int] = {}

    def partition(self, granules: Granules) -> Partition:
        return self._holding.take(granules)

    def take(self, granules: Granules) -> int:
        if granules not in self._streams:
            self._streams[granules] = self._device.partitioner.create_stream(self.partition(granules))
        return self._streams[granules]

    def release(self) -> None:
        for stream in self._streams.values():
            self._device.driver.destroy_stream(stream)
        self._streams.clear()
        self._holding.release()

    def __len__(self) -> int:
        return len(self._holding)


class _Order:
    """The event by which work on one stream waits for earlier work on another."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._event = ctypes.c_void_p(driver.create_event())

    def follow(self, before: int, stream: int) -> None:
        if stream == before:
            return
        self._driver.call("cuEventRecord", self._event, ctypes.c_void_p(before))
        self._driver.call("cuStreamWaitEvent", ctypes.c_void_p(stream), self._event, ctypes.c_uint(0))

    def destroy(self) -> None:
        self._driver.call("cuEventDestroy_v2", self._event)


class Rehomed:
    """The whole graph in one launch, each kernel in its partition's context. `granules` None: no partitions."""

    def __init__(
        self,
        device: Device,
        graph: CapturedGraph,
        owner: str,
        granules: Sequence[Granules] | None,
        priorities: Sequence[int],
        stream: int,
    ) -> None:
        self._driver = device.driver
        self._stream = stream
        self._holding = _Holding(device, owner)
        primary = [device.context] * len(graph.kernel_nodes)
        try:
            homes = primary if granules is None else [self._holding.take(one).context for one in granules]
            # Nodes are moved before they get their priority, because it was measured in that order that priorities
            # hold.
            graph.home(homes)
            graph.prioritize(priorities, device.levels)
            self._executable = graph.instantiate()
        except Exception:
            graph.home(primary)
            self._holding.release()
            raise
        # The captured graph itself must never stay on a context that a later plan destroys.
        graph.home(primary)
        self.facts = PlanFacts(0 if granules is None else switches(granules), len(self._holding))

    def launch(self) -> None:
        self._executable.launch(self._stream)

    def run(self) -> None:
        self.launch()
        self._driver.synchronize(self._stream)

    def discard(self) -> None:
        self._executable.destroy()
        self._holding.release()


class Segments:
    """A graph for each stretch of kernels on one partition, launched on the partitions' streams with events in between.

    This is the only way if graph nodes cannot be re-homed (ROCm). On CUDA it is tested against `Rehomed`.
    """

    def __init__(
        self,
        device: Device,
        graph: CapturedGraph,
        owner: str,
        granules: Sequence[Granules],
        priorities: Sequence[int],
    ) -> None:
        self._driver = device.driver
        self._streams = _Streams(device, owner)
        self._order = _Order(device.driver)
        self._steps: list[tuple[GraphExec, int]] = []
        primary = [device.context] * len(graph.kernel_nodes)
        try:
            homes = [self._streams.partition(one).context for one in granules]
            graph.home(homes)
            graph.prioritize(priorities, device.levels)
            for first, end in stretches(granules):
                stream = self._streams.take(granules[first])
                self._steps.append((graph.instantiate_stretch(first, end), stream))
        except Exception:
            graph.home(primary)
            self.discard()
            raise
        graph.home(primary)
        self.facts = PlanFacts(switches(granules), len(self._streams))

    def run(self) -> None:
        before = self._steps[0][1]
        for executable, stream in self._steps:
            self._order.follow(before, stream)
            executable.launch(stream)
            before = stream
        self._driver.synchronize(before)

    def discard(self) -> None:
        for executable, _ in self._steps:
            executable.destroy()
        self._steps.clear()
        self._order.destroy()
        self._streams.release()


class Launched:
    """Launches kernel by kernel from the host, each on its partition's stream, with an event at each change of stream.

    If `granules` is None, all kernels run on the worker's own stream, without partitions.
    """

    def __init__(
        self,
        device: Device,
        graph: CapturedGraph,
        owner: str,
        granules: Sequence[Granules] | None,
        stream: int,
    ) -> None:
        self._driver = device.driver
        self._streams = _Streams(device, owner)
        self._order = _Order(device.driver)
        self._launches = SingleLaunches(device.driver)
        try:
            self._launches = graph.single_launches()
            used = [stream] * len(graph.kernel_nodes) if granules is None else map(self._streams.take, granules)
            self._steps = list(zip(self._launches.kernels, used))
        except Exception:
            self.discard()
            raise
        self.facts = PlanFacts(0 if granules is None else switches(granules), len(self._streams))

    def run(self) -> None:
        before = self._steps[0][1]
        for launches, stream in self._steps:
            self._order.follow(before, stream)
            for one in launches:
                one.launch(stream)
            before = stream
        self._driver.synchronize(before)

    def discard(self) -> None:
        self._launches.destroy()
        self._order.destroy()
        self._streams.release()


class Remasked:
    """Launches kernel by kernel, each on a partition that is made just before it and destroyed after it.

    This is how masks change before every kernel if a live stream cannot change its own mask: the baseline of the papers
    on kernel-wise partitions. The host waits for each kernel, as it must before a mask may change.
    """

    def __init__(self, device: Device, graph: CapturedGraph, granules: Sequence[Granules]) -> None:
        self._driver = device.driver
        self._partitioner = device.partitioner
        self._launches = graph.single_launches()
        self._steps = list(zip(self._launches.kernels, granules))
        self.facts = PlanFacts(switches(granules), len(set(granules)))

    def run(self) -> None:
        for launches, granules in self._steps:
            partition = self._partitioner.create(granules)
            try:
                self._run_on(partition, launches)
            finally:
                self._partitioner.destroy(partition)

    def _run_on(self, partition: Partition, launches: Sequence[Launchable]) -> None:
        stream = self._partitioner.create_stream(partition)
        try:
            for one in launches:
                one.launch(stream)
            self._driver.synchronize(stream)
        finally:
            self._driver.destroy_stream(stream)

    def discard(self) -> None:
        self._launches.destroy()


class EagerPlacement:
    """The stream on which an uncaptured model is launched: the partition's, or without granules the worker's own.

    Without granules but with a priority, it is an additional stream of the process.
    """

    def __init__(self, device: Device, owner: str, granules: Granules, priority: int, stream: int) -> None:
        self._driver = device.driver
        self._holding = _Holding(device, owner)
        self._own_stream = 0
        level = -min(priority, device.levels - 1)
        if granules:
            self._own_stream = device.partitioner.create_stream(self._holding.take(granules), level)
        elif level < 0:
            self._own_stream = device.driver.create_stream(level)
        self.external: Any = torch.cuda.ExternalStream(self._own_stream or stream)
        self.facts = PlanFacts(0, len(self._holding))

    def discard(self) -> None:
        if self._own_stream:
            self._driver.destroy_stream(self._own_stream)
        self._holding.release()


def stretches(granules: Sequence[Granules]) -> list[tuple[int, int]]:
    """First and end (exclusive) of every run of kernels on the same granules."""
    changes = [index for index in range(1, len(granules)) if granules[index] != granules[index - 1]]
    bounds = [0, *changes, len(granules)]
    return list(pairwise(bounds))
