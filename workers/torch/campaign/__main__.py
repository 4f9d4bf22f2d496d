"""Runs the campaign: `python3 -m campaign --out DIR --profiles FILE.json.gz [--seconds 560]`.

Sections by value, each with a deadline, each result on disk as soon as it is there:
self-check, kernel profiles (subprocess), graph latencies and solo rates, co-location points,
hardware counters (subprocesses under ncu).
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")

START = time.time()
HERE = Path(__file__).resolve().parent.parent


def elapsed() -> float:
    return time.time() - START


def say(text: str) -> None:
    print(f"[{elapsed():6.1f}] {text}", flush=True)


class Output:
    """JSON lines, gzipped, each record a member of its own: readable after any crash."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def append(self, name: str, record: Any) -> None:
        with gzip.open(self.directory / f"{name}.jsonl.gz", "at", 6) as file:
            file.write(json.dumps(record) + "\n")

    def write(self, name: str, value: Any) -> None:
        (self.directory / f"{name}.json").write_text(json.dumps(value))


def attempt(name: str, section: Callable[[], Any]) -> Any:
    """Runs a section; its failure is printed and the campaign goes on."""
    say(f"{name}: start")
    try:
        return section()
    except Exception:
        say(f"{name}: FAILED\n{traceback.format_exc()}")
        return None
    finally:
        say(f"{name}: end")


def self_check(rig: Any) -> dict[str, Any]:
    """What every later section rests on. Raises when something basic is broken."""
    import torch

    from eclip_torch.capture import CapturedGraph
    from eclip_torch.energy import next_step
    from eclip_torch.plan import Run

    layer = torch.nn.Sequential(*[torch.nn.Linear(4096, 4096) for _ in range(4)]).cuda().half().eval()
    graphs = [
        CapturedGraph(rig.driver, layer, [torch.randn(2048, 4096, device="cuda").half()], rig.capture_stream)
        for _ in range(2)
    ]
    count = len(graphs[0].kernel_nodes)
    facts: dict[str, Any] = {
        "device": torch.cuda.get_device_name(0),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "driver": rig.meter.driver_version(),
        "groupSms": rig.partitioner.group_sms,
        "priorityLevels": rig.levels,
        "kernels": count,
        "connections": os.environ["CUDA_DEVICE_MAX_CONNECTIONS"],
    }
    facts["fullMs"] = rig.latency_ms(graphs[0], rig.partitioner.everything)
    facts["oneGroupMs"] = rig.latency_ms(graphs[0], (0,))
    facts["edges"] = attempt("edges", graphs[0].edge_counts)
    step = next_step(rig.meter)
    idle = next_step(rig.meter)
    facts["energyStepS"] = idle.seconds - step.seconds
    halves = [[Run(count, tuple(range(8)), 1)], [Run(count, tuple(range(8, 16)))]]
    result = rig.measure(graphs, halves, 0.3)
    facts["rates"], facts["powerW"], facts["failures"] = result.rates_rps, result.power_w, result.failures
    if result.failures or min(result.rates_rps) <= 0:
        raise RuntimeError(f"load loop: {facts}")
    if facts["oneGroupMs"] < 5 * facts["fullMs"]:
        raise RuntimeError(f"the mask does not hold: {facts}")
    if not (step.aligned and idle.aligned):
        raise RuntimeError(f"the energy counter stands still: {facts}")
    return facts


def read_profiles(shipped: Path | None, traced: Path) -> dict[tuple[str, int], dict[int, list[float]]]:
    """Kernel times by (model, batch) and groups; today's trace at full width wins."""
    times: dict[tuple[str, int], dict[int, list[float]]] = {}
    if traced.exists():
        for line in traced.read_text().splitlines():
            one = json.loads(line)
            if "durationUs" in one and one["kernelNodes"] == len(one["durationUs"]):
                times.setdefault((one["model"], one["batch"]), {})[one["groups"]] = one["durationUs"]
    if shipped is None or not shipped.exists():
        return times
    sms = {"8": 1, "16": 2, "24": 3, "32": 4, "48": 6, "64": 8, "96": 12, "132": 16}
    for one in json.loads(gzip.decompress(shipped.read_bytes()))["profiles"]:
        known = times.setdefault((one["model"], one["batch"]), {})
        count = len(known[16]) if 16 in known else len(one["kernels"])
        if count == len(one["kernels"]):
            for text, groups in sms.items():
                known.setdefault(groups, [kernel["durationUs"][text] for kernel in one["kernels"]])
    return times


def build_all(rig: Any) -> None:
    """Captures every worker of every mix."""
    from eclip_torch.models import SHORT_NAMES

    from . import mixes
    from .record import replicas

    wanted = [(model, 0, batch) for batch in (8, 32, 1) for model in SHORT_NAMES]
    for mix in mixes.MIXES:
        wanted.extend(replicas(mix))
    for key in dict.fromkeys(wanted):
        try:
            graph = rig.graph(*key)
            say(f"captured {key}: {len(graph.kernel_nodes)} kernels, {graph.other_nodes} others")
        except Exception as error:
            say(f"capture {key} FAILED: {error}")


def solo(rig: Any, out: Output, deadline: float) -> dict[tuple[str, int], float]:
    """Closed-loop rate, latency and power of every model alone on the whole GPU."""
    from eclip_torch.loop import percentile
    from eclip_torch.plan import Run

    rates: dict[tuple[str, int], float] = {}
    for (model, replica, batch), graph in list(rig.graphs.items()):
        if replica or elapsed() > deadline:
            continue
        result = rig.measure([graph], [[Run(len(graph.kernel_nodes), rig.partitioner.everything)]], 0.7)
        rates[model, batch] = result.rates_rps[0]
        record = {
            "kind": "solo",
            "model": model,
            "batch": batch,
            "rps": round(result.rates_rps[0], 3),
            "p50Ms": round(percentile(result.latencies_s[0], 0.5) * 1e3, 4),
            "p95Ms": round(percentile(result.latencies_s[0], 0.95) * 1e3, 4),
            "powerW": result.power_w,
            "powerSeconds": result.power_seconds,
            "kernels": len(graph.kernel_nodes),
            "otherNodes": graph.other_nodes,
        }
        out.append("latency", record)
        say(f"solo {model}/{batch} {record['rps']} rps {record['p50Ms']} ms {result.power_w} W")
    return rates


def latencies(rig: Any, out: Output, deadline: float) -> None:
    """Whole-graph latency by number of groups."""
    for groups in (16, 8, 4, 2, 12, 6, 1, 3):
        for (model, replica, batch), graph in list(rig.graphs.items()):
            if replica or elapsed() > deadline:
                continue
            value = rig.latency_ms(graph, tuple(range(groups)))
            out.append(
                "latency",
                {"kind": "latency", "model": model, "batch": batch, "groups": groups, "latencyMs": round(value, 4)},
            )
        rig.release()


class Points:
    """Measures the mixes' trials round by round, so that an early end still leaves every mix."""

    def __init__(self, rig: Any, out: Output, solo_rps: dict[Any, float], times: dict[Any, Any]) -> None:
        self.rig, self.out, self.solo_rps, self.times = rig, out, solo_rps, times
        self.count = 0
        self.slowest_s: dict[str, float] = {}
        self.rates: dict[tuple[str, str], list[float]] = {}

    def run(self, deadline: float) -> None:
        from . import mixes

        plans = {mix: iterator for mix in mixes.MIXES if (iterator := self.trials(mix)) is not None}
        failures: dict[str, int] = {}
        while elapsed() < deadline and plans:
            for mix in list(plans):
                if elapsed() > deadline:
                    return
                try:
                    self.measure(mix, next(plans[mix]))
                except Exception as error:
                    say(f"{mix} FAILED: {type(error).__name__}: {error}")
                    self.rig.release()
                    failures[mix] = failures.get(mix, 0) + 1
                    if failures[mix] >= 5:
                        del plans[mix]

    def trials(self, mix: str) -> Iterator[Any] | None:
        from . import mixes
        from .record import replicas

        kernels = []
        for model, replica, batch in replicas(mix):
            graph = self.rig.graphs.get((model, replica, batch))
            if graph is None or (model, batch) not in self.solo_rps:
                say(f"{mix}: left out, {model}/{batch} is missing")
                return None
            count = len(graph.kernel_nodes)
            known = {n: t for n, t in self.times.get((model, batch), {}).items() if len(t) == count}
            if 16 not in known:
                say(f"{mix}: no kernel times for {model}/{batch}, taken as equal")
                known = {16: [5.0] * count}
            kernels.append(mixes.Kernels(known))
        return mixes.trials(mix, kernels)

    def measure(self, mix: str, trial: Any) -> None:
        from eclip_torch.loop import percentile

        from . import record

        graphs = [self.rig.graphs[key] for key in record.replicas(mix)]
        rates = None
        if trial.load_fractions is not None:
            closed = self.rates[mix, trial.like]
            rates = [None if f is None else round(f * rate, 3) for f, rate in zip(trial.load_fractions, closed)]
        seconds = trial.seconds or min(1.5, max(0.55, 30 * self.slowest_s.get(mix, 0.0)))
        result = self.rig.measure(graphs, trial.runs, seconds, rates)
        if result.failures:
            raise RuntimeError("; ".join(result.failures))
        point = record.point(mix, trial.plan, trial.runs, result, self.solo_rps, rates)
        self.out.append("points", point)
        self.count += 1
        self.rates[mix, trial.plan] = result.rates_rps
        if trial.plan == "baseline":
            self.slowest_s[mix] = max((percentile(one, 0.5) for one in result.latencies_s if one), default=0.0)
        ws = record.weighted_speedup(point)
        say(f"{self.count} {mix} | {trial.plan} | WS {ws:.3f} {point['powerW']} W {point['seconds']} s")


NCU = shutil.which("ncu") or "/opt/nvidia/nsight-compute/2025.3.1/ncu"
WANTED_METRICS = (
    "dram__bytes_read.sum",
    "dram__bytes_write.sum",
    "lts__t_bytes.sum",
    "gpu__time_duration.sum",
    "sm__warps_active.avg.per_cycle_active",
    "sm__inst_executed_pipe_tensor.sum",
    "sm__pipe_tensor_cycles_active.avg.pct_of_peak_sustained_active",
    "sm__inst_executed.sum",
)
LAUNCH_METRICS = (
    "launch__occupancy_limit_blocks",
    "launch__occupancy_limit_registers",
    "launch__occupancy_limit_shared_mem",
    "launch__occupancy_limit_warps",
    "launch__waves_per_multiprocessor",
    "launch__registers_per_thread",
)
COUNTER_MODELS = ("vgg19", "alexnet", "albert", "shufflenet", "resnet152", "resnext101", "densenet201")


def known_metrics() -> list[str]:
    """Those of the wanted metrics that this ncu knows on this chip."""
    answer = subprocess.run(
        [NCU, "--query-metrics", "--chip", "gh100"], capture_output=True, text=True, timeout=60, check=False
    )
    names = {line.split()[0] for line in answer.stdout.splitlines() if line.strip()}
    chosen = [metric for metric in WANTED_METRICS if metric.split(".")[0] in names]
    if not chosen:
        say(f"ncu lists none of the metrics: {answer.stdout[:300]} {answer.stderr[:300]}")
        chosen = list(WANTED_METRICS[:4])
    return chosen + list(LAUNCH_METRICS)


def start_counters(directory: Path, lock: Path, metrics: list[str]) -> dict[str, Any]:
    """One ncu process per model: they import at once and take turns on the GPU."""
    children = {}
    for model in COUNTER_MODELS:
        scratch = directory / f"tmp-{model}"
        scratch.mkdir(parents=True, exist_ok=True)
        command = [
            NCU,
            "--profile-from-start",
            "off",
            "--clock-control",
            "none",
            "--cache-control",
            "none",
            "--target-processes",
            "all",
            "--metrics",
            ",".join(metrics),
            "--csv",
            "--page",
            "raw",
            "--print-units",
            "base",
            "--log-file",
            str(directory / f"{model}.csv"),
            sys.executable,
            "-m",
            "campaign.counters",
            model,
            str(directory),
            str(lock),
        ]
        children[model] = subprocess.Popen(
            command,
            cwd=HERE,
            env={**os.environ, "TMPDIR": str(scratch)},
            stdout=(directory / f"{model}.out").open("w"),
            stderr=subprocess.STDOUT,
        )
    return children


def counters(out: Output, directory: Path, lock: Path, grant_until: float, end: float) -> None:
    metrics = known_metrics()
    say(f"ncu metrics: {metrics}")
    children = start_counters(directory, lock, metrics)
    for batch in (8, 32, 1):
        for model in COUNTER_MODELS:
            if elapsed() > grant_until:
                break
            begin = time.time()
            (directory / f"{model}-{batch}.go").touch()
            done = directory / f"{model}-{batch}.done"
            while not done.exists() and children[model].poll() is None and elapsed() < end:
                time.sleep(0.05)
            say(f"ncu {model}/{batch}: {'done' if done.exists() else 'NOT done'} in {time.time() - begin:.1f} s")
    (directory / "stop").touch()
    for model, child in children.items():
        try:
            child.wait(max(0.5, end - elapsed()))
        except subprocess.TimeoutExpired:
            child.kill()
            say(f"ncu {model}: killed")
    for model in COUNTER_MODELS:
        for suffix in ("csv", "out"):
            path = directory / f"{model}.{suffix}"
            if path.exists():
                out.append("counters", {"model": model, "kind": suffix, "text": path.read_text()[-6_000_000:]})


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--profiles", type=Path)
    parser.add_argument("--seconds", type=float, default=560.0)
    options = parser.parse_args()
    out = Output(options.out)
    work = Path("/tmp/campaign")
    work.mkdir(exist_ok=True)
    lock, traced = work / "gpu.lock", work / "kernels.jsonl"
    tracing_until = 110.0
    tracer = subprocess.Popen(
        [sys.executable, "-m", "campaign.kernels", str(traced), str(lock), str(START + tracing_until)],
        cwd=HERE,
        stdout=(options.out / "kernels.log").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        from .rig import Rig, exclusive_gpu

        with exclusive_gpu(lock):
            rig = Rig()
            facts = self_check(rig)
            rig.release()
        say(f"self-check: {facts}")
        out.write("selfcheck", facts)
    except Exception:
        say(f"self-check FAILED\n{traceback.format_exc()}")
        tracer.kill()
        return 3
    try:
        tracer.wait(max(1.0, tracing_until + 15 - elapsed()))
    except subprocess.TimeoutExpired:
        tracer.kill()
        say("kernel profiles: killed at their deadline")
    if traced.exists():
        with gzip.open(options.out / "kernels.jsonl.gz", "wt") as file:
            file.write(traced.read_text())
    times = read_profiles(options.profiles, traced)
    say(f"kernel times of {len(times)} model and batch pairs")
    total = options.seconds
    with exclusive_gpu(lock):
        attempt("capture", lambda: build_all(rig))
        rates = attempt("solo", lambda: solo(rig, out, total * 0.4)) or {}
        attempt("latency", lambda: latencies(rig, out, total * 0.45))
        points = Points(rig, out, rates, times)
        attempt("points", lambda: points.run(total * 0.76))
    attempt("counters", lambda: counters(out, work, lock, total - 50, total - 6))
    say(f"done, {points.count} points")
    return 0


if __name__ == "__main__":
    sys.exit(main())
