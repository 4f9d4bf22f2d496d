"""The first campaign on one GPU: `python3 -m h200.campaign --out DIR [--seconds 560]`.

It consists of sections in the order of their value, each with a share of the time: a self-check, kernel traces
(`h200.kernels`), rates and latencies alone, the trials of mixes.VARIED, and hardware counters (`h200.counters`).
Each result is written to disk as soon as it is known. `h200.package campaign` turns the results into files of
data/measured.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

import torch
from eclip_torch.capture import CapturedGraph
from eclip_torch.energy import next_step
from eclip_torch.loop import percentile
from eclip_torch.models import SHORT_NAMES
from eclip_torch.plan import KernelGroup

from . import counters, mixes, trials
from .card import Card
from .colocate import PROFILES, keys_of
from .output import START, Output, elapsed, say
from .plans import Kernels
from .rig import Rig, exclusive_gpu, versions
from .trials import Trial

TRACING_SECONDS = 110.0
SOLO_SECONDS = 0.7
SHORTEST_S, LONGEST_S = 0.55, 1.5
REQUESTS_OF_SLOWEST = 30
"""A window holds about so many requests of the slowest worker, between the bounds above."""


def attempt(name: str, section: Callable[[], Any]) -> None:
    """Runs a section. If it fails, the error is printed and the campaign goes on."""
    say(f"{name}: start")
    try:
        section()
    except Exception:
        say(f"{name}: FAILED\n{traceback.format_exc()}")
    say(f"{name}: end")


def self_check(rig: Rig) -> dict[str, Any]:
    """Checks everything that later sections depend on. Raises RuntimeError if something basic is broken."""
    layer = torch.nn.Sequential(*[torch.nn.Linear(4096, 4096) for _ in range(4)]).cuda().half().eval()
    graphs = [
        CapturedGraph(rig.driver, layer, [torch.randn(2048, 4096, device="cuda").half()], rig.capture_stream)
        for _ in range(2)
    ]
    count = len(graphs[0].kernel_nodes)
    full_ms = rig.latency_ms(graphs[0], rig.partitioner.everything)
    one_granule_ms = rig.latency_ms(graphs[0], (0,))
    step = next_step(rig.meter)
    idle = next_step(rig.meter)
    halves = [[KernelGroup(count, tuple(range(8)), 1)], [KernelGroup(count, tuple(range(8, 16)))]]
    result = rig.measure(graphs, halves, 0.3)
    facts = {
        "fullMs": full_ms,
        "oneGranuleMs": one_granule_ms,
        "energyStepS": idle.seconds - step.seconds,
        "rates": result.rates_rps,
        "powerW": result.power_w,
        "failures": result.failures,
    }
    if result.failures or min(result.rates_rps) <= 0:
        raise RuntimeError(f"load loop: {facts}")
    if one_granule_ms < 5 * full_ms:
        raise RuntimeError(f"the mask does not hold: {facts}")
    if not (step.aligned and idle.aligned):
        raise RuntimeError(f"the energy counter stands still: {facts}")
    return facts


def latencies(card: Card, keys: list[Any], deadline: float) -> None:
    """The latency of every whole graph by number of granules, the most telling numbers first."""
    for granules in (16, 8, 4, 2, 12, 6, 1, 3):
        for model, replica, batch in keys:
            graph = card.rig.graphs.get((model, replica, batch))
            if replica or graph is None or elapsed() > deadline:
                continue
            value = round(card.rig.latency_ms(graph, tuple(range(granules))), 4)
            card.out.append("latency", {"model": model, "batch": batch, "granules": granules, "latencyMs": value})
        card.rig.release()


class VariedTrials:
    """Measures trials whose windows and loads depend on earlier measurements."""

    def __init__(self, card: Card, profiles: Path) -> None:
        self.card, self.profiles = card, profiles
        self.slowest_s: dict[str, float] = {}
        self.rates: dict[tuple[str, str], list[float]] = {}

    def run(self, deadline: float) -> None:
        missing = {mix for mix in mixes.VARIED if any(key not in self.card.rig.graphs for key in mixes.replicas(mix))}
        for mix in missing:
            say(f"{mix}: left out, a graph is missing")
        left = [mix for mix in mixes.VARIED if mix not in missing]
        self.card.in_turn({mix: trials.varied(mix, self.kernels(mix)) for mix in left}, self.measure, deadline)

    def kernels(self, mix: str) -> list[Kernels]:
        return [Kernels.of_profile(self.profiles / f"{model}-{batch}.json.gz") for model, batch in mixes.members(mix)]

    def measure(self, mix: str, trial: Trial) -> None:
        rates = None
        if trial.load_fractions is not None and trial.like is not None:
            closed = self.rates[mix, trial.like]
            rates = [None if f is None else round(f * rate, 3) for f, rate in zip(trial.load_fractions, closed)]
        usual = REQUESTS_OF_SLOWEST * self.slowest_s.get(mix, 0.0)
        seconds = trial.seconds or min(LONGEST_S, max(SHORTEST_S, usual))
        result = self.card.together("points", mix, Trial(trial.plan, trial.runs, seconds), rates, {})
        self.rates[mix, trial.plan] = result.rates_rps
        if trial.plan == "baseline":
            self.slowest_s[mix] = max((percentile(one, 0.5) for one in result.latencies_s if one), default=0.0)


def start_tracing(out: Output, lock: Path) -> subprocess.Popen[bytes]:
    """Starts kernel traces in a process of their own, because CUPTI would slow everything else."""
    command = [sys.executable, "-m", "h200.kernels", str(out.folder), str(lock), str(START + TRACING_SECONDS)]
    return subprocess.Popen(command, stdout=(out.folder / "kernels.log").open("w"), stderr=subprocess.STDOUT)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--profiles", type=Path, default=PROFILES)
    parser.add_argument("--seconds", type=float, default=560.0)
    options = parser.parse_args()
    out = Output(options.out)
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        return run(out, options.profiles, options.seconds, Path(folder))


def run(out: Output, profiles: Path, seconds: float, work: Path) -> int:
    """Runs all sections. Returns 3 if the self-check fails."""
    lock = work / "gpu.lock"
    tracer = start_tracing(out, lock)
    try:
        with exclusive_gpu(lock):
            rig = Rig()
            facts = self_check(rig)
            rig.release()
        say(f"self-check: {facts}")
        out.write("versions", versions(rig))
    except Exception:
        say(f"self-check FAILED\n{traceback.format_exc()}")
        tracer.kill()
        return 3
    try:
        tracer.wait(max(1.0, TRACING_SECONDS + 15 - elapsed()))
    except subprocess.TimeoutExpired:
        tracer.kill()
        say("kernel traces: killed at their deadline")
    card = Card(rig, out)
    keys = list(
        dict.fromkeys([*((model, 0, batch) for batch in (8, 32, 1) for model in SHORT_NAMES), *keys_of(mixes.VARIED)])
    )
    with exclusive_gpu(lock):
        card.capture(keys)
        attempt("alone", lambda: card.solo("alone", keys, rig.partitioner.everything, SOLO_SECONDS))
        attempt("latency", lambda: latencies(card, keys, seconds * 0.45))
        attempt("points", lambda: VariedTrials(card, profiles).run(seconds * 0.76))
    attempt("counters", lambda: counters.measure(out, work, lock, seconds - 50, seconds - 6))
    say(f"done, {card.count} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
