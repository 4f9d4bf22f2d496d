"""What a measurement of co-located workers becomes in an `eclip.points/1` file. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eclip_torch.loop import LoopResult, percentile
from eclip_torch.plan import Run, encode

from .mixes import Member, replicas


def point(
    mix: str,
    plan: str,
    runs: Sequence[Sequence[Run]],
    result: LoopResult,
    solo_rps: Mapping[Member, float],
    rates: Sequence[float | None] | None = None,
) -> dict[str, Any]:
    """One point. `rates` are the arrivals per second of workers under Poisson load, None for a closed loop."""
    workers = []
    for index, (model, _, batch) in enumerate(replicas(mix)):
        latency = [value * 1e3 for value in result.latencies_s[index]]
        worker: dict[str, Any] = {
            "model": model,
            "batch": batch,
            "runs": encode(runs[index]),
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
