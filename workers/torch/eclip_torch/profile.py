"""Kernel durations, shapes and gaps of graph launches, by CUPTI through torch.profiler."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

NAME_LENGTH = 80
DRIVER_PREFIXES = ("memset", "memcpy")
"""Of the kernels that the driver runs for large memset and copy nodes: they are no kernel nodes."""


@dataclass
class KernelTimes:
    """Kernels in execution order: shape once, duration (µs) and gap (µs) as medians over launches.

    A gap is a kernel's start less its predecessor's end: negative where the two overlap.
    """

    kernels: list[dict[str, Any]] = field(default_factory=list)
    durations_us: list[float] = field(default_factory=list)
    gaps_us: list[float] = field(default_factory=list)
    span_us: float = 0.0


def trace(launch: Callable[[], None], wait: Callable[[], None], repeats: int) -> list[dict[str, Any]]:
    """The kernel events of `repeats` launches, in start order, without those of the driver."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as recorded:
        for _ in range(repeats):
            launch()
            wait()
    handle, path = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    try:
        recorded.export_chrome_trace(path)
        with open(path, encoding="utf-8") as file:
            events = json.load(file)["traceEvents"]
    finally:
        os.unlink(path)
    return sorted(kernel_events(events), key=lambda event: event["ts"])


def kernel_events(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a trace that are kernel nodes of a graph."""
    return [event for event in events if event.get("cat") == "kernel" and not event["name"].startswith(DRIVER_PREFIXES)]


def summarize(events: list[dict[str, Any]], repeats: int) -> KernelTimes:
    """Medians over the launches. Raises ValueError when they differ in their number of kernels."""
    if not events or len(events) % repeats:
        raise ValueError(f"{len(events)} kernel events in {repeats} launches")
    count = len(events) // repeats
    launches = [events[index * count : (index + 1) * count] for index in range(repeats)]
    times = KernelTimes()
    times.kernels = [describe(event) for event in launches[0]]
    for index in range(count):
        times.durations_us.append(round(median(launch[index]["dur"] for launch in launches), 3))
        gap = 0.0 if index == 0 else median(gap_before(launch, index) for launch in launches)
        times.gaps_us.append(round(gap, 3))
    times.span_us = round(median(end_of(launch[-1]) - launch[0]["ts"] for launch in launches), 2)
    return times


def describe(event: dict[str, Any]) -> dict[str, Any]:
    args = event["args"]
    return {
        "name": event["name"][:NAME_LENGTH],
        "grid": args.get("grid"),
        "block": args.get("block"),
        "registers": int(args.get("registers per thread") or 0),
        "sharedMemoryBytes": int(args.get("shared memory") or 0),
    }


def gap_before(launch: list[dict[str, Any]], index: int) -> float:
    return float(launch[index]["ts"] - end_of(launch[index - 1]))


def end_of(event: dict[str, Any]) -> float:
    return float(event["ts"] + event["dur"])


def node_order(trace: Sequence[dict[str, Any]], shapes: Sequence[Any]) -> list[int]:
    """The graph node of each traced kernel: the first unused node of the same grid and block.

    Raises ValueError when the trace and the graph do not hold the same kernels.
    """
    free: dict[str, list[int]] = {}
    for index, (grid, block) in enumerate(shapes):
        free.setdefault(f"{grid}{block}", []).append(index)
    order = []
    for kernel in trace:
        nodes = free.get(f"{kernel['grid']}{kernel['block']}")
        if not nodes:
            shape = f"grid {kernel['grid']}, block {kernel['block']}"
            raise ValueError(f"the trace holds a kernel that the graph does not: {kernel['name'][:40]}, {shape}")
        order.append(nodes.pop(0))
    if len(order) < len(shapes):
        raise ValueError("the trace lacks kernels of the graph")
    return order


def by_node(values: Sequence[Any], order: Sequence[int]) -> list[Any]:
    """Values of traced kernels, rearranged to node order."""
    placed: list[Any] = [None] * len(values)
    for value, node in zip(values, order):
        placed[node] = value
    return placed
