"""Plans in force on an NVIDIA GPU: one re-homed graph, segments on masked streams, or an eager stream."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import torch

from .capture import CapturedGraph, GraphExec
from .driver import Driver
from .partition import Granules, Partition, Partitioner, PartitionPool
from .plan import switches
from .runner import PlanFacts


class Device(Protocol):
    """What a placement needs of the device."""

    driver: Driver
    context: int
    levels: int
    partitioner: Partitioner
    pool: PartitionPool


class _Holding:
    """The partitions a plan uses, given back by `release`."""

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
            # Nodes are moved before they get their priority, since priorities were measured to hold in that order.
            graph.home(homes)
            graph.prioritize(priorities, device.levels)
            self._executable = graph.instantiate()
        except Exception:
            graph.home(primary)
            self._holding.release()
            raise
        # The captured graph itself never stays on a context that a later plan destroys.
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
    """A graph for each stretch of kernels on one partition, on the partitions' streams and with events between them.

    This is the only way where graph nodes cannot be re-homed (ROCm). On CUDA it is tested against `Rehomed`.
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
        self._holding = _Holding(device, owner)
        self._streams: dict[Granules, int] = {}
        self._steps: list[tuple[GraphExec, int]] = []
        self._event = device.driver.create_event()
        primary = [device.context] * len(graph.kernel_nodes)
        try:
            homes = [self._holding.take(one).context for one in granules]
            graph.home(homes)
            graph.prioritize(priorities, device.levels)
            for first, end in stretches(granules):
                stream = self._stream_of(device, granules[first])
                self._steps.append((graph.instantiate_stretch(first, end), stream))
        except Exception:
            graph.home(primary)
            self.discard()
            raise
        graph.home(primary)
        self.facts = PlanFacts(switches(granules), len(self._holding))

    def run(self) -> None:
        before = self._steps[0][1]
        event = ctypes.c_void_p(self._event)
        for executable, stream in self._steps:
            if stream != before:
                self._driver.call("cuEventRecord", event, ctypes.c_void_p(before))
                self._driver.call("cuStreamWaitEvent", ctypes.c_void_p(stream), event, ctypes.c_uint(0))
            executable.launch(stream)
            before = stream
        self._driver.synchronize(before)

    def discard(self) -> None:
        for executable, _ in self._steps:
            executable.destroy()
        self._steps.clear()
        for stream in self._streams.values():
            self._driver.destroy_stream(stream)
        self._streams.clear()
        if self._event:
            self._driver.call("cuEventDestroy_v2", ctypes.c_void_p(self._event))
            self._event = 0
        self._holding.release()

    def _stream_of(self, device: Device, granules: Granules) -> int:
        if granules not in self._streams:
            self._streams[granules] = device.partitioner.create_stream(self._holding.take(granules))
        return self._streams[granules]


class EagerPlacement:
    """The stream an uncaptured model launches on: the partition's, or the worker's own (`granules` None)."""

    def __init__(self, device: Device, owner: str, granules: Granules | None, priority: int, stream: int) -> None:
        self._driver = device.driver
        self._holding = _Holding(device, owner)
        self._own_stream = 0
        if granules is not None:
            level = -min(priority, device.levels - 1)
            self._own_stream = device.partitioner.create_stream(self._holding.take(granules), level)
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
