"""Granules and partitions of one NVIDIA GPU: green contexts over any set of granules."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from .driver import DeviceResource, Driver

GRANULE_SMS = 8
"""On Hopper, thread-block clusters (co-scheduled groups) can still be launched after a split into groups of 8 SMs."""

STREAM_NON_BLOCKING = 1
GREEN_CONTEXT_DEFAULT_STREAM = 1

Granules = tuple[int, ...]
"""Indices of granules, ascending and without repetition."""


@dataclass(frozen=True)
class Partition:
    """A live green context: its handles and how many SMs it owns."""

    green: int
    context: int
    sms: int


class Partitioner:
    """Splits a GPU into granules, and makes green contexts over sets of them.

    Each granule has `granule_sms` SMs, except for the last one, which is the remainder if there is one. The GPU is
    split only when its granules are first needed, because it cannot be split under MPS.
    """

    def __init__(self, driver: Driver, device: int = 0, granule_sms: int = GRANULE_SMS) -> None:
        self._driver = driver
        self._device = ctypes.c_int()
        self._granule_sms = granule_sms
        self._resources: list[DeviceResource] = []
        driver.call("cuDeviceGet", ctypes.byref(self._device), device)
        self._full = DeviceResource()
        driver.call("cuDeviceGetDevResource", self._device, ctypes.byref(self._full), 1)
        self.total_sms = int(self._full.sm.smCount)

    @property
    def sms_by_granule(self) -> list[int]:
        """SMs of each granule. Raises DriverError if the GPU cannot be split."""
        return [int(part.sm.smCount) for part in self._split()]

    @property
    def granule_count(self) -> int:
        return len(self._split())

    @property
    def everything(self) -> Granules:
        return tuple(range(self.granule_count))

    def sms_of(self, granules: Iterable[int]) -> int:
        sizes = self.sms_by_granule
        return sum(sizes[granule] for granule in granules)

    def _split(self) -> list[DeviceResource]:
        if not self._resources:
            count = ctypes.c_uint(self.total_sms // self._granule_sms)
            parts = (DeviceResource * max(1, count.value))()
            rest = DeviceResource()
            self._driver.call(
                "cuDevSmResourceSplitByCount",
                parts,
                ctypes.byref(count),
                ctypes.byref(self._full),
                ctypes.byref(rest),
                ctypes.c_uint(0),
                ctypes.c_uint(self._granule_sms),
            )
            found = [parts[index] for index in range(count.value)]
            self._resources = [*found, rest] if rest.sm.smCount else found
        return self._resources

    def create(self, granules: Granules) -> Partition:
        """Makes a green context over `granules` (sorted, distinct). Takes about 1.4 ms."""
        resources = self._split()
        chosen = [resources[granule] for granule in granules]
        array = (DeviceResource * len(chosen))(*chosen)
        description = ctypes.c_void_p()
        green = ctypes.c_void_p()
        context = ctypes.c_void_p()
        self._driver.call("cuDevResourceGenerateDesc", ctypes.byref(description), array, ctypes.c_uint(len(chosen)))
        self._driver.call(
            "cuGreenCtxCreate",
            ctypes.byref(green),
            description,
            self._device,
            ctypes.c_uint(GREEN_CONTEXT_DEFAULT_STREAM),
        )
        self._driver.call("cuCtxFromGreenCtx", ctypes.byref(context), green)
        return Partition(int(green.value or 0), int(context.value or 0), self.sms_of(granules))

    def destroy(self, partition: Partition) -> None:
        self._driver.call("cuGreenCtxDestroy", ctypes.c_void_p(partition.green))

    def create_stream(self, partition: Partition, priority: int = 0) -> int:
        """A stream whose eager launches stay on the partition."""
        stream = ctypes.c_void_p()
        self._driver.call(
            "cuGreenCtxStreamCreate",
            ctypes.byref(stream),
            ctypes.c_void_p(partition.green),
            ctypes.c_uint(STREAM_NON_BLOCKING),
            ctypes.c_int(priority),
        )
        return int(stream.value or 0)


class PartitionPool:
    """Live partitions by owner and granules, with use counts.

    Owners never share a context, even over the same SMs, because workers that share one run in lockstep. A GPU holds
    only a few dozen contexts, so a context that nobody uses any more is destroyed at once.
    """

    def __init__(self, partitioner: Partitioner) -> None:
        self._partitioner = partitioner
        self._live: dict[tuple[str, Granules], Partition] = {}
        self._users: dict[tuple[str, Granules], int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._live)

    def acquire(self, owner: str, granules: Iterable[int]) -> Partition:
        """Adds a user to the owner's partition over `granules`, which is created if necessary."""
        key = (owner, tuple(sorted(set(granules))))
        with self._lock:
            if key not in self._live:
                self._live[key] = self._partitioner.create(key[1])
            self._users[key] = self._users.get(key, 0) + 1
            return self._live[key]

    def release(self, owner: str, granules: Iterable[int]) -> None:
        """Removes a user. When the last one goes, nothing may be homed to the partition any more."""
        key = (owner, tuple(sorted(set(granules))))
        with self._lock:
            self._users[key] -= 1
            if self._users[key] == 0:
                del self._users[key]
                self._partitioner.destroy(self._live.pop(key))

    def clear(self) -> None:
        """Destroys all partitions. No graph may be homed to them any more."""
        with self._lock:
            for partition in self._live.values():
                self._partitioner.destroy(partition)
            self._live.clear()
            self._users.clear()
