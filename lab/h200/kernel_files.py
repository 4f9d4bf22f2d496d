"""Turns the traces of the campaign into data/measured/kernels: durations, gaps, latencies, hardware counters."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eclip_torch.profile import by_node, node_order

from .output import read_lines
from .plans import GRANULES, GRANULES_OF_SMS

SMS = {granules: str(sms) for sms, granules in GRANULES_OF_SMS.items()}
CHAIN, LANES = 3, 8
"""cuDNN's grouped convolution: chains of three kernels, dealt to eight parallel lanes."""

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
    "latencyMs: one captured graph alone, re-homed to the first n granules, CUDA events, median of 5 to 15 launches, "
    "by number of SMs. solo: closed loop with one load thread on all SMs for 0.7 s, window aligned to the energy "
    "counter's steps: requests/s, latency in ms (host view), power in W."
)
COUNTERS_TEXT = (
    "Hardware counters per kernel of one eager forward after two warm-ups, by Nsight Compute (--clock-control none "
    "--cache-control none, kernels serialised and replayed as the tool needs). columns names the entries of each row. "
    "Launch order is graph node order. A model whose kernels end early, or that is missing, did not fit the time."
)

GAP_FACTS = ("model", "batch", "kernelNodes", "otherNodes", "edges", "programmaticEdges", "latencyMs", "spanUs")
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


def make(raw: Path) -> dict[str, dict[str, Any]]:
    """The files by name, made from the records of one run."""
    traces = [one for one in read_lines(raw, "kernels") if "error" not in one]
    units = {"durationUs": "microseconds, by number of SMs", "sharedMemory": "bytes per block, static + dynamic"}
    return {
        "h200-batch-1.json.gz": {"description": PROFILE_TEXT, "units": units, "profiles": profiles(traces)},
        "h200-gaps.json.gz": {"description": GAPS_TEXT, "graphs": gaps(traces)},
        "h200-graph-latency.json": {"description": LATENCY_TEXT, "latencyMs": latencies(raw), "solo": alone(raw)},
        "h200-counters.json.gz": {"description": COUNTERS_TEXT, "models": counters(read_lines(raw, "counters"))},
    }


def parallel_stretches(order: Sequence[int], gaps_us: Sequence[float]) -> list[dict[str, int]]:
    """Stretches of kernels that overlap and do not start in the order of their nodes."""
    stretches: list[dict[str, int]] = []
    index = 0
    while index < len(order):
        if gaps_us[index] < 0 and (index + 1 < len(order) and gaps_us[index + 1] < 0):
            end = index
            while end < len(order) and gaps_us[end] < 0:
                end += 1
            if any(order[k] != k for k in range(index - 1, end)):
                stretches.append({"first": index - 1, "count": end - index + 1, "chain": CHAIN, "lanes": LANES})
            index = end
        else:
            index += 1
    return stretches


def profiles(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    full = [one for one in lines if one["granules"] == GRANULES and one["batch"] == 1]
    made = []
    for one in full:
        order = node_order(one["kernels"], one["shapes"])
        kernels = by_node([{**kernel, "durationUs": {}} for kernel in one["kernels"]], order)
        for other in lines:
            if (other["model"], other["batch"]) == (one["model"], 1) and len(other["durationUs"]) == len(order):
                for kernel, value in zip(kernels, by_node(other["durationUs"], order), strict=True):
                    kernel["durationUs"][SMS[other["granules"]]] = round(value, 2)
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
        if one["granules"] != GRANULES:
            continue
        order = node_order(one["kernels"], one["shapes"])
        entry = {key: one[key] for key in GAP_FACTS}
        entry["durationUs"] = [round(value, 2) for value in one["durationUs"]]
        entry["gapUs"] = [round(value, 2) for value in one["gapUs"]]
        if order != list(range(len(order))):
            entry["node"] = order
            entry["parallel"] = parallel_stretches(order, one["gapUs"])
        made.append(entry)
    return made


def latencies(raw: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Latency in ms by model, batch and number of SMs."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for one in sorted(read_lines(raw, "latency"), key=lambda one: one["granules"]):
        by_sms = found.setdefault(one["model"], {}).setdefault(str(one["batch"]), {})
        by_sms[SMS[one["granules"]]] = one["latencyMs"]
    return found


def alone(raw: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Rate, latency and power alone, by model and batch."""
    keys = ("rps", "p50Ms", "p95Ms", "powerW", "powerSeconds", "kernels", "otherNodes")
    found: dict[str, dict[str, dict[str, float]]] = {}
    for one in read_lines(raw, "solo"):
        values = {key: round(one[key], 3) if isinstance(one[key], float) else one[key] for key in keys}
        found.setdefault(one["model"], {})[str(one["batch"])] = values
    return found


def counters(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables of ncu, with a row for every kernel. The second row of the text holds the units."""
    made = []
    for one in records:
        text = "\n".join(line for line in one["text"].splitlines() if line.startswith('"'))
        if not text:
            continue
        head, _, *body = csv.reader(io.StringIO(text))
        place = {name: head.index(metric) for name, metric in COUNTER_COLUMNS.items() if metric in head}
        name, grid, block = (head.index(title) for title in ("Kernel Name", "Grid Size", "Block Size"))
        rows = [
            [row[name][:80], shape(row[grid]), shape(row[block]), *(number(row[at]) for at in place.values())]
            for row in body
        ]
        made.append({"model": one["model"], "batch": 8, "columns": ["name", "grid", "block", *place], "rows": rows})
    return made


def shape(text: str) -> list[int]:
    return [int(part) for part in text.strip("()").split(",")]


def number(text: str) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value
