"""Which plans of a mix are measured. The most telling ones come first, then random ones without end. Pure and
seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eclip_torch.partition import Granules
from eclip_torch.plan import KernelGroup

from .mixes import VARIED, WELL_KNOWN
from .plans import (
    GRANULES,
    SIZES,
    Kernels,
    alternating,
    by_kernel,
    by_worker,
    chosen,
    fixed,
    grouped,
    none,
    scattered,
    staggered,
    unequal,
)

PLAIN = "plain streams"
"""The trial that runs without partitions, whatever its groups say."""

SWITCH_US = 20.0
PRICES = (0.0, 0.05, 0.15)
LONG_MIXES = 10
LONG_SECONDS = 2.0
"""Window of the first trials of the first ten mixes: long enough for their power."""


@dataclass(frozen=True)
class Trial:
    """One point to measure, for `seconds` if given. A load fraction (Poisson) is a fraction of the closed-loop
    rate of `like`."""

    plan: str
    groups: list[list[KernelGroup]]
    seconds: float = 0.0
    load_fractions: tuple[float | None, ...] | None = None
    like: str | None = None


def varied(mix: str, kernels: Sequence[Kernels], seed: int = 1) -> Iterator[Trial]:
    """The trials of `h200.campaign`: windows, priorities, switches and one Poisson load."""
    draw = random.Random(f"{mix}{seed}")
    workers = len(kernels)
    everything = staggered(workers, GRANULES)
    equal = staggered(workers, GRANULES // workers)
    half = 8 if workers <= 4 else 5
    wide = 12 if workers <= 4 else 8
    small = 6 if workers <= 4 else 4
    long = LONG_SECONDS if mix in VARIED[:LONG_MIXES] else 0.0
    plain, kernel_wise, worker_wise = none(kernels), by_kernel(kernels), by_worker(kernels)
    two = (GRANULES // workers, wide)
    best = f"windows of {half}, priority by kernel"
    yield Trial("baseline", fixed(kernels, everything, plain), long)
    yield Trial(best, fixed(kernels, staggered(workers, half), kernel_wise), long)
    yield Trial("equal disjoint", fixed(kernels, equal, plain))
    yield Trial("whole GPU, priority by kernel", fixed(kernels, everything, kernel_wise))
    yield Trial(f"windows of {wide}", fixed(kernels, staggered(workers, wide), plain))
    if mix not in WELL_KNOWN:
        yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
    yield Trial(f"windows of {two[0]} and {two[1]} every 25", alternating(kernels, two, 25, plain))
    yield Trial(f"windows of {small}, priority by worker", fixed(kernels, staggered(workers, small), worker_wise))
    yield Trial("random windows, priority by kernel", fixed(kernels, scattered(workers, draw), kernel_wise))
    fractions = tuple(draw.uniform(0.5, 0.9) for _ in kernels)
    yield Trial(f"Poisson, {best}", fixed(kernels, staggered(workers, half), kernel_wise), 1.6, fractions, best)
    yield Trial("whole GPU, priority by worker", fixed(kernels, everything, worker_wise))
    yield Trial(
        f"chosen of {small} and {wide}, priority by kernel",
        chosen(kernels, (small, wide), 0.05, SWITCH_US, kernel_wise),
    )
    if mix not in WELL_KNOWN:
        yield Trial(f"windows of {half}", fixed(kernels, staggered(workers, half), plain))
    yield Trial(f"windows of {two[0]} and {two[1]} every 5", alternating(kernels, two, 5, plain))
    yield Trial("random windows, priority by worker", fixed(kernels, scattered(workers, draw), worker_wise))
    yield Trial("baseline again", fixed(kernels, everything, plain))
    yield Trial(
        f"windows of {half} and 16 every 100, priority by kernel", alternating(kernels, (half, 16), 100, kernel_wise)
    )
    while True:
        yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
        cuts = tuple(sorted(draw.choice((2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 40.0)) for _ in range(3)))
        text = "/".join(f"{cut:g}" for cut in cuts)
        yield Trial(
            f"random windows, priority by kernel at {text} us",
            fixed(kernels, scattered(workers, draw), by_kernel(kernels, cuts)),
        )
        sizes = tuple(draw.sample((2, 3, 4, 6, 8, 12, 16), 2))
        yield Trial("chosen of two random sizes", chosen(kernels, sizes, draw.choice(PRICES), SWITCH_US, plain))


def further(mix: str, kernels: Sequence[Kernels], seed: int = 1) -> Iterator[Trial]:
    """The trials of `h200.colocate`: windows and groups of kernels, more of them random."""
    draw = random.Random(f"further{mix}{seed}")
    workers = len(kernels)
    everything = staggered(workers, GRANULES)
    plain, kernel_wise, worker_wise = none(kernels), by_kernel(kernels), by_worker(kernels)

    def windows(sms: int) -> list[Granules]:
        return staggered(workers, sms // 8)

    yield Trial(PLAIN, fixed(kernels, everything, plain))
    yield Trial("windows of 64, priority by kernel", fixed(kernels, windows(64), kernel_wise))
    yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
    yield Trial("equal disjoint", fixed(kernels, staggered(workers, GRANULES // workers), plain))
    yield Trial("groups of 50 to 150", grouped(kernels, 50, 150, plain, draw))
    yield Trial("windows of 48", fixed(kernels, windows(48), plain))
    yield Trial("whole GPU, priority by kernel", fixed(kernels, everything, kernel_wise))
    yield Trial("unequal disjoint", fixed(kernels, unequal(workers, draw), plain))
    yield Trial("random windows, priority by worker", fixed(kernels, scattered(workers, draw), worker_wise))
    yield Trial("windows of 96, priority by worker", fixed(kernels, windows(96), worker_wise))
    yield Trial("groups of 50 to 150, priority by kernel", grouped(kernels, 50, 150, kernel_wise, draw))
    yield Trial("windows of 64", fixed(kernels, windows(64), plain))
    yield Trial("groups of 5 to 20", grouped(kernels, 5, 20, plain, draw))
    yield Trial("windows of 48, priority by kernel", fixed(kernels, windows(48), kernel_wise))
    yield Trial("windows of 96", fixed(kernels, windows(96), plain))
    while True:
        yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
        yield Trial("random windows, priority by kernel", fixed(kernels, scattered(workers, draw), kernel_wise))
        yield Trial("groups of 50 to 150", grouped(kernels, 50, 150, plain, draw))
        sizes = tuple(draw.sample(SIZES, 2))
        yield Trial("chosen of two random sizes", chosen(kernels, sizes, draw.choice(PRICES), SWITCH_US, plain))
