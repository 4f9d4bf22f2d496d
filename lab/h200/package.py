"""Makes files of data/measured from the records of a run: `python3 -m h200.package KIND OUT DATE RAW...`.

KIND is campaign, further, again, held-out or replay. Campaign is for records of `h200.campaign`, further for
records of `h200.colocate` without an option, and the others for those with that option. OUT is data/measured, and
RAW the folder of each GPU's run.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import kernel_files
from .output import read_lines

SMS_BY_GRANULE = [8] * 15 + [12]
RUN = "PYTHONPATH=lab:workers/torch python3 -m h200."
CAMPAIGN = f"{RUN}campaign --out DIR"

HOW = (
    "One process, one load thread and one CUDA graph per worker, private green contexts per worker, "
    "CUDA_DEVICE_MAX_CONNECTIONS=32, 6 priority levels. `groups` is the worker's plan: consecutive kernels in graph "
    "node order, their granules and priority (0 lowest); granules 0..14 have 8 SMs each, granule 15 has 12. "
    "Closed loop unless the worker has `load`: {poisson: requests/s}; then latency counts from the arrival. rps of a "
    "closed loop is (requests - 1) / (last end - first end) inside the window, which starts and ends on a step of "
    "NVML's total-energy counter. `plan` says how the plan was made (lab/h200/trials.py); equal models of a mix have "
    "weights of their own. "
)
CARDS = (
    "`card` is the start of the GPU's UUID; `solo` lists every rate and power alone that was measured, `at` in seconds "
    "since the start. "
)
REHOMED = (
    "soloRps is the same model and batch alone without partitions, measured before the points. Memset nodes are "
    "re-homed with the kernel that follows them, as the worker does it. `plain streams` run without partitions. "
)
IN_PARTITION = "Memset nodes stay in the default context; soloRps is the same model in a partition of all granules. "
REPEATED = (
    "Points of h200-first-mixes.json.gz measured again with the same plans, in windows of 2 s: `again` is the index "
    "there. "
)
LEFT = "h200-varied-mixes-memsets-left.json.gz"


@dataclass(frozen=True)
class PointsFile:
    """A file of points, and the records that it is made from."""

    name: str
    command: str
    description: str
    memsets: str = "rehomed"
    points: str = "points"
    solo: tuple[str, ...] = ("begin", "probe", "end")


FILES = {
    "campaign": PointsFile(LEFT, CAMPAIGN, HOW + IN_PARTITION, "default-context", solo=("alone",)),
    "further": PointsFile("h200-further-mixes.json.gz", f"{RUN}colocate --out DIR --share I/N", HOW + CARDS + REHOMED),
    "held-out": PointsFile(
        "h200-held-out-mixes.json.gz",
        f"{RUN}colocate --out DIR --share I/N --held-out",
        HOW + CARDS + REHOMED + f"No fit has seen these mixes, but for the first, which {LEFT} has in another order.",
    ),
    "replay": PointsFile(
        "h200-varied-mixes.json.gz",
        f"{RUN}colocate --out DIR --share I/N --replay data/measured/points/{LEFT}",
        HOW + CARDS + REHOMED + f"The plans and loads of {LEFT}, with memset nodes re-homed.",
    ),
    "again": PointsFile(
        "h200-repeats.json.gz",
        f"{RUN}colocate --out DIR --again data/measured/points/h200-first-mixes.json.gz",
        REPEATED + HOW + CARDS + IN_PARTITION,
        "default-context",
        "again",
        ("again",),
    ),
}


def points_of(file: PointsFile, raws: Sequence[Path]) -> dict[str, Any]:
    """The points and the rates alone of all GPUs."""
    points = [point for raw in raws for point in read_lines(raw, file.points)]
    for point in points:
        del point["at"]
    solo = [one for raw in raws for one in read_lines(raw, "solo") if one["kind"] in file.solo]
    for one in solo:
        one["powerW"] = None if one["powerW"] is None else round(one["powerW"], 1)
    return {"memsets": file.memsets, "smsByGranule": SMS_BY_GRANULE, "solo": solo, "points": points}


def write(path: Path, value: dict[str, Any]) -> None:
    """Writes a file, gzipped if its name says so. The gzip header has no time, so the same data give the same
    bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(json.dumps(value, separators=(",", ":")).encode(), 9, mtime=0))
    else:
        path.write_text(json.dumps(value, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=FILES)
    parser.add_argument("out", type=Path)
    parser.add_argument("date")
    parser.add_argument("raw", type=Path, nargs="+")
    options = parser.parse_args()
    file = FILES[options.kind]
    about = {
        "device": "h200",
        "date": options.date,
        "command": file.command,
        "versions": json.loads((options.raw[0] / "versions.json").read_text()),
    }
    head = {"format": "eclip.points/2", "description": file.description, **about}
    write(options.out / "points" / file.name, {**head, **points_of(file, options.raw)})
    if options.kind == "campaign":
        for name, value in kernel_files.make(options.raw[0]).items():
            write(options.out / "kernels" / name, {**about, **value})
    return 0


if __name__ == "__main__":
    sys.exit(main())
