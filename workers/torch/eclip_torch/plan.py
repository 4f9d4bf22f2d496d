"""A worker's plan as kernel groups, and its expansion to the kernels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .errors import WorkerError
from .partition import Granules


@dataclass(frozen=True)
class KernelGroup:
    """Consecutive kernels on the granules of one partition at one priority (0 is lowest).

    Without granules they run wherever the process may: under MPS a process has a share and cannot be partitioned
    further.
    """

    kernels: int
    granules: Granules
    priority: int = 0


def expand(groups: Sequence[KernelGroup], kernels: int | None = None) -> tuple[list[Granules], list[int]]:
    """Granules and priority of every kernel, in execution order.

    `kernels` is the number of kernels in the graph, if there is one. In another process, libraries may choose a
    different number of kernels, which does not matter to a plan that treats all of them alike. Raises WorkerError
    plan-mismatch for any other plan with a different number.
    """
    planned = sum(group.kernels for group in groups)
    kernels = planned if kernels is None else kernels
    if len({(group.granules, group.priority) for group in groups}) == 1:
        return [groups[0].granules] * kernels, [groups[0].priority] * kernels
    if planned != kernels:
        raise WorkerError("plan-mismatch", f"the plan has {planned} kernels, the graph {kernels}")
    granules: list[Granules] = []
    priorities: list[int] = []
    for group in groups:
        granules.extend([group.granules] * group.kernels)
        priorities.extend([group.priority] * group.kernels)
    return granules, priorities


def switches(granules: Sequence[Granules]) -> int:
    """How many times a kernel's partition differs from its predecessor's."""
    return sum(1 for before, after in pairwise(granules) if before != after)
