"""The mixes and plans of the second round of points. Pure: seeded, no GPU."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from eclip_torch.partition import Groups
from eclip_torch.plan import Run, compress

from .mixes import (
    GROUPS,
    Kernels,
    Trial,
    by_kernel,
    by_worker,
    chosen,
    fixed,
    none,
    same,
    scattered,
    staggered,
)

PLAIN = "plain streams"

MIXES: list[str] = [
    same("albert+densenet201+vgg19", 8),
    same("resnext101+densenet201+vgg19+alexnet", 8),
    same("resnet152+albert+densenet201", 32),
    same("shufflenet+resnet152+alexnet", 8),
    "resnext101/32+vgg19/8+shufflenet/8",
    same("albert+densenet201+vgg19+resnext101", 1),
    same("shufflenet+densenet201+albert+resnext101", 8),
    same("alexnet+resnet152+vgg19", 32),
    same("shufflenet+alexnet+densenet201+albert", 32),
    same("resnet152+resnext101+albert", 8),
    "densenet201/32+vgg19/8+albert/1+resnet152/8",
    same("vgg19+vgg19+resnet152+densenet201", 8),
    "alexnet/8+vgg19/32+resnet152/8",
    same("shufflenet+resnet152+alexnet+resnext101", 1),
]

HELD_OUT: list[str] = [
    "resnext101/8+albert/32",
    "densenet201/8+alexnet/32",
    same("albert+shufflenet+alexnet", 8) + "+densenet201/1+vgg19/1",
    "vgg19/1+resnet152/8+shufflenet/32",
    "resnet152/32+densenet201/1+albert/8",
    "resnext101/1+shufflenet/8+vgg19/32",
    same("densenet201+albert+albert", 8),
    "alexnet/8+albert/1+resnet152/1+vgg19/8",
    same("resnet152+densenet201", 8),
    "densenet201/32+resnext101/8",
    same("vgg19+alexnet+shufflenet+densenet201", 8),
    same("resnet152+vgg19+albert", 32),
]
"""Measured when the model was made; but for the first, which MIXES of `mixes` has in another order, never fitted on."""

SIZES = (2, 3, 4, 5, 6, 8, 10, 12, 14, 16)
WINDOWS_EACH = 3
"""Partitions that a worker switches between: a device holds only some dozens of contexts."""


def unequal(workers: int, draw: random.Random) -> list[Groups]:
    """Disjoint stretches of random lengths that together are the whole GPU."""
    cuts = sorted(draw.sample(range(1, GROUPS), workers - 1))
    return [tuple(range(first, end)) for first, end in zip([0, *cuts], [*cuts, GROUPS])]


def grouped(
    kernels: Sequence[Kernels], shortest: int, longest: int, priorities: list[list[int]], draw: random.Random
) -> list[list[Run]]:
    """Groups of `shortest` to `longest` kernels in turn on random windows of the worker's own."""
    plans = []
    for one, levels in zip(kernels, priorities, strict=True):
        windows = scattered(WINDOWS_EACH, draw)
        homes: list[Groups] = []
        while len(homes) < one.count:
            length = draw.randint(shortest, longest)
            homes.extend([draw.choice(windows)] * length)
        plans.append(compress(homes[: one.count], levels))
    return plans


def trials(mix: str, kernels: Sequence[Kernels], seed: int = 1) -> Iterator[Trial]:
    """The plans of one mix, the most telling first; ends never (random plans go on)."""
    draw = random.Random(f"further{mix}{seed}")
    workers = len(kernels)
    everything = staggered(workers, GROUPS)
    plain, kernel_wise, worker_wise = none(kernels), by_kernel(kernels), by_worker(kernels)

    def windows(sms: int) -> list[Groups]:
        return staggered(workers, sms // 8)

    yield Trial(PLAIN, fixed(kernels, everything, plain))
    yield Trial("windows of 64, priority by kernel", fixed(kernels, windows(64), kernel_wise))
    yield Trial("random windows", fixed(kernels, scattered(workers, draw), plain))
    yield Trial("equal disjoint", fixed(kernels, staggered(workers, GROUPS // workers), plain))
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
        yield Trial("chosen of two random sizes", chosen(kernels, sizes, draw.choice((0.0, 0.05, 0.15)), 20.0, plain))
