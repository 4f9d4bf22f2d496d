"""The `profile` command: kernels and latencies of one worker by number of granules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import torch

from .branches import parallel_stretches
from .errors import WorkerError
from .models import Model
from .plan import KernelGroup
from .profile import KernelTimes, by_node, in_parts, node_order, summarize, trace
from .runner import GRAPH, PreparedPlan, Runner

GRANULE_COUNTS = (1, 2, 3, 4, 6, 8, 12)
LATENCY_RUNS = (5, 15)
LATENCY_MS = 250.0


def profile_runner(
    device: Any, runners: Mapping[int, Any], model: Model, batch: int, counts: Sequence[int] | None, repeats: int
) -> dict[str, Any]:
    """The `profile` answer for one of a model's batch sizes. Raises WorkerError.

    All latencies are measured first, because every launch gap is longer once the profiler has been used.
    """
    runner = runners[batch]
    if device.kind == "cpu":
        return profile_on_cpu(device, runner, model, batch, repeats)
    if runner.mode != GRAPH:
        raise WorkerError("plan-mismatch", f"only captured graphs have kernel profiles: {runner.reason}")
    sizes = granule_counts(device.partitioner.granule_count, counts)
    for other in runners.values():
        for size in sizes if other.mode == GRAPH else ():
            if size not in other.latency_us:
                other.latency_us[size] = latency_us(other, groups_on(device, other, size))
    return profile_graph(device, runner, model, batch, sizes, repeats)


def profile_graph(
    device: Any, runner: Any, model: Model, batch: int, sizes: Sequence[int], repeats: int
) -> dict[str, Any]:
    groups = [groups_on(device, runner, size) for size in sizes]
    times = dict(zip(sizes, ordered_times(runner, groups, repeats, runner.graph.launch_shapes())))
    widest, order = times[max(sizes)]
    kernels = by_node([dict(kernel, durationUs={}) for kernel in widest.kernels], order)
    for size in sizes:
        cus = str(device.partitioner.sms_of(range(size)))
        measured, nodes = times[size]
        for kernel, duration in zip(kernels, by_node(measured.durations_us, nodes)):
            kernel["durationUs"][cus] = duration
        for kernel, memsets_us in zip(kernels, by_node(measured.memsets_us, nodes)):
            if memsets_us > 0:
                kernel.setdefault("memsetUs", {})[cus] = memsets_us
    for kernel, count, blocks in zip(kernels, runner.graph.memsets_before(), runner.graph.cluster_blocks()):
        kernel.update({"memsetsBefore": count} if count else {})
        kernel.update({"clusterBlocks": blocks} if blocks > 1 else {})
    after = runner.graph.dependencies()
    answer = profile_file(device, model, batch, kernels)
    answer["latencyUs"] = {str(device.partitioner.sms_of(range(size))): runner.latency_us[size] for size in sizes}
    stretches = parallel_stretches(after)
    if stretches:
        answer["parallel"] = stretches
    return {
        "profile": answer,
        "gapsUs": by_node(widest.gaps_us, order),
        "after": after,
        "otherNodes": runner.other_nodes,
    }


def granule_counts(available: int, wanted: Sequence[int] | None) -> list[int]:
    """The wanted counts that the device has, ascending, always including the whole device."""
    return sorted({count for count in (wanted or GRANULE_COUNTS) if count <= available} | {available})


def groups_on(device: Any, runner: Runner, size: int) -> list[KernelGroup] | None:
    """Every kernel on the first `size` granules.

    At full width the graph runs as it was captured, because in a partition of all granules each kernel would start
    about 0.3 µs later.
    """
    return None if size == device.partitioner.granule_count else [KernelGroup(runner.kernels, tuple(range(size)))]


def prepare(runner: Runner, groups: list[KernelGroup] | None) -> PreparedPlan:
    return runner.prepare(groups, None if groups is None else "rehome")


def latency_us(runner: Any, groups: list[KernelGroup] | None) -> float:
    """The median of 5 to 15 runs: as many as fit into a quarter of a second, but at least 5."""
    plan = prepare(runner, groups)
    try:
        shortest_ms = min(runner.time_ms(plan, 3))
        runs = min(LATENCY_RUNS[1], max(LATENCY_RUNS[0], int(LATENCY_MS / shortest_ms)))
        return float(round(median(runner.time_ms(plan, runs)) * 1e3, 2))
    finally:
        plan.discard()


def kernel_times(runner: Any, wanted: Sequence[list[KernelGroup] | None], repeats: int) -> list[KernelTimes]:
    """Times under each plan, all from one trace, because starting and ending one takes longer than most requests."""
    plans: list[PreparedPlan] = []

    def launch() -> None:
        for plan in plans:
            for _ in range(repeats):
                runner.launch(plan)

    try:
        for groups in wanted:
            plans.append(prepare(runner, groups))
            runner.launch(plans[-1])
        events = trace(launch, lambda: None, 1)
    finally:
        for plan in plans:
            plan.discard()
    try:
        return [summarize(part, repeats) for part in in_parts(events, len(plans))]
    except ValueError as error:
        raise WorkerError("device", f"the profiler lost kernels: {error}") from error


def ordered_times(
    runner: Any, wanted: Sequence[list[KernelGroup] | None], repeats: int, shapes: Sequence[Any]
) -> list[tuple[KernelTimes, list[int]]]:
    """Times under each plan, and the node of each kernel.

    Raises WorkerError device if the kernels in the trace are not those of the graph.
    """
    ordered = []
    for times in kernel_times(runner, wanted, repeats):
        try:
            ordered.append((times, node_order(times.kernels, shapes)))
        except ValueError as error:
            found = f"{len(times.kernels)} traced, {len(shapes)} in the graph"
            raise WorkerError("device", f"{error} ({found})") from error
    return ordered


def profile_file(device: Any, model: Model, batch: int, kernels: list[dict[str, Any]]) -> dict[str, Any]:
    """An `eclip.profile/1` without latencies."""
    facts = device.describe()
    return {
        "format": "eclip.profile/1",
        "model": model.name,
        "batch": batch,
        "device": facts["device"]["name"],
        "source": "measured",
        "dtype": model.request.dtype,
        "recipe": model.recipe(),
        "software": {"torch": str(torch.__version__), **facts["versions"]},
        "kernels": kernels,
    }


def profile_on_cpu(device: Any, runner: Runner, model: Model, batch: int, repeats: int) -> dict[str, Any]:
    """A profile in which operators stand for kernels. They have no shapes, and times for one size only."""
    plan = runner.prepare(None, None)
    runs = max(3, repeats)
    latency = median(runner.time_ms(plan, runs))
    # In the first run the profiler takes milliseconds more, in whatever operators it meets.
    _, *recorded = operators(runner, 1 + runs)
    alike = [run for run in recorded if len(run) == len(recorded[-1])]
    kernels = [
        {
            "name": events[-1].name,
            "grid": [1, 1, 1],
            "block": [1, 1, 1],
            "registers": 0,
            "sharedMemoryBytes": 0,
            "durationUs": {"1": max(0.001, round(median(event.cpu_time_total for event in events), 3))},
        }
        for events in zip(*alike)
    ]
    answer = profile_file(device, model, batch, kernels)
    answer["latencyUs"] = {"1": round(latency * 1e3, 2)}
    after: list[list[int]] = [[index - 1] if index else [] for index in range(len(kernels))]
    return {"profile": answer, "gapsUs": [0.0] * len(kernels), "after": after, "otherNodes": 0}


def operators(runner: Runner, runs: int) -> list[list[Any]]:
    """The operators of each run, without those that they call."""
    marks = [f"eclip::{run}" for run in range(runs)]
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as recorded:
        for mark in marks:
            with torch.profiler.record_function(mark):
                runner.run()
    called = [event for event in recorded.events() if event.cpu_parent and event.name.startswith("aten::")]
    return [[event for event in called if event.cpu_parent.name == mark] for mark in marks]
