"""Plans for the workers of a mix: windows, priorities and groups of kernels. Pure: the draw is given."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eclip_torch.partition import Groups, window
from eclip_torch.plan import Run, cheapest_sizes, compress, shorter_first

GROUPS = 16
GROUPS_OF_SMS = {8: 1, 16: 2, 24: 3, 32: 4, 48: 6, 64: 8, 96: 12, 132: 16}
"""Groups of SMs by the SM counts of a profile: 15 groups have 8, the last has 12."""

SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16)
CUTS_US = (4.0, 8.0, 16.0)
LEVELS = 6
WINDOWS_EACH = 3
"""Windows that a worker switches between: only some dozens of contexts fit on a device."""


@dataclass(frozen=True)
class Kernels:
    """What planning needs of one worker: kernel times in µs by number of groups; 16 is always there."""

    times_us: dict[int, list[float]]

    @classmethod
    def of_profile(cls, file: Path) -> Kernels:
        """The kernel times of an `eclip.profile/1` file."""
        kernels = json.loads(gzip.decompress(file.read_bytes()))["kernels"]
        measured = {sms: str(sms) for sms in GROUPS_OF_SMS if str(sms) in kernels[0]["durationUs"]}
        return cls({GROUPS_OF_SMS[sms]: [one["durationUs"][key] for one in kernels] for sms, key in measured.items()})

    @property
    def count(self) -> int:
        return len(self.times_us[GROUPS])

    @property
    def full_us(self) -> list[float]:
        return self.times_us[GROUPS]

    def time_us(self, index: int, groups: int) -> float:
        """Interpolated between the measured numbers of groups."""
        known = sorted(self.times_us)
        below = max((n for n in known if n <= groups), default=known[0])
        above = min((n for n in known if n >= groups), default=known[-1])
        low, high = self.times_us[below][index], self.times_us[above][index]
        if below == above:
            return low
        return low + (high - low) * (groups - below) / (above - below)


def bases(workers: int) -> list[int]:
    """Where each worker's window begins when they are spread evenly."""
    return [round(index * GROUPS / workers) for index in range(workers)]


def staggered(workers: int, size: int) -> list[Groups]:
    """Windows of one size, spread evenly; they overlap when they do not fit side by side."""
    return [window(base, size, GROUPS) for base in bases(workers)]


def scattered(workers: int, draw: random.Random) -> list[Groups]:
    """Windows of random place and size."""
    return [window(draw.randrange(GROUPS), draw.choice(SIZES), GROUPS) for _ in range(workers)]


def unequal(workers: int, draw: random.Random) -> list[Groups]:
    """Disjoint windows of random sizes that cover the whole GPU."""
    cuts = sorted(draw.sample(range(1, GROUPS), workers - 1))
    return [tuple(range(first, end)) for first, end in zip([0, *cuts], [*cuts, GROUPS])]


def none(kernels: Sequence[Kernels]) -> list[list[int]]:
    """No priorities: every kernel of every worker at the lowest level."""
    return [[0] * one.count for one in kernels]


def by_kernel(kernels: Sequence[Kernels], cuts: Sequence[float] = CUTS_US) -> list[list[int]]:
    """The shorter a kernel, the higher its priority: one level up for each cut (µs) that it stays under."""
    return [shorter_first(one.full_us, cuts) for one in kernels]


def by_worker(kernels: Sequence[Kernels]) -> list[list[int]]:
    """The shorter a worker's mean kernel, the higher the priority of all its kernels."""
    means = [sum(one.full_us) / one.count for one in kernels]
    order = sorted(range(len(means)), key=lambda index: -means[index])
    top = LEVELS - 1
    level = {worker: round(rank * top / max(1, len(order) - 1)) for rank, worker in enumerate(order)}
    return [[level[index]] * one.count for index, one in enumerate(kernels)]


def fixed(kernels: Sequence[Kernels], windows: Sequence[Groups], priorities: list[list[int]]) -> list[list[Run]]:
    """One window per worker for all of its kernels."""
    return [
        compress([groups] * one.count, levels) for one, groups, levels in zip(kernels, windows, priorities, strict=True)
    ]


def alternating(
    kernels: Sequence[Kernels], sizes: tuple[int, int], period: int, priorities: list[list[int]]
) -> list[list[Run]]:
    """Each worker goes back and forth between windows of two sizes, every `period` kernels."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):
        picked = [sizes[(index // period) % 2] for index in range(one.count)]
        plans.append(compress([window(base, size, GROUPS) for size in picked], levels))
    return plans


def chosen(
    kernels: Sequence[Kernels], sizes: Sequence[int], price: float, switch_us: float, priorities: list[list[int]]
) -> list[list[Run]]:
    """The cheapest size for each kernel: its time grows by `price` per group it holds, a switch costs `switch_us`."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):

        def cost(index: int, groups: int, one: Kernels = one) -> float:
            return one.time_us(index, groups) * (1 + price * groups)

        picked = cheapest_sizes(range(one.count), sizes, cost, switch_us)
        plans.append(compress([window(base, size, GROUPS) for size in picked], levels))
    return plans


def grouped(
    kernels: Sequence[Kernels], shortest: int, longest: int, priorities: list[list[int]], draw: random.Random
) -> list[list[Run]]:
    """Groups of `shortest` to `longest` kernels, each on one of a few random windows of the worker's own."""
    plans = []
    for one, levels in zip(kernels, priorities, strict=True):
        windows = scattered(WINDOWS_EACH, draw)
        homes: list[Groups] = []
        while len(homes) < one.count:
            length = draw.randint(shortest, longest)
            homes.extend([draw.choice(windows)] * length)
        plans.append(compress(homes[: one.count], levels))
    return plans
