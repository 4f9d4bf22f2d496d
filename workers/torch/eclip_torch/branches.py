"""Kernels that run side by side: turns a graph's dependencies into the stretches that a profile names."""

from __future__ import annotations

from collections.abc import Sequence


def parallel_stretches(after: Sequence[Sequence[int]]) -> list[dict[str, int]] | None:
    """The `parallel` entries of `eclip.profile/1`: none for a plain chain, None if they cannot describe the graph.

    `after` lists the kernels that each kernel waits for. A stretch is `count` kernels in chains of `chain`, dealt to
    `lanes` lanes in turn. The kernel after it waits for all lanes.
    """
    stretches = []
    index = 1
    while index < len(after):
        if latest(after, index) == index - 1:
            index += 1
            continue
        stretch = stretch_at(after, index)
        if stretch is None:
            return None
        stretches.append(stretch)
        index = stretch["first"] + stretch["count"] + 1
    return stretches


def latest(after: Sequence[Sequence[int]], index: int) -> int:
    """The last of the kernels that `index` waits for, or -1."""
    return max(after[index], default=-1)


def stretch_at(after: Sequence[Sequence[int]], second: int) -> dict[str, int] | None:
    """The stretch whose second chain starts at `second`."""
    first = latest(after, second) + 1
    chain = second - first
    if chain < 1 or first < 1 or not is_chain(after, first, chain):
        return None
    lanes = 1
    while begins_chain(after, first + lanes * chain, first - 1, chain):
        lanes += 1
    chains = lanes
    while begins_chain(after, first + chains * chain, first + (chains - lanes + 1) * chain - 1, chain):
        chains += 1
    end = first + chains * chain
    ends = {first + (number + 1) * chain - 1 for number in range(chains - lanes, chains)}
    if end < len(after) and not ends <= set(after[end]):
        return None
    return {"first": first, "count": chains * chain, "chain": chain, "lanes": lanes}


def begins_chain(after: Sequence[Sequence[int]], head: int, waits_for: int, chain: int) -> bool:
    """Whether a chain of that length starts at `head` and waits directly for kernel `waits_for`."""
    return head + chain <= len(after) and latest(after, head) == waits_for and is_chain(after, head, chain)


def is_chain(after: Sequence[Sequence[int]], first: int, length: int) -> bool:
    return all(latest(after, index) == index - 1 for index in range(first + 1, first + length))
