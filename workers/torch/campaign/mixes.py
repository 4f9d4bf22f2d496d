"""Which mixes and plans the campaign measures. Pure: seeded, no GPU."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eclip_torch.partition import Groups, window
from eclip_torch.plan import Run, cheapest_sizes, compress, shorter_first

GROUPS = 16
CUTS_US = (4.0, 8.0, 16.0)
LEVELS = 6

Member = tuple[str, int]
"""A model's short name and its batch size."""


@dataclass(frozen=True)
class Kernels:
    """What planning needs of one worker: kernel times by number of groups (µs), 16 always there."""

    times_us: dict[int, list[float]]

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


@dataclass(frozen=True)
class Trial:
    """One point to measure. `load_fraction` (Poisson) is of the closed-loop rate of `like`."""

    plan: str
    runs: list[list[Run]]
    seconds: float = 0.0
    load_fractions: tuple[float | None, ...] | None = None
    like: str | None = None


def members(text: str) -> list[Member]:
    """ "resnet152/8+vgg19/32" as members."""
    return [(name, int(batch)) for name, _, batch in (part.partition("/") for part in text.split("+"))]


def same(models: str, batch: int) -> str:
    return "+".join(f"{name}/{batch}" for name in models.split("+"))


FOUR = "resnet152+densenet201+vgg19+albert"
LIGHT = "shufflenet+alexnet+resnext101+vgg19"

MIXES: list[str] = [
    same(FOUR, 8),
    same(FOUR, 32),
    same(FOUR, 1),
    same(LIGHT, 8),
    same("albert+densenet201+vgg19", 8),
    same("alexnet+resnet152+vgg19", 32),
    same("densenet201+densenet201+densenet201", 8),
    same("resnet152+resnet152+resnet152+resnet152", 8),
    same("albert+albert+resnext101+densenet201", 8),
    same(f"{FOUR}+{FOUR}", 8),
    same("resnet152+densenet201+vgg19+albert+shufflenet+resnext101", 8),
    "vgg19/8+densenet201/8",
    "resnet152/8+shufflenet/8",
    "albert/32+resnext101/8",
    "resnext101/32+resnet152/32",
    "vgg19/32+densenet201/1",
    "resnet152/1+vgg19/32+densenet201/8+shufflenet/32",
    same(LIGHT, 1),
    same(LIGHT, 32),
    "alexnet/32+albert/8",
    same("albert+alexnet+densenet201+resnet152+shufflenet", 1),
    "resnext101/1+vgg19/8",
]

WELL_KNOWN = {same(FOUR, 8), same(LIGHT, 8), same("densenet201+densenet201+densenet201", 8)}
"""Mixes with many earlier points without priorities: random windows without them add little."""

LONG_MIXES = 10
LONG_SECONDS = 2.0


def bases(workers: int) -> list[int]:
    return [round(index * GROUPS / workers) for index in range(workers)]


def by_kernel(kernels: Sequence[Kernels], cuts: Sequence[float] = CUTS_US) -> list[list[int]]:
    """'Shorter kernel, higher priority', per worker and kernel."""
    return [shorter_first(one.full_us, cuts) for one in kernels]


def by_worker(kernels: Sequence[Kernels]) -> list[list[int]]:
    """The worker with the shortest mean kernel has the highest priority."""
    means = [sum(one.full_us) / one.count for one in kernels]
    order = sorted(range(len(means)), key=lambda index: -means[index])
    top = LEVELS - 1
    level = {worker: round(rank * top / max(1, len(order) - 1)) for rank, worker in enumerate(order)}
    return [[level[index]] * one.count for index, one in enumerate(kernels)]


def none(kernels: Sequence[Kernels]) -> list[list[int]]:
    return [[0] * one.count for one in kernels]


def fixed(kernels: Sequence[Kernels], windows: Sequence[Groups], priorities: list[list[int]]) -> list[list[Run]]:
    """One window per worker for all of its kernels."""
    return [
        compress([groups] * one.count, levels) for one, groups, levels in zip(kernels, windows, priorities, strict=True)
    ]


def staggered(workers: int, size: int) -> list[Groups]:
    return [window(base, size, GROUPS) for base in bases(workers)]


def scattered(workers: int, draw: random.Random) -> list[Groups]:
    sizes = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16)
    return [window(draw.randrange(GROUPS), draw.choice(sizes), GROUPS) for _ in range(workers)]


def alternating(
    kernels: Sequence[Kernels], first: int, second: int, period: int, priorities: list[list[int]]
) -> list[list[Run]]:
    """Two windows per worker, changed every `period` kernels."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):
        sizes = [first if (index // period) % 2 == 0 else second for index in range(one.count)]
        plans.append(compress([window(base, size, GROUPS) for size in sizes], levels))
    return plans


def chosen(
    kernels: Sequence[Kernels], sizes: Sequence[int], price: float, switch_us: float, priorities: list[list[int]]
) -> list[list[Run]]:
    """Sizes per kernel by Viterbi: time grows with a price per group held, a switch costs `switch_us`."""
    plans = []
    for one, base, levels in zip(kernels, bases(len(kernels)), priorities, strict=True):

        def cost(index: int, groups: int, one: Kernels = one) -> float:
            return one.time_us(index, groups) * (1 + price * groups)

        picked = cheapest_sizes(range(one.count), sizes, cost, switch_us)
        plans.append(compress([window(base, size, GROUPS) for size in picked], levels))
    return plans


def trials(mix: str, kernels: Sequence[Kernels], seed: int = 1) -> Iterator[Trial]:
    """The plans of one mix, the most telling first; ends never (random plans go on)."""
    draw = random.Random(f"{mix}{seed}")
    workers = len(kernels)
    everything = staggered(workers, GROUPS)
    equal = staggered(workers, GROUPS // workers)
    half = 8 if workers <= 4 else 5
    wide = 12 if workers <= 4 else 8
    small = 6 if workers <= 4 else 4
    long = LONG_SECONDS if mix in MIXES[:LONG_MIXES] else 0.0
    plain, kernel_wise, worker_wise = none(kernels), by_kernel(kernels), by_worker(kernels)
    two = (GROUPS // workers, wide)
    best = f"windows of {half}, priority by kernel"
    yield Trial("baseline", fixed(kernels, everything, plain), long)
    yield Trial(best, fixed(kernels, staggered(workers, half), kernel_wise), long)
    yield Trial("equal disjoint", fixed(kernels, equal, plain))
    yield Trial("whole GPU, priority by kernel", fixed(kernels, everything, kernel_wise))
    yield Trial(f"windows of {wide}", fixed(kernels, staggered(workers, wide), plain))
    if mix not in WELL_KNOWN:
        yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
    yield Trial(f"windows of {two[0]} and {two[1]} every 25", alternating(kernels, *two, 25, plain))
    yield Trial(f"windows of {small}, priority by worker", fixed(kernels, staggered(workers, small), worker_wise))
    yield Trial("random windows, priority by kernel", fixed(kernels, scattered(workers, draw), kernel_wise))
    fractions = tuple(draw.uniform(0.5, 0.9) for _ in kernels)
    yield Trial(f"Poisson, {best}", fixed(kernels, staggered(workers, half), kernel_wise), 1.6, fractions, best)
    yield Trial("whole GPU, priority by worker", fixed(kernels, everything, worker_wise))
    yield Trial(
        f"chosen of {small} and {wide}, priority by kernel",
        chosen(kernels, (small, wide), 0.05, 20.0, kernel_wise),
    )
    if mix not in WELL_KNOWN:
        yield Trial(f"windows of {half}", fixed(kernels, staggered(workers, half), plain))
    yield Trial(f"windows of {two[0]} and {two[1]} every 5", alternating(kernels, *two, 5, plain))
    yield Trial("random windows, priority by worker", fixed(kernels, scattered(workers, draw), worker_wise))
    yield Trial("baseline again", fixed(kernels, everything, plain))
    yield Trial(
        f"windows of {half} and 16 every 100, priority by kernel", alternating(kernels, half, 16, 100, kernel_wise)
    )
    while True:
        yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
        cuts = tuple(sorted(draw.choice((2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)) for _ in range(3)))
        text = "/".join(f"{cut:g}" for cut in cuts)
        yield Trial(
            f"random windows, priority by kernel at {text} us",
            fixed(kernels, scattered(workers, draw), by_kernel(kernels, cuts)),
        )
        yield Trial(
            "chosen of two random sizes",
            chosen(
                kernels, tuple(draw.sample((2, 3, 4, 6, 8, 12, 16), 2)), draw.choice((0.0, 0.05, 0.15)), 20.0, plain
            ),
        )
