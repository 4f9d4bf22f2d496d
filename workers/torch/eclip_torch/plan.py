"""A worker's plan as kernel groups, and its expansion to the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .partition import Granules


@dataclass(frozen=True)
class KernelGroup:
    """Consecutive kernels on the granules of one partition at one priority (0 lowest).

    Without granules they run wherever the process may: under MPS it has a share and cannot be partitioned further.
    """

    kernels: int
    granules: Granules
    priority: int = 0


def expand(groups: Sequence[KernelGroup]) -> tuple[list[Granules], list[int]]:
    """Granules and priority of every kernel, in execution order."""
    granules: list[Granules] = []
    priorities: list[int] = []
    for group in groups:
        granules.extend([group.granules] * group.kernels)
        priorities.extend([group.priority] * group.kernels)
    return granules, priorities


def switches(granules: Sequence[Granules]) -> int:
    """How often a kernel's partition differs from its predecessor's."""
    return sum(1 for before, after in pairwise(granules) if before != after)
