"""The `run` command: workers under load together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .energy import EnergySource
from .errors import WorkerError
from .loop import LoopWorker, percentile, run_loop
from .runner import Runner

Load = tuple[str, int, Runner, "float | None", int]
"""Worker, batch, runner, Poisson rate (None: closed loop) and seed."""


def run_loads(
    loads: Sequence[Load], seconds: float, warm_seconds: float, meter: EnergySource | None, keep_latencies: bool
) -> dict[str, Any]:
    """What each worker completed, and the energy of the window."""
    workers = [LoopWorker(runner.run, runner.enter_thread, rate, seed) for _, _, runner, rate, seed in loads]
    result = run_loop(workers, seconds, warm_seconds, meter)
    if result.failures:
        raise WorkerError("device", result.failures[0])
    answers = []
    for (name, batch, _, _, _), latencies, rate in zip(loads, result.latencies_s, result.rates_rps):
        answer: dict[str, Any] = {"worker": name, "batch": batch, "requests": len(latencies), "rps": round(rate, 4)}
        for key, fraction in (("p50Ms", 0.5), ("p95Ms", 0.95), ("p99Ms", 0.99)):
            answer[key] = round(percentile(latencies, fraction) * 1e3, 4) if latencies else None
        if keep_latencies:
            answer["latenciesMs"] = [round(value * 1e3, 4) for value in latencies]
        answers.append(answer)
    energy = None
    if result.power_w is not None:
        energy = {
            "seconds": round(result.power_seconds, 4),
            "energyJ": round(result.power_w * result.power_seconds, 3),
            "powerW": round(result.power_w, 2),
        }
    return {"seconds": round(result.seconds, 4), "workers": answers, "energy": energy}
