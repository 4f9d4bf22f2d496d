"""Turns `campaign.further`'s output into files of data/measured: `python3 -m campaign.package_further OUT DATE RAW...`.

RAW is the folder of one card. With `--held-out` or `--replay` before the folders, the output is that of
`campaign.further` with the same option.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .package import write

VERSIONS = {"torch": "2.11.0+cu130", "cuda": "13.0", "driver": "580.159.04"}
GROUP_SMS = [8] * 15 + [12]

COMMON = (
    "One process, one load thread and one CUDA graph per worker, closed loop, private green contexts per worker, "
    "CUDA_DEVICE_MAX_CONNECTIONS=32, 6 priority levels. `runs` is the worker's plan: [number of consecutive kernels in "
    "graph node order, SM groups, priority (0 lowest; absent = 0)]; groups 0..14 have 8 SMs each, group 15 has 12. rps "
    "is (requests - 1) / (last end - first end) inside the window, which starts and ends on a step of NVML's "
    "total-energy counter. `card` is the start of the GPU's UUID; `solo` lists every rate and power alone that was "
    "measured, `at` in seconds since the start. "
)
PER_CARD = "Co-location measured on two H200 of one host, each with half of the mixes. "
PLANS = (
    "soloRps is the same model and batch alone without partitions, measured before the points. Memset nodes are "
    "re-homed with the kernel that follows them, as the worker does it. `plain streams` run without partitions; `plan` "
    "says how the others were made (campaign/further_mixes.py); equal models of a mix have weights of their own. "
)
MIXES_TEXT = (
    PER_CARD
    + COMMON
    + PLANS
    + "At the end of one card's run, seconds after the last point, rates alone of all its models were 2 to 10% higher "
    "(`end`): such a change of state comes and goes, and is not seen in rates together."
)
REPLAY_TEXT = (
    PER_CARD
    + COMMON.replace("closed loop, ", "")
    + PLANS
    + "The plans and loads of points/h200-varied-mixes-memsets-left.json.gz, with memset nodes re-homed, which they were not there. Closed loop "
    "unless the worker has `load`: {poisson: requests/s}, then latency counts from the arrival."
)
HELD_OUT_TEXT = (
    PER_CARD
    + COMMON
    + PLANS
    + "No fit has seen these mixes, but for resnext101/8 + albert/32, which points/h200-varied-mixes-memsets-left.json.gz has in the other order."
)
AGAIN_TEXT = (
    "Points of points/h200-first-mixes.json.gz measured again with the same plans, in windows of 2 s: `again` is the index "
    "there. "
    + COMMON
    + "As there, kernels alone are re-homed and soloRps is the same model in a partition of all groups. Rates repeat "
    "within 1% (standard deviation) on either card. Power of the first file is that of a whole number of counter steps "
    "in a window of 0.45 s (4 or 5 steps of 0.1 s), hence off by up to 11%."
)


def lines(raw: Path, name: str) -> list[dict[str, Any]]:
    path = raw / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def package(name: str, solos: set[str], raws: Sequence[Path]) -> dict[str, Any]:
    """The points of that name of all cards, and the solo rates of those kinds."""
    points = [point for raw in raws for point in lines(raw, name)]
    for point in points:
        del point["at"]
    solo = [one for raw in raws for one in lines(raw, "solo") if one["kind"] in solos]
    for one in solo:
        one["powerW"] = None if one["powerW"] is None else round(one["powerW"], 1)
    return {"solo": solo, "points": points}


def about(date: str, options: str) -> dict[str, Any]:
    return {
        "format": "eclip.points/1",
        "device": "h200",
        "date": date,
        "command": f"python3 -m campaign.further --out DIR --share I/2 {options} (in workers/torch, per GPU)",
        "versions": VERSIONS,
        "groupSms": GROUP_SMS,
    }


def rehomed(date: str, options: str, text: str, raws: Sequence[Path]) -> dict[str, Any]:
    """A file of points of whole mixes."""
    points = package("points", {"begin", "probe", "end"}, raws)
    return {**about(date, options), "description": text, "memsets": "rehomed", **points}


def main(out: Path, date: str, raws: Sequence[Path]) -> None:
    options = "--again FIRST_POINTS"
    write(out / "points/h200-further-mixes.json.gz", rehomed(date, options, MIXES_TEXT, raws))
    again = {**about(date, options), "description": AGAIN_TEXT, "memsets": "default-context"}
    write(out / "points/h200-repeats.json.gz", {**again, **package("again", {"again"}, raws)})


SORTS = {
    "--held-out": ("points/h200-held-out-mixes.json.gz", "--held-out", HELD_OUT_TEXT),
    "--replay": ("points/h200-varied-mixes.json.gz", "--replay data/measured/points/h200-varied-mixes-memsets-left.json.gz", REPLAY_TEXT),
}

if __name__ == "__main__":
    destination, day = Path(sys.argv[1]), sys.argv[2]
    folders = [Path(path) for path in sys.argv[3:] if path not in SORTS]
    sorts = [SORTS[option] for option in sys.argv[3:] if option in SORTS]
    for name, used, text in sorts:
        write(destination / name, rehomed(day, used, text, folders))
    if not sorts:
        main(destination, day, folders)
