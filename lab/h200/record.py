"""Turns a measurement of co-located workers into a point of an `eclip.points/2` file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eclip_torch.loop import LoopResult, percentile
from eclip_torch.plan import KernelGroup

from .mixes import Member, replicas


def point(
    mix: str,
    plan: str,
    groups: Sequence[Sequence[KernelGroup]],
    result: LoopResult,
    solo_rps: Mapping[Member, float],
    rates: Sequence[float | None] | None = None,
) -> dict[str, Any]:
    """One point. `rates` are the arrivals per second of workers under Poisson load, or None for a closed loop."""
    workers = []
    for index, (model, _, batch) in enumerate(replicas(mix)):
        latency = [value * 1e3 for value in result.latencies_s[index]]
        worker: dict[str, Any] = {
            "model": model,
            "batch": batch,
            "groups": encode(groups[index]),
            "soloRps": round(solo_rps[model, batch], 3),
            "rps": round(result.rates_rps[index], 3),
            "p50Ms": round(percentile(latency, 0.5), 3),
            "p95Ms": round(percentile(latency, 0.95), 3),
            "p99Ms": round(percentile(latency, 0.99), 3),
            "requests": len(latency),
        }
        if rates is not None and rates[index] is not None:
            worker["load"] = {"poisson": rates[index]}
        workers.append(worker)
    return {
        "mix": mix,
        "plan": plan,
        "seconds": round(result.seconds, 3),
        "workers": workers,
        "powerW": None if result.power_w is None else round(result.power_w, 1),
        "powerSeconds": round(result.power_seconds, 3),
    }


def weighted_speedup(one: Mapping[str, Any]) -> float:
    return float(sum(worker["rps"] / worker["soloRps"] for worker in one["workers"]))


def encode(groups: Sequence[KernelGroup]) -> list[dict[str, Any]]:
    """Kernel groups in the form of a file of points."""
    return [{"kernels": one.kernels, "granules": list(one.granules), "priority": one.priority} for one in groups]


def decode(worker: Mapping[str, Any]) -> list[KernelGroup]:
    """The kernel groups of a worker of a point. `eclip.points/1` called them runs."""
    if "runs" in worker:
        return [KernelGroup(kernels, tuple(granules), *priority) for kernels, granules, *priority in worker["runs"]]
    return [KernelGroup(one["kernels"], tuple(one["granules"]), one.get("priority", 0)) for one in worker["groups"]]
