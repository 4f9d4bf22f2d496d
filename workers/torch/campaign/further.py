"""Measures more points: `python3 -m campaign.further --out DIR --share 0/2 [--seconds 300] [--held-out]`.

Memsets are re-homed as the worker does it. `--again FILE` first repeats points of an earlier file the way those
were measured: kernels re-homed, memsets left in the default context, rates alone in a partition of all granules.
`--replay FILE` measures all plans of an earlier file instead, with memsets re-homed. Every record is on disk as soon as
it is there; `campaign.package_further` makes the files of data/measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

START = time.time()
PROFILES = Path(__file__).resolve().parents[3] / "data" / "profiles" / "h200"
WINDOW_SECONDS = 2.0
SOLO_SECONDS = 0.5
AGAIN = (0, 14, 28, 42, 56, 70, 84, 98, 112, 126, 140, 154, 168, 182, 196, 210, 222, 238, 252, 266)
"""Points of the first file to repeat: plain streams of all three mixes, and every 14th plan."""

FAILURES_ALLOWED = 3
PROBE = ("densenet201", 0, 8)
PROBE_EVERY = 12
"""Its rate alone is taken again after so many points: it was seen to differ by a tenth from time to time."""

GROUPS_OF_SMS = {"8": 1, "16": 2, "24": 3, "32": 4, "48": 6, "64": 8, "96": 12, "132": 16}


def elapsed() -> float:
    return time.time() - START


def say(text: str) -> None:
    print(f"[{elapsed():6.1f}] {text}", flush=True)


def kernels_of(model: str, batch: int, profiles: Path) -> Any:
    """Kernel times of a shipped profile, by number of granules."""
    from . import mixes

    profile = json.loads(gzip.decompress((profiles / f"{model}-{batch}.json.gz").read_bytes()))
    return mixes.Kernels(
        {
            groups: [kernel["durationUs"][sms] for kernel in profile["kernels"]]
            for sms, groups in GROUPS_OF_SMS.items()
            if sms in profile["kernels"][0]["durationUs"]
        }
    )


class Round:
    """One card's share of the second round."""

    def __init__(self, rig: Any, out: Path) -> None:
        self.rig, self.out = rig, out
        self.card = rig.uuid[4:12] if rig.uuid else "unknown"
        self.solo_rps: dict[tuple[str, int], float] = {}
        self.count = 0

    def append(self, name: str, record: Any) -> None:
        with (self.out / f"{name}.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")

    def solo(self, kind: str, keys: Sequence[Any], partitioned: bool) -> None:
        """Rate and power of every model alone, without partitions or in one of all granules."""
        from eclip_torch.plan import Run

        for model, replica, batch in keys:
            if replica:
                continue
            graph = self.rig.graphs[model, 0, batch]
            plan = [Run(len(graph.kernel_nodes), self.rig.partitioner.everything)] if partitioned else None
            result = self.rig.measure([graph], [plan], SOLO_SECONDS)
            rate = result.rates_rps[0]
            self.solo_rps.setdefault((model, batch), rate)
            record = {"model": model, "batch": batch, "rps": round(rate, 3), "powerW": result.power_w}
            facts = {"kind": kind, "card": self.card, "at": round(elapsed(), 1), **state(self.rig.meter)}
            self.append("solo", {**record, **facts})
            say(f"{kind} alone {model}/{batch}: {rate:.2f}/s {result.power_w} W {state(self.rig.meter)}")

    def measure(
        self, name: str, mix: str, plan: str, runs: Sequence[Any], seconds: float, extra: Any, rates: Any = None
    ) -> None:
        from . import record
        from .further_mixes import PLAIN

        graphs = [self.rig.graphs[key] for key in record.replicas(mix)]
        placed = [None if plan == PLAIN else one for one in runs]
        result = self.rig.measure(graphs, placed, seconds, rates)
        if result.failures:
            raise RuntimeError("; ".join(result.failures))
        point = record.point(mix, plan, runs, result, self.solo_rps, rates)
        self.append(name, {**point, "card": self.card, "at": round(elapsed(), 1), **extra})
        self.count += 1
        say(f"{self.count} {mix} | {plan} | WS {record.weighted_speedup(point):.3f} {point['powerW']} W")

    def again(self, file: Path, indexes: Sequence[int], deadline: float) -> None:
        """The same plans as in an earlier file, under a window long enough for power."""
        from eclip_torch.plan import decode

        points = json.loads(gzip.decompress(file.read_bytes()))["points"]
        for index in indexes:
            if elapsed() > deadline:
                return
            workers = points[index]["workers"]
            mix = "+".join(f"{worker['model']}/{worker['batch']}" for worker in workers)
            runs = [decode(worker["runs"]) for worker in workers]
            try:
                self.measure("again", mix, f"point {index} again", runs, WINDOW_SECONDS, {"again": index})
            except Exception as error:
                say(f"point {index} FAILED: {type(error).__name__}: {error}")
                self.rig.release()

    def replay(self, points: Sequence[Any], deadline: float) -> None:
        """The plans and loads of an earlier file, memsets re-homed."""
        from eclip_torch.plan import decode

        for point in points:
            if elapsed() > deadline:
                return
            runs = [decode(worker["runs"]) for worker in point["workers"]]
            loads = [worker.get("load", "closed") for worker in point["workers"]]
            rates = [None if load == "closed" else load["poisson"] for load in loads]
            try:
                self.measure("points", point["mix"], point["plan"], runs, WINDOW_SECONDS, {}, rates)
            except Exception as error:
                say(f"{point['mix']} | {point['plan']} FAILED: {type(error).__name__}: {error}")
                self.rig.release()

    def mixes(self, names: Sequence[str], profiles: Path, deadline: float) -> None:
        """A plan of each mix in turn, so that an early end still leaves every mix."""
        from . import further_mixes, mixes

        plans = {
            mix: further_mixes.trials(mix, [kernels_of(*member, profiles) for member in mixes.members(mix)])
            for mix in names
        }
        failures: dict[str, int] = {}
        while plans:
            for mix in list(plans):
                if elapsed() > deadline:
                    return
                if self.count % PROBE_EVERY == 0:
                    self.solo("probe", [PROBE], partitioned=False)
                trial = next(plans[mix])
                try:
                    self.measure("points", mix, trial.plan, trial.runs, WINDOW_SECONDS, {})
                except Exception as error:
                    say(f"{mix} | {trial.plan} FAILED: {type(error).__name__}: {error}")
                    self.rig.release()
                    failures[mix] = failures.get(mix, 0) + 1
                    if failures[mix] >= FAILURES_ALLOWED:
                        del plans[mix]


def state(meter: Any) -> dict[str, int]:
    """Clocks and links of the card, as NVML tells them."""
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


def capture(rig: Any, keys: Sequence[Any]) -> None:
    for model, replica, batch in keys:
        graph = rig.graph(model, replica, batch)
        say(f"captured {model}/{batch} #{replica}: {len(graph.kernel_nodes)} kernels, {graph.other_nodes} others")


def keys_of(names: Sequence[str]) -> list[Any]:
    from .record import replicas

    return list(dict.fromkeys(key for mix in names for key in replicas(mix)))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", default="0/1", help="I/N: the I-th of N shares of the mixes")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--again", type=Path, metavar="FILE", help="earlier points to repeat first")
    parser.add_argument("--again-count", type=int, default=len(AGAIN))
    parser.add_argument("--held-out", action="store_true", help="the mixes that no fit has seen")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="earlier points to measure as eclip runs them now")
    parser.add_argument("--profiles", type=Path, default=PROFILES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    index, shares = (int(part) for part in options.share.split("/"))

    from . import further_mixes
    from .rig import Rig

    rig = Rig(home_memsets=True)
    card = Round(rig, options.out)
    say(f"card {card.card}")
    mixes = further_mixes.HELD_OUT if options.held_out else further_mixes.MIXES
    replayed: list[Any] = []
    if options.replay:
        replayed = json.loads(gzip.decompress(options.replay.read_bytes()))["points"]
        mixes = list(dict.fromkeys(point["mix"] for point in replayed))
    names = mixes[index::shares]
    keys = keys_of(names)
    if options.again:
        first = ("resnet152", "densenet201", "vgg19", "albert", "shufflenet", "alexnet", "resnext101")
        again_keys = [*((model, 0, 8) for model in first), ("densenet201", 1, 8), ("densenet201", 2, 8)]
        capture(rig, list(dict.fromkeys([*keys, *again_keys])))
        with rig.memsets_left():
            card.solo("again", again_keys, partitioned=True)
            card.again(options.again, AGAIN[: options.again_count], options.seconds / 3)
        card.solo_rps.clear()
    else:
        capture(rig, keys)
    card.solo("begin", keys, partitioned=False)
    deadline = options.seconds - 1.0 * len(keys)
    if options.replay:
        card.replay([point for point in replayed if point["mix"] in names], deadline)
    else:
        card.mixes(names, options.profiles, deadline)
    card.solo("end", keys, partitioned=False)
    say(f"done, {card.count} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
