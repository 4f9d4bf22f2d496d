"""Measures workers together on one GPU: `python3 -m h200.colocate --out DIR`, with one of these options.

- Without an option, it measures mixes.FURTHER.
- --held-out measures mixes.HELD_OUT.
- --abroad measures mixes.ABROAD on another GPU, whose profiles --profiles names.
- --replay measures all plans of an earlier file.
- --again first repeats points of an earlier file as they were measured: with memsets left in the default context,
  and with rates alone in a partition of the whole device.

Otherwise memset nodes move with the kernel that follows them, as in the worker. Every record is written to disk as
soon as it is known. `h200.package` turns the records into files of data/measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

from . import mixes, record, trials
from .card import Card
from .output import Output, elapsed, say
from .plans import Kernels
from .recipes import requests_of
from .rig import Key, Rig, versions
from .trials import Trial

PROFILES = Path(__file__).resolve().parents[2] / "data" / "profiles" / "h200"
WINDOW_SECONDS = 2.0
SOLO_SECONDS = 0.5
REPEATED = (0, 14, 28, 42, 56, 70, 84, 98, 112, 126, 140, 154, 168, 182, 196, 210, 222, 238, 252, 266)
"""Points of an earlier file to repeat: plain streams of all three mixes of the first file, and every 14th plan."""

PROBE: Key = ("densenet201", 0, 8)
PROBE_EVERY = 12
"""After so many points its rate alone is taken again: it was seen to differ by a tenth from time to time."""


def read_points(file: Path) -> list[dict[str, Any]]:
    points: list[dict[str, Any]] = json.loads(gzip.decompress(file.read_bytes()))["points"]
    return points


def mix_of(point: dict[str, Any]) -> str:
    return "+".join(f"{worker['model']}/{worker['batch']}" for worker in point["workers"])


def keys_of(names: Sequence[str]) -> list[Key]:
    """The graphs of these mixes, each once."""
    return list(dict.fromkeys(key for mix in names for key in mixes.replicas(mix)))


def measure_mixes(
    card: Card, names: Sequence[str], profiles: Path, probe: Key, window_s: float, deadline: float
) -> None:
    """Measures trials of every mix in turn, with a probe in between."""

    def kernels(mix: str) -> list[Kernels]:
        return [Kernels.of_profile(profiles / f"{model}-{batch}.json.gz") for model, batch in mixes.members(mix)]

    def measure(mix: str, trial: Trial) -> None:
        if card.count % PROBE_EVERY == 0:
            card.solo("probe", [probe], None, SOLO_SECONDS)
        card.together("points", mix, Trial(trial.plan, trial.groups, window_s), None, {})

    card.in_turn({mix: trials.further(mix, kernels(mix)) for mix in names}, measure, deadline)


def repeat(
    card: Card, name: str, points: Sequence[tuple[str, dict[str, Any], dict[str, Any]]], deadline: float
) -> None:
    """Measures the plans and loads of earlier points, each with a name and with what else to record."""
    for label, point, extra in points:
        if elapsed() > deadline:
            return
        workers = point["workers"]
        loads = [worker.get("load", "closed") for worker in workers]
        rates = [None if load == "closed" else load["poisson"] for load in loads]
        trial = Trial(label, [record.decode(worker) for worker in workers], WINDOW_SECONDS)
        mix = mix_of(point)
        card.attempt(label, partial(card.together, name, mix, trial, rates, extra))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--share", default="0/1", help="I/N: the I-th of N shares of the mixes, for N GPUs")
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--window", type=float, default=WINDOW_SECONDS, help="seconds of a point")
    parser.add_argument("--profiles", type=Path, default=PROFILES)
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--held-out", action="store_true", help="the mixes that no fit has seen")
    modes.add_argument("--abroad", action="store_true", help="the mixes for another GPU than the H200")
    modes.add_argument("--replay", type=Path, metavar="FILE", help="all plans of an earlier file of points")
    modes.add_argument("--again", type=Path, metavar="FILE", help="points of an earlier file to repeat first")
    options = parser.parse_args()
    index, shares = (int(part) for part in options.share.split("/"))

    rig, out = Rig(home_memsets=True, requests=requests_of(options.profiles)), Output(options.out)
    card = Card(rig, out)
    out.write("versions", versions(rig))
    replayed = read_points(options.replay) if options.replay else []
    again = read_points(options.again) if options.again else []
    again = [(f"point {one} again", again[one], {"again": one}) for one in REPEATED if one < len(again)]
    every = mixes.HELD_OUT if options.held_out else mixes.ABROAD if options.abroad else mixes.FURTHER
    names = (list(dict.fromkeys(mix_of(point) for point in replayed)) or every)[index::shares]
    keys, again_keys = keys_of(names), keys_of([mix_of(point) for _, point, _ in again])
    probe = PROBE if PROBE in keys or not options.abroad else keys[0]
    card.capture(list(dict.fromkeys([*keys, *again_keys, probe])))
    if again:
        with rig.memsets_left():
            card.solo("again", again_keys, rig.partitioner.everything, SOLO_SECONDS)
            repeat(card, "again", again, options.seconds / 3)
        card.solo_rps.clear()
    card.solo("begin", keys, None, SOLO_SECONDS)
    # Measuring the rates alone at the end takes about a second each.
    deadline = options.seconds - 1.0 * len(keys)
    if replayed:
        repeat(card, "points", [(one["plan"], one, {}) for one in replayed if mix_of(one) in names], deadline)
    else:
        measure_mixes(card, names, options.profiles, probe, options.window, deadline)
    card.solo("end", keys, None, SOLO_SECONDS)
    say(f"done, {card.count} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
