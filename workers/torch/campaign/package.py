"""Turns the campaign's raw output into the files of data/measured: `python3 -m campaign.package RAW OUT DATE`."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eclip_torch.profile import by_node, node_order

SMS = {1: "8", 2: "16", 3: "24", 4: "32", 6: "48", 8: "64", 12: "96", 16: "132"}
COMMAND = "CUDA_DEVICE_MAX_CONNECTIONS=32 python3 -m campaign --out DIR --profiles FILE (in workers/torch)"
LANES = 8

POINTS_TEXT = (
    "Co-location measured on one H200: one process, one load thread and one CUDA graph per worker, private green "
    "contexts per worker, CUDA_DEVICE_MAX_CONNECTIONS=32, 6 priority levels. `runs` is the worker's plan: [number of "
    "consecutive kernels in graph node order, SM groups, priority (0 lowest; absent = 0)]; groups 0..14 have 8 SMs "
    "each, group 15 has 12. Closed loop unless the worker has `load`: {poisson: requests/s}, then latency counts "
    "from the arrival. rps of a closed loop is (requests - 1) / (last end - first end) inside the window; soloRps is "
    "the same model and batch alone, closed loop, on all groups without a plan. The window starts and ends on a step "
    "of NVML's total-energy counter, so powerW is energy / powerSeconds without the error of the 100 ms steps. "
    "`plan` says how the plan was made; equal models of a mix have weights of their own."
)
PROFILE_TEXT = (
    "Per-kernel durations at batch 1, form and method as the profiles of batch 8 and 32: captured once as a CUDA "
    "graph, kernel nodes re-homed to a green context of n SMs, CUPTI kernel times, median of 5 launches at 132 SMs "
    "and of 3 elsewhere. Kernels are in graph node order. `parallel` lists stretches that do not run one after the "
    "other: `count` kernels from index `first` are chains of `chain` kernels dealt to `lanes` parallel lanes in turn "
    "(cuDNN's grouped convolution); inferred from overlap in the trace and node order."
)
GAPS_TEXT = (
    "Every kernel of seven models at full width (132 SMs) in a graph launch under CUPTI: duration and gap in µs, "
    "median of 5 launches; a gap is a kernel's start less the previous start-ordered kernel's end, negative where "
    "the two overlap. Arrays are in start order; `node` gives the graph node index per entry where that differs. "
    "latencyMs is the graph's latency by CUDA events without CUPTI, spanUs first start to last end under CUPTI. "
    "edges and programmaticEdges count the graph's dependencies; more edges than nodes - 1 means parallel branches."
)
LATENCY_TEXT = (
    "latencyMs: one captured graph alone, re-homed to the first n groups, CUDA events, median of 5 to 15 launches, "
    "by number of SMs. solo: closed loop with one load thread on all SMs for 0.7 s, window aligned to the energy "
    "counter's steps: requests/s, latency in ms (host view), power in W."
)
COUNTERS_TEXT = (
    "Hardware counters per kernel of one eager forward after two warm-ups, by Nsight Compute (--clock-control none "
    "--cache-control none, kernels serialised and replayed as the tool needs). columns names the entries of each row. "
    "Launch order is graph node order. albert stops after 240 of 498 kernels (time); its 12 layers repeat the same "
    "kernels. The other four models did not fit the time."
)

COUNTER_COLUMNS = {
    "dramReadBytes": "dram__bytes_read.sum",
    "dramWriteBytes": "dram__bytes_write.sum",
    "l2Bytes": "lts__t_bytes.sum",
    "durationNs": "gpu__time_duration.sum",
    "warpsPerSm": "sm__warps_active.avg.per_cycle_active",
    "tensorInstructions": "sm__inst_executed_pipe_tensor.sum",
    "tensorPercent": "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active",
    "instructions": "sm__inst_executed.sum",
    "limitBlocks": "launch__occupancy_limit_blocks",
    "limitRegisters": "launch__occupancy_limit_registers",
    "limitSharedMemory": "launch__occupancy_limit_shared_mem",
    "limitWarps": "launch__occupancy_limit_warps",
    "waves": "launch__waves_per_multiprocessor",
    "registers": "launch__registers_per_thread",
    "clusterSize": "launch__cluster_size",
}


def read_lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]


def parallel_stretches(order: Sequence[int], gaps_us: Sequence[float]) -> list[dict[str, int]]:
    """Stretches of kernels that overlap and start out of node order."""
    stretches: list[dict[str, int]] = []
    index = 0
    while index < len(order):
        if gaps_us[index] < 0 and (index + 1 < len(order) and gaps_us[index + 1] < 0):
            end = index
            while end < len(order) and gaps_us[end] < 0:
                end += 1
            if any(order[k] != k for k in range(index - 1, end)):
                stretches.append({"first": index - 1, "count": end - index + 1, "chain": 3, "lanes": LANES})
            index = end
        else:
            index += 1
    return stretches


def profiles(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    full = [one for one in lines if one["groups"] == 16 and one["batch"] == 1]
    made = []
    for one in full:
        order = node_order(one["kernels"], one["shapes"])
        kernels = by_node([{**kernel, "durationUs": {}} for kernel in one["kernels"]], order)
        for other in lines:
            if (other["model"], other["batch"]) == (one["model"], 1) and len(other["durationUs"]) == len(order):
                for kernel, value in zip(kernels, by_node(other["durationUs"], order), strict=True):
                    kernel["durationUs"][SMS[other["groups"]]] = round(value, 2)
        for kernel in kernels:
            kernel["durationUs"] = dict(sorted(kernel["durationUs"].items(), key=lambda item: int(item[0])))
        entry = {
            "model": one["model"],
            "batch": 1,
            "input": "tokens 128" if one["model"] == "albert" else "image 224",
            "dtype": "float16",
            "kernels": kernels,
        }
        stretches = parallel_stretches(order, one["gapUs"])
        made.append(entry | ({"parallel": stretches} if stretches else {}))
    return made


def gaps(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for one in lines:
        if one["groups"] != 16:
            continue
        order = node_order(one["kernels"], one["shapes"])
        entry = {
            key: one[key]
            for key in (
                "model",
                "batch",
                "kernelNodes",
                "otherNodes",
                "edges",
                "programmaticEdges",
                "latencyMs",
                "spanUs",
            )
        }
        entry["durationUs"] = [round(value, 2) for value in one["durationUs"]]
        entry["gapUs"] = [round(value, 2) for value in one["gapUs"]]
        if order != list(range(len(order))):
            entry["node"] = order
            entry["parallel"] = parallel_stretches(order, one["gapUs"])
        made.append(entry)
    return made


def latencies(lines: list[dict[str, Any]]) -> dict[str, Any]:
    latency: dict[str, dict[str, dict[str, float]]] = {}
    solo: dict[str, dict[str, dict[str, float]]] = {}
    for one in lines:
        model, batch = one["model"], str(one["batch"])
        if one["kind"] == "latency":
            latency.setdefault(model, {}).setdefault(batch, {})[SMS[one["groups"]]] = one["latencyMs"]
        else:
            keys = ("rps", "p50Ms", "p95Ms", "powerW", "powerSeconds", "kernels", "otherNodes")
            solo.setdefault(model, {})[batch] = {
                key: round(one[key], 3) if isinstance(one[key], float) else one[key] for key in keys
            }
    for batches in latency.values():
        for batch in batches:
            batches[batch] = dict(sorted(batches[batch].items(), key=lambda item: int(item[0])))
    return {"latencyMs": latency, "solo": solo}


def counters(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    for one in lines:
        text = "\n".join(line for line in one["text"].splitlines() if line.startswith('"'))
        if one["kind"] != "csv" or not text:
            continue
        rows = list(csv.reader(io.StringIO(text)))
        head, body = rows[0], rows[2:]
        place = {name: head.index(metric) for name, metric in COUNTER_COLUMNS.items() if metric in head}
        made.append(
            {
                "model": one["model"],
                "batch": 8,
                "columns": ["name", "grid", "block", *place],
                "rows": [
                    [
                        row[head.index("Kernel Name")][:80],
                        shape(row[head.index("Grid Size")]),
                        shape(row[head.index("Block Size")]),
                        *(number(row[at]) for at in place.values()),
                    ]
                    for row in body
                ],
            }
        )
    return made


def shape(text: str) -> list[int]:
    return [int(part) for part in text.strip("()").split(",")]


def number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def write(path: Path, value: Any) -> None:
    text = json.dumps(value, separators=(",", ":"))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    else:
        path.write_text(json.dumps(value, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


def main(raw: Path, out: Path, date: str) -> None:
    facts = json.loads((raw / "selfcheck.json").read_text())
    versions = {key: facts[key] for key in ("torch", "cuda", "driver")}
    about = {"device": "h200", "date": date, "command": COMMAND, "versions": versions}
    kernels = read_lines(raw / "kernels.jsonl.gz")
    write(
        out / "points/h200-varied-mixes-memsets-left.json.gz",
        {
            "format": "eclip.points/1",
            "description": POINTS_TEXT,
            **about,
            "groupSms": facts["groupSms"],
            "points": read_lines(raw / "points.jsonl.gz"),
        },
    )
    write(
        out / "kernels/h200-batch-1.json.gz",
        {
            "description": PROFILE_TEXT,
            **about,
            "units": {
                "durationUs": "microseconds, by number of SMs",
                "sharedMemory": "bytes per block, static + dynamic",
            },
            "profiles": profiles(kernels),
        },
    )
    write(out / "kernels/h200-gaps.json.gz", {"description": GAPS_TEXT, **about, "graphs": gaps(kernels)})
    write(
        out / "kernels/h200-graph-latency.json",
        {
            "description": LATENCY_TEXT,
            **about,
            **latencies(read_lines(raw / "latency.jsonl.gz")),
        },
    )
    write(
        out / "kernels/h200-counters.json.gz",
        {
            "description": COUNTERS_TEXT,
            **about,
            "models": counters(read_lines(raw / "counters.jsonl.gz")),
        },
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
