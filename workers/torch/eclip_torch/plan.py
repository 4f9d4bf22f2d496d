"""A worker's plan as runs: [kernel count, SM groups, priority], and its expansion per kernel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .partition import Groups


@dataclass(frozen=True)
class Run:
    """`count` consecutive kernels on one set of groups at one priority (0 lowest)."""

    count: int
    groups: Groups
    priority: int = 0


def expand(runs: Sequence[Run]) -> tuple[list[Groups], list[int]]:
    """Groups and priority of every kernel, in execution order."""
    groups: list[Groups] = []
    priorities: list[int] = []
    for run in runs:
        groups.extend([run.groups] * run.count)
        priorities.extend([run.priority] * run.count)
    return groups, priorities


def compress(groups: Sequence[Groups], priorities: Sequence[int]) -> list[Run]:
    """The fewest runs that expand to the given kernels."""
    runs: list[Run] = []
    for kernel_groups, priority in zip(groups, priorities, strict=True):
        if runs and runs[-1].groups == kernel_groups and runs[-1].priority == priority:
            runs[-1] = Run(runs[-1].count + 1, kernel_groups, priority)
        else:
            runs.append(Run(1, kernel_groups, priority))
    return runs


def encode(runs: Sequence[Run]) -> list[list[Any]]:
    """JSON form: the priority is left out where it is 0 in every run."""
    if all(run.priority == 0 for run in runs):
        return [[run.count, list(run.groups)] for run in runs]
    return [[run.count, list(run.groups), run.priority] for run in runs]


def decode(value: Sequence[Sequence[Any]]) -> list[Run]:
    """The inverse of `encode`.

    Raises ValueError that says which run is wrong and what was expected.
    """
    runs = []
    for index, entry in enumerate(value):
        if not isinstance(entry, (list, tuple)) or len(entry) not in (2, 3):
            raise ValueError(f"runs[{index}]: expected [count, groups] or [count, groups, priority]")
        count, groups = entry[0], entry[1]
        priority = entry[2] if len(entry) == 3 else 0
        if not is_count(count) or count < 1:
            raise ValueError(f"runs[{index}][0]: expected a positive kernel count, found {count!r}")
        if not isinstance(groups, (list, tuple)) or not groups or not all(is_count(g) for g in groups):
            raise ValueError(f"runs[{index}][1]: expected a list of group numbers, found {groups!r}")
        if not is_count(priority):
            raise ValueError(f"runs[{index}][2]: expected a priority of 0 or more, found {priority!r}")
        runs.append(Run(count, tuple(sorted(set(groups))), priority))
    return runs


def is_count(value: object) -> bool:
    """True for an integer of 0 or more (a bool is none)."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def switches(groups: Sequence[Groups]) -> int:
    """How often a kernel's partition differs from its predecessor's."""
    return sum(1 for before, after in pairwise(groups) if before != after)


def shorter_first(durations_us: Sequence[float], cuts_us: Sequence[float]) -> list[int]:
    """'Shorter kernel, higher priority': one level per cut that the duration does not exceed."""
    return [sum(1 for cut in cuts_us if duration <= cut) for duration in durations_us]


def cheapest_sizes(
    kernels: Sequence[Any],
    sizes: Sequence[int],
    cost: Callable[[Any, int], float],
    switch_cost: float,
) -> list[int]:
    """A size per kernel that minimises the sum of costs plus `switch_cost` per change (Viterbi)."""
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
