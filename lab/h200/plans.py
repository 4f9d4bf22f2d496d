"""Plans for the workers of a mix: windows, priorities and groups of kernels. Pure: random draws are passed in."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eclip_torch.partition import Granules
from eclip_torch.plan import KernelGroup

GRANULES = 16
GRANULES_OF_SMS = {8: 1, 16: 2, 24: 3, 32: 4, 48: 6, 64: 8, 96: 12, 132: 16}
"""Granules by the SM counts of a profile: 15 granules have 8 SMs, the last has 12."""

SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16)
CUTS_US = (4.0, 8.0, 16.0)
LEVELS = 6
WINDOWS_EACH = 3
"""Windows that a worker switches between: only some dozens of contexts fit on a device."""


@dataclass(frozen=True)
class Kernels:
    """What planning needs to know about one worker: kernel times in µs by number of granules, including 16."""

    times_us: dict[int, list[float]]

    @classmethod
    def of_profile(cls, file: Path) -> Kernels:
        """The kernel times of an `eclip.profile/1` file."""
        kernels = json.loads(gzip.decompress(file.read_bytes()))["kernels"]
        measured = {sms: str(sms) for sms in GRANULES_OF_SMS if str(sms) in kernels[0]["durationUs"]}
        return cls({GRANULES_OF_SMS[sms]: [one["durationUs"][key] for one in kernels] for sms, key in measured.items()})

    @property
    def count(self) -> int:
        return len(self.times_us[GRANULES])

    @property
    def full_us(self) -> list[float]:
        return self.times_us[GRANULES]

    def time_us(self, index: int, granules: int) -> float:
        """The time interpolated between the measured numbers of granules."""
        known = sorted(self.times_us)
        below = max((n for n in known if n <= granules), default=known[0])
        above = min((n for n in known if n >= granules), default=known[-1])
        low, high = self.times_us[below][index], self.times_us[above][index]
        if below == above:
            return low
        return low + (high - low) * (granules - below) / (above - below)


def window(base: int, count: int, granules: int = GRANULES) -> Granules:
    """`count` consecutive granules from `base`, wrapping around at `granules`; sorted."""
    return tuple(sorted((base + step) % granules for step in range(min(count, granules))))


def compress(granules: Sequence[Granules], priorities: Sequence[int]) -> list[KernelGroup]:
    """The fewest kernel groups for kernels on these granules at these priorities."""
    groups: list[KernelGroup] = []
    for one, priority in zip(granules, priorities, strict=True):
        if groups and groups[-1].granules == one and groups[-1].priority == priority:
            groups[-1] = KernelGroup(groups[-1].kernels + 1, one, priority)
        else:
            groups.append(KernelGroup(1, one, priority))
    return groups


def shorter_first(durations_us: Sequence[float], cuts_us: Sequence[float]) -> list[int]:
    """'Shorter kernel, higher priority': one level for each cut that the duration does not exceed."""
    return [sum(1 for cut in cuts_us if duration <= cut) for duration in durations_us]


def cheapest_sizes(
    kernels: Sequence[Any],
    sizes: Sequence[int],
    cost: Callable[[Any, int], float],
    switch_cost: float,
) -> list[int]:
    """A size for each kernel, so that the sum of costs plus `switch_cost` per change is minimal (Viterbi)."""
    total = {size: 0.0 for size in sizes}
    steps: list[dict[int, int]] = []
    for kernel in kernels:
        came_from = {
            size: min(sizes, key=lambda old: total[old] + (switch_cost if old != size else 0.0)) for size in sizes
        }
        total = {
            size: total[came_from[size]] + (switch_cost if came_from[size] != size else 0.0) + cost(kernel, size)
            for size in sizes
        }
        steps.append(came_from)
    size = min(total, key=lambda key: total[key])
    chosen: list[int] = []
    for came_from in reversed(steps):
        chosen.append(size)
        size = came_from[size]
    return chosen[::-1]


def bases(workers: int) -> list[int]:
    """Where each worker's window begins if they are spread evenly."""
    return [round(index * GRANULES / workers) for index in range(workers)]


def staggered(workers: int, size: int) -> list[Granules]:
    """Windows of one size, spread evenly. They overlap if they do not fit side by side."""
    return [window(base, size, GRANULES) for base in bases(workers)]


def scattered(workers: int, draw: random.Random) -> list[Granules]:
    """Windows with random places and sizes."""
    return [window(draw.randrange(GRANULES), draw.choice(SIZES), GRANULES) for _ in range(workers)]


def unequal(workers: int, draw: random.Random) -> list[Granules]:
    """Disjoint windows of random sizes that cover the whole GPU."""
    cuts = sorted(draw.sample(range(1, GRANULES), workers - 1))
    return [tuple(range(first, end)) for first, end in zip([0, *cuts], [*cuts, GRANULES])]


def none(kernels: Sequence[Kernels]) -> list[list[int]]:
    """No priorities: every kernel of every worker has the lowest level."""
    return [[0] * one.count for one in kernels]


def by_kernel(kernels: Sequence[Kernels], cuts: Sequence[float] = CUTS_US) -> list[list[int]]:
    """The shorter a kernel, the higher its priority: one level up for each cut (µs) that it stays below."""
    return [shorter_first(one.full_us, cuts) for one in kernels]


def by_worker(kernels: Sequence[Kernels]) -> list[list[int]]:
    """The shorter a worker's kernels are on average, the higher the priority of all of them."""
    means = [sum(one.full_us) / one.count for one in kernels]
    order = sorted(range(len(means)), key=lambda index: -means[index])
    top = LEVELS - 1
    level = {worker: round(rank * top / max(1, len(order) - 1)) for rank, worker in enumerate(order)}
    return [[level[index]] * one.count for index, one in enumerate(kernels)]


def fixed(
    kernels: Sequence[Kernels], windows: Sequence[Granules], priorities: list[list[int]]
) -> list[list[KernelGroup]]:
    """One window for each worker and all its kernels."""
    return [
        compress([granules] * one.count, levels)
        for one, granules, levels in zip(kernels, windows, priorities, strict=True)
    ]


def alternating(
    kernels: Sequence[Kernels], sizes: tuple[int, int], period: int, priorities: list[list[int]]
) -> list[list[KernelGroup]]:
    """Each worker goes back and forth between windows of two sizes, every `period` kernels."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):
        picked = [sizes[(index // period) % 2] for index in range(one.count)]
        plans.append(compress([window(base, size, GRANULES) for size in picked], levels))
    return plans


def chosen(
    kernels: Sequence[Kernels], sizes: Sequence[int], price: float, switch_us: float, priorities: list[list[int]]
) -> list[list[KernelGroup]]:
    """The cheapest size for each kernel: its time grows by `price` per granule it holds, and a switch costs
    `switch_us`."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):

        def cost(index: int, granules: int, one: Kernels = one) -> float:
            return one.time_us(index, granules) * (1 + price * granules)

        picked = cheapest_sizes(range(one.count), sizes, cost, switch_us)
        plans.append(compress([window(base, size, GRANULES) for size in picked], levels))
    return plans


def grouped(
    kernels: Sequence[Kernels], shortest: int, longest: int, priorities: list[list[int]], draw: random.Random
) -> list[list[KernelGroup]]:
    """Groups of `shortest` to `longest` kernels, each on one of a few random windows of the worker's own."""
    plans = []
    for one, levels in zip(kernels, priorities, strict=True):
        windows = scattered(WINDOWS_EACH, draw)
        homes: list[Granules] = []
        while len(homes) < one.count:
            length = draw.randint(shortest, longest)
            homes.extend([draw.choice(windows)] * length)
        plans.append(compress(homes[: one.count], levels))
    return plans
