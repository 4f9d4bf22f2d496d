"""Granules and partitions of one NVIDIA GPU: green contexts over any set of SM groups."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from .driver import DeviceResource, Driver

GRANULE_SMS = 8
"""On Hopper a split of 8 SMs keeps thread-block clusters launchable (co-scheduled groups)."""

STREAM_NON_BLOCKING = 1
GREEN_CONTEXT_DEFAULT_STREAM = 1

Groups = tuple[int, ...]


@dataclass(frozen=True)
class Partition:
    """A live green context: its handles and how many SMs it owns."""

    green: int
    context: int
    sms: int


def window(base: int, count: int, groups: int) -> Groups:
    """`count` consecutive groups from `base`, wrapping at `groups`; sorted."""
    return tuple(sorted((base + step) % groups for step in range(min(count, groups))))


class Partitioner:
    """Splits a GPU into granules, and makes green contexts over sets of them.

    Groups 0..n-1 have `granule` SMs each; the last group is the remainder, if there is one. The GPU is
    split when its granules are first asked for: under MPS it cannot be.
    """

    def __init__(self, driver: Driver, device: int = 0, granule: int = GRANULE_SMS) -> None:
        self._driver = driver
        self._device = ctypes.c_int()
        self._granule = granule
        self._resources: list[DeviceResource] = []
        driver.call("cuDeviceGet", ctypes.byref(self._device), device)
        self._full = DeviceResource()
        driver.call("cuDeviceGetDevResource", self._device, ctypes.byref(self._full), 1)
        self.total_sms = int(self._full.sm.smCount)

    @property
    def group_sms(self) -> list[int]:
        """SMs of each group. Raises DriverError where the GPU cannot be split."""
        return [int(part.sm.smCount) for part in self._split()]

    @property
    def group_count(self) -> int:
        return len(self._split())

    @property
    def everything(self) -> Groups:
        return tuple(range(self.group_count))

    def sms_of(self, groups: Iterable[int]) -> int:
        sizes = self.group_sms
        return sum(sizes[group] for group in groups)

    def _split(self) -> list[DeviceResource]:
        if not self._resources:
            count = ctypes.c_uint(self.total_sms // self._granule)
            parts = (DeviceResource * max(1, count.value))()
            rest = DeviceResource()
            self._driver.call(
                "cuDevSmResourceSplitByCount",
                parts,
                ctypes.byref(count),
                ctypes.byref(self._full),
                ctypes.byref(rest),
                ctypes.c_uint(0),
                ctypes.c_uint(self._granule),
            )
            found = [parts[index] for index in range(count.value)]
            self._resources = [*found, rest] if rest.sm.smCount else found
        return self._resources

    def create(self, groups: Groups) -> Partition:
        """A green context over `groups` (sorted, distinct). Takes about 1.4 ms."""
        resources = self._split()
        chosen = [resources[group] for group in groups]
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
        return Partition(int(green.value or 0), int(context.value or 0), self.sms_of(groups))

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
    """Live partitions by owner and groups, counted by use.

    Owners never share a context, even over the same SMs: workers that do run in lockstep. A GPU
    holds only some dozens of contexts, so one that nobody uses any more is destroyed at once.
    """

    def __init__(self, partitioner: Partitioner) -> None:
        self._partitioner = partitioner
        self._live: dict[tuple[str, Groups], Partition] = {}
        self._users: dict[tuple[str, Groups], int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._live)

    def acquire(self, owner: str, groups: Iterable[int]) -> Partition:
        """The owner's partition over `groups`, made if need be; one more user."""
        key = (owner, tuple(sorted(set(groups))))
        with self._lock:
            if key not in self._live:
                self._live[key] = self._partitioner.create(key[1])
            self._users[key] = self._users.get(key, 0) + 1
            return self._live[key]

    def release(self, owner: str, groups: Iterable[int]) -> None:
        """One user less. At the last nothing may still be homed to the partition."""
        key = (owner, tuple(sorted(set(groups))))
        with self._lock:
            self._users[key] -= 1
            if self._users[key] == 0:
                del self._users[key]
                self._partitioner.destroy(self._live.pop(key))

    def clear(self) -> None:
        """Destroys all partitions. No graph may still be homed to them."""
        with self._lock:
            for partition in self._live.values():
                self._partitioner.destroy(partition)
            self._live.clear()
            self._users.clear()
