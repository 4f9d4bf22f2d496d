"""Turns `campaign.further`'s output into files of data/measured: `python3 -m campaign.package_further OUT DATE RAW...`.

RAW is the folder of one card.
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
MIXES_TEXT = (
    "Co-location measured on two H200 of one host, each with half of the mixes. "
    + COMMON
    + "soloRps is the same model and batch alone without partitions, measured before the points. Memset nodes are "
    "re-homed with the kernel that follows them, as the worker does it. `plain streams` run without partitions; `plan` "
    "says how the others were made (campaign/further_mixes.py); equal models of a mix have weights of their own. At "
    "the end of one card's run, seconds after the last point, rates alone of all its models were 2 to 10% higher "
    "(`end`): such a change of state comes and goes, and is not seen in rates together."
)
AGAIN_TEXT = (
    "Points of h200-first-points.json.gz measured again with the same plans, in windows of 2 s: `again` is the index "
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


def main(out: Path, date: str, raws: Sequence[Path]) -> None:
    about = {
        "format": "eclip.points/1",
        "device": "h200",
        "date": date,
        "command": "python3 -m campaign.further --out DIR --share I/2 --again FIRST_POINTS (in workers/torch, per GPU)",
        "versions": VERSIONS,
        "groupSms": GROUP_SMS,
    }
    write(
        out / "h200-mixes.json.gz",
        {
            **about,
            "description": MIXES_TEXT,
            "memsets": "rehomed",
            **package("points", {"begin", "probe", "end"}, raws),
        },
    )
    write(
        out / "h200-first-points-again.json.gz",
        {**about, "description": AGAIN_TEXT, "memsets": "default-context", **package("again", {"again"}, raws)},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], [Path(path) for path in sys.argv[3:]])
