"""How models and hogs on disjoint SMs slow each other down: `python3 -m h200.interference --out DIR --profiles DIR`.

A hog asks for one thing without end: `stream` for the bandwidth of DRAM, `cache` for that of L2, `products` for the
matrix units. Each model runs on the first half of the granules beside each hog on the others (Bubble-Up, Mars et al.,
MICRO 2011); the hogs also run beside each other, and alone on several numbers of granules. Every record is on disk as
soon as it is there.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

import torch
from eclip_torch.capture import CapturedGraph
from eclip_torch.loop import LoopResult, percentile
from eclip_torch.partition import Granules
from eclip_torch.plan import KernelGroup

from .card import state
from .mixes import members
from .output import Output, elapsed, say
from .recipes import requests_of
from .rig import Rig, versions

SECONDS = 0.4
WARM_SECONDS = 0.15
HALF: Granules = tuple(range(8))
OTHERS: Granules = tuple(range(8, 15))
FEW: Granules = (8, 9, 10)
"""The remainder of 12 SMs, granule 15, stays empty: it runs no thread-block clusters."""

ELEMENTS = {"stream": 1 << 28, "cache": 1 << 22}
"""Of two bytes each, read and written elsewhere: 1 GB for each pass over DRAM, 16 MB for each pass inside L2."""
REPEATS = {"stream": 2, "cache": 100, "products": 10}
SIDE = 4096


class Hog(torch.nn.Module):
    """Kernels that do nothing else; the input is there because a captured module has one."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.repeats = REPEATS[kind]
        if kind == "products":
            self.given = torch.randn(SIDE, SIDE, device="cuda", dtype=torch.float16)
        else:
            self.given = torch.randn(ELEMENTS[kind], device="cuda", dtype=torch.float16)
        self.made = torch.empty_like(self.given)
        self.is_product = kind == "products"

    def forward(self, _: Any) -> Any:
        for _ in range(self.repeats):
            if self.is_product:
                torch.mm(self.given, self.given, out=self.made)
            else:
                torch.add(self.given, 1, out=self.made)
        return self.made


class Probe:
    """Runs graphs on granules and records their rates."""

    def __init__(self, rig: Rig, out: Output) -> None:
        self.rig, self.out = rig, out

    def run(self, what: Sequence[tuple[str, CapturedGraph, Granules]]) -> None:
        """One record: who ran on which granules, and how fast."""
        graphs = [graph for _, graph, _ in what]
        plans = [[KernelGroup(len(graph.kernel_nodes), granules)] for _, graph, granules in what]
        result: LoopResult = self.rig.measure(graphs, plans, SECONDS, warm_seconds=WARM_SECONDS)
        if result.failures:
            raise RuntimeError("; ".join(result.failures))
        workers = [
            {
                "name": name,
                "granules": list(granules),
                "rps": round(result.rates_rps[index], 3),
                "p50Ms": round(percentile(result.latencies_s[index], 0.5) * 1e3, 4),
            }
            for index, (name, _, granules) in enumerate(what)
        ]
        facts = {"at": round(elapsed(), 1), "powerW": result.power_w, **state(self.rig.meter)}
        self.out.append("interference", {"workers": workers, **facts})
        say(" | ".join(f"{one['name']} on {len(one['granules'])}: {one['rps']:.1f}/s" for one in workers))

    def attempt(self, *what: tuple[str, CapturedGraph, Granules]) -> None:
        """A pair that fails is said and left out."""
        try:
            self.run(what)
        except Exception as error:
            say(f"{[name for name, *_ in what]} FAILED: {type(error).__name__}: {error}")
            self.rig.release()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--profiles", type=Path, required=True, help="whose recipes say how to load the models")
    parser.add_argument("--models", required=True, help="such as resnet152/8+bert/4")
    parser.add_argument("--seconds", type=float, default=90.0)
    options = parser.parse_args()

    rig, out = Rig(home_memsets=True, requests=requests_of(options.profiles)), Output(options.out)
    out.write("versions", versions(rig))
    probe = Probe(rig, out)
    one = [torch.zeros(1, device="cuda")]
    # A captured graph does not keep its module's buffers alive.
    modules = {kind: Hog(kind) for kind in REPEATS}
    hogs = {kind: CapturedGraph(rig.driver, hog, one, rig.capture_stream, True) for kind, hog in modules.items()}
    say("captured the hogs")
    for kind, graph in hogs.items():
        for granules in (HALF, OTHERS, FEW, FEW[:1]):
            probe.attempt((kind, graph, granules))
    twins = {kind: Hog(kind) for kind in REPEATS}
    others = {kind: CapturedGraph(rig.driver, twin, one, rig.capture_stream, True) for kind, twin in twins.items()}
    for kind, graph in others.items():
        for other, beside in hogs.items():
            probe.attempt((kind, graph, HALF), (other, beside, OTHERS))
    for model, batch in members(options.models):
        if elapsed() > options.seconds:
            break
        name = f"{model}/{batch}"
        try:
            graph = rig.graph(model, 0, batch)
        except Exception as error:
            say(f"capture {name} FAILED: {error}")
            continue
        attempt = partial(probe.attempt, (name, graph, HALF))
        attempt()
        for kind, hog in hogs.items():
            attempt((kind, hog, OTHERS))
        attempt(("stream", hogs["stream"], FEW))
    say("done")
    return 0


if __name__ == "__main__":
    sys.exit(main())
