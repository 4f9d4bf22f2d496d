"""One GPU with its captured graphs: measures them alone and together, and records each result at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from eclip_torch.loop import LoopResult, percentile
from eclip_torch.partition import Granules
from eclip_torch.plan import KernelGroup

from . import record
from .mixes import replicas
from .output import Output, elapsed, say
from .trials import PLAIN, Trial

if TYPE_CHECKING:
    from .rig import Key, Rig

FAILURES_ALLOWED = 3
"""Trials of a mix that may fail before the others go on without it."""


class Card:
    """A rig, the rates alone that it has measured so far, and the folder for its records."""

    def __init__(self, rig: Rig, out: Output) -> None:
        self.rig, self.out = rig, out
        self.name = rig.uuid[4:12] if rig.uuid else "unknown"
        self.solo_rps: dict[tuple[str, int], float] = {}
        self.count = 0

    def capture(self, keys: Sequence[Key]) -> None:
        """Captures every graph that can be captured."""
        for model, replica, batch in keys:
            try:
                graph = self.rig.graph(model, replica, batch)
                facts = f"{len(graph.kernel_nodes)} kernels, {graph.other_nodes} others"
                say(f"captured {model}/{batch} #{replica}: {facts}")
            except Exception as error:
                say(f"capture {model}/{batch} #{replica} FAILED: {error}")

    def solo(self, kind: str, keys: Sequence[Key], granules: Granules | None, seconds: float) -> None:
        """The closed-loop rate, latency and power of every model alone, on `granules` or without partitions."""
        for model, replica, batch in keys:
            graph = self.rig.graphs.get((model, replica, batch))
            if replica or graph is None:
                continue
            plan = None if granules is None else [KernelGroup(len(graph.kernel_nodes), granules)]
            result = self.rig.measure([graph], [plan], seconds)
            rate, latency = result.rates_rps[0], result.latencies_s[0]
            self.solo_rps.setdefault((model, batch), rate)
            measured = {
                "model": model,
                "batch": batch,
                "rps": round(rate, 3),
                "p50Ms": round(percentile(latency, 0.5) * 1e3, 4),
                "p95Ms": round(percentile(latency, 0.95) * 1e3, 4),
                "powerW": result.power_w,
                "powerSeconds": result.power_seconds,
                "kernels": len(graph.kernel_nodes),
                "otherNodes": graph.other_nodes,
            }
            facts = {"kind": kind, "card": self.name, "at": round(elapsed(), 1), **state(self.rig.meter)}
            self.out.append("solo", {**measured, **facts})
            say(f"{kind} alone {model}/{batch}: {rate:.2f}/s {result.power_w} W")

    def together(
        self, name: str, mix: str, trial: Trial, rates: Sequence[float | None] | None, extra: Mapping[str, Any]
    ) -> LoopResult:
        """Measures one point: the workers of a mix under a trial's plan. Raises RuntimeError if a worker failed."""
        graphs = [self.rig.graphs[key] for key in replicas(mix)]
        plans = [None if trial.plan == PLAIN else one for one in trial.groups]
        result = self.rig.measure(graphs, plans, trial.seconds, rates)
        if result.failures:
            raise RuntimeError("; ".join(result.failures))
        point = record.point(mix, trial.plan, trial.groups, result, self.solo_rps, rates)
        self.out.append(name, {**point, "card": self.name, "at": round(elapsed(), 1), **extra})
        self.count += 1
        speedup = record.weighted_speedup(point)
        say(f"{self.count} {mix} | {trial.plan} | WS {speedup:.3f} {point['powerW']} W {point['seconds']} s")
        return result

    def attempt(self, label: str, measure: Callable[[], Any]) -> bool:
        """Whether a trial could be measured. A failure is printed, and the partitions are released."""
        try:
            measure()
            return True
        except Exception as error:
            say(f"{label} FAILED: {type(error).__name__}: {error}")
            self.rig.release()
            return False

    def in_turn(
        self, trials: Mapping[str, Iterator[Trial]], measure: Callable[[str, Trial], Any], deadline: float
    ) -> None:
        """One trial of each mix in turn, so that an early end still leaves points of every mix."""
        left = dict(trials)
        failures = dict.fromkeys(left, 0)
        while left:
            for mix in list(left):
                if elapsed() > deadline:
                    return
                trial = next(left[mix])
                if not self.attempt(f"{mix} | {trial.plan}", partial(measure, mix, trial)):
                    failures[mix] += 1
                if failures[mix] >= FAILURES_ALLOWED:
                    del left[mix]


def state(meter: Any) -> dict[str, int]:
    """Clocks, link and temperature of the GPU, according to NVML."""
    getters = {
        "graphicsMhz": ("nvmlDeviceGetClockInfo", 0),
        "smMhz": ("nvmlDeviceGetClockInfo", 1),
        "memoryMhz": ("nvmlDeviceGetClockInfo", 2),
        "videoMhz": ("nvmlDeviceGetClockInfo", 3),
        "pcieGeneration": ("nvmlDeviceGetCurrPcieLinkGeneration",),
        "clockReasons": ("nvmlDeviceGetCurrentClocksThrottleReasons",),
        "temperatureC": ("nvmlDeviceGetTemperature", 0),
    }
    facts = {}
    for name, (getter, *arguments) in getters.items():
        with suppress(RuntimeError, AttributeError):
            facts[name] = meter.value(getter, *arguments)
    return facts
