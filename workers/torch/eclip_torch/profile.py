"""Durations, shapes and gaps of kernels in graph launches, from CUPTI through torch.profiler."""

from __future__ import annotations

import json
import os
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

NAME_LENGTH = 80
GPU_WORK = ("kernel", "gpu_memset", "gpu_memcpy")
DRIVER_PREFIXES = ("memset", "memcpy")
"""Prefixes of the names of kernels that the driver runs for large memset and copy nodes."""


@dataclass
class KernelTimes:
    """Kernels in execution order: their shapes, and durations (µs) and gaps (µs) as medians over launches.

    A gap is a kernel's start minus its predecessor's end, so it is negative if the two overlap. `memsets_us` is the
    total time of the memsets and copies that started between the two.
    """

    kernels: list[dict[str, Any]] = field(default_factory=list)
    durations_us: list[float] = field(default_factory=list)
    gaps_us: list[float] = field(default_factory=list)
    memsets_us: list[float] = field(default_factory=list)
    span_us: float = 0.0


def trace(launch: Callable[[], None], wait: Callable[[], None], repeats: int) -> list[dict[str, Any]]:
    """The events on the GPU in `repeats` launches, in start order."""
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
    return sorted((event for event in events if event.get("cat") in GPU_WORK), key=lambda event: event["ts"])


def is_kernel(event: dict[str, Any]) -> bool:
    """Whether an event of a trace is a kernel of a graph."""
    return event.get("cat") == "kernel" and not event["name"].startswith(DRIVER_PREFIXES)


def in_parts(events: Sequence[dict[str, Any]], count: int) -> list[list[dict[str, Any]]]:
    """A trace cut into parts with equal numbers of kernels, each with the memsets before its kernels.

    Raises ValueError if there are no such parts.
    """
    kernels = sum(map(is_kernel, events))
    if kernels % count:
        raise ValueError(f"{kernels} kernel events in {count} equal parts")
    parts: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    seen = 0
    for event in events:
        parts[min(seen * count // max(kernels, 1), count - 1)].append(event)
        seen += is_kernel(event)
    return parts


def summarize(events: list[dict[str, Any]], repeats: int) -> KernelTimes:
    """Medians over the launches. Raises ValueError if they differ in their number of kernels."""
    kernels = [event for event in events if is_kernel(event)]
    if not kernels or len(kernels) % repeats:
        raise ValueError(f"{len(kernels)} kernel events in {repeats} launches")
    count = len(kernels) // repeats
    launches = [kernels[index * count : (index + 1) * count] for index in range(repeats)]
    memsets = before_kernels([event for event in events if not is_kernel(event)], kernels)
    times = KernelTimes()
    times.kernels = [describe(event) for event in launches[0]]
    for index in range(count):
        times.durations_us.append(round(median(launch[index]["dur"] for launch in launches), 3))
        gap = 0.0 if index == 0 else median(gap_before(launch, index) for launch in launches)
        times.gaps_us.append(round(gap, 3))
        times.memsets_us.append(round(median(memsets[index::count]), 3))
    times.span_us = round(median(end_of(launch[-1]) - launch[0]["ts"] for launch in launches), 2)
    return times


def before_kernels(others: list[dict[str, Any]], kernels: list[dict[str, Any]]) -> list[float]:
    """Total time of the other events that started between each kernel and the kernel before it."""
    starts = [kernel["ts"] for kernel in kernels]
    times = [0.0] * len(kernels)
    for event in others:
        place = bisect_left(starts, event["ts"])
        if place < len(times):
            times[place] += event["dur"]
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
    """The graph node of each traced kernel: the first unused node with the same grid and block.

    Raises ValueError if the trace and the graph do not have the same kernels.
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
