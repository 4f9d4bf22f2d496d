"""Checks the worker on a GPU: `python3 -m h200.check --out FILE.json [--plans 200] [--seconds 200]`.

It compares random plans with the unpartitioned graph, and checks the outputs of workers that run together, eager
execution, refusals, and profiles against latencies. Each check prints one line; the file holds the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eclip_torch import PROTOCOL
from eclip_torch.client import Refused, Worker, read_tensor, write_tensor
from eclip_torch.models import SHORT_NAMES

from .output import elapsed, say

LEVELS = 6
MAX_PARTITIONS = 6
FOUR = ("resnet152", "densenet201", "vgg19", "albert")


def random_plan(
    draw: random.Random, kernels: int, granules: int, most: int = MAX_PARTITIONS, shortest: int = 1
) -> list[dict[str, Any]]:
    """Groups of random length on up to `most` random sets of granules, at random priorities."""
    sets = [sorted(draw.sample(range(granules), draw.randint(2, granules))) for _ in range(draw.randint(1, most))]
    longest = max(shortest, draw.choice((1, 5, 25, 100, kernels)))
    groups: list[dict[str, Any]] = []
    left = kernels
    while left:
        length = min(left, draw.randint(shortest, longest))
        groups.append({"kernels": length, "granules": draw.choice(sets), "priority": draw.randrange(LEVELS)})
        left -= length
    return groups


class Checks:
    """The sections, each with its result in `results`."""

    def __init__(self, out: Path, plans: int, seconds: float) -> None:
        self.out, self.plans, self.seconds = out, plans, seconds
        self.results: dict[str, Any] = {}
        self.worker = Worker(device="cuda", timeout_s=300)
        self.kernels: dict[str, int] = {}
        self.slots: dict[str, dict[str, Any]] = {}
        self.granules = 16
        self.ended = False

    def section(self, name: str, check: Callable[[], Any]) -> None:
        if elapsed() > self.seconds:
            say(f"{name}: left out, no time")
            return
        self.replace_dead_worker()
        try:
            self.results[name] = check()
            say(f"{name}: {json.dumps(self.results[name])[:600]}")
        except Exception as error:
            self.results[name] = {"failed": f"{type(error).__name__}: {error}"}
            say(f"{name}: FAILED\n{traceback.format_exc()}")
        self.out.write_text(json.dumps(self.results, indent=1))

    def replace_dead_worker(self) -> None:
        """Replaces the worker, so that a crash in one section does not hide the result of the next."""
        code = self.worker.process.poll()
        if code is None or self.ended:
            return
        say(f"the worker ended with code {code}")
        self.results["deaths"] = {"failed": [*self.results.get("deaths", {}).get("failed", []), code]}
        self.worker.close()
        self.worker = Worker(device="cuda", timeout_s=300)

    def hello(self) -> Any:
        facts = self.worker.call("hello", protocol=PROTOCOL)
        self.granules = len(facts["device"]["granules"])
        return facts

    def load(self) -> Any:
        for model in SHORT_NAMES:
            begin = time.time()
            answer = self.worker.call("load", worker=model, model=model, batches=[8])["batches"][0]
            self.kernels[model] = answer["kernels"]
            self.slots[model] = answer["slots"][0]
            say(
                f"loaded {model}: {answer['mode']} {answer.get('reason', '')} {answer['kernels']} kernels, "
                f"{answer['otherNodes']} others, {time.time() - begin:.1f} s"
            )
        return self.kernels

    def random_plans(self) -> Any:
        """Outputs under random plans with priorities, compared with the unpartitioned graph on the same input."""
        draw = random.Random(7)
        counts = {"plans": 0, "identical": 0, "repeats": 0, "withinOwnSpread": 0, "segments": 0, "refused": 0}
        different = []
        models = list(self.kernels)
        for index in range(self.plans):
            if elapsed() > self.seconds * 0.7:
                break
            model = models[index % len(models)]
            mode = "segments" if index % 4 == 3 else "rehome"
            shortest = 20 if mode == "segments" else 1
            groups = random_plan(draw, self.kernels[model], self.granules, shortest=shortest)
            try:
                facts = self.worker.call("plan", mode=mode, workers={model: {"8": groups}})
            except Refused as refused:
                counts["refused"] += 1
                say(f"refused {model} {mode}: {refused}")
                continue
            answer = self.worker.call("verify", worker=model, batch=8, seeds=1)
            # Contexts are scarce, so only the plan under test holds any.
            self.worker.call("plan", workers={model: {"8": None}})
            counts["plans"] += 1
            counts["segments"] += mode == "segments"
            counts["identical"] += answer["identical"]
            counts["repeats"] += answer["repeats"]
            within = answer["identical"] or (answer["largestDifference"] or 1e9) <= 2 * (answer["ownSpread"] or 0)
            counts["withinOwnSpread"] += within
            if not answer["identical"]:
                different.append({"model": model, "mode": mode, **answer, **facts["workers"][model]["8"]})
        return {**counts, "different": different[:20]}

    def together(self) -> Any:
        """Four workers infer simultaneously under overlapping plans with priorities. Their outputs must not
        change."""
        draw = random.Random(3)
        self.worker.call("plan", workers={model: {"8": None} for model in FOUR})
        alone = {}
        for model in FOUR:
            self.fill(model)
            self.worker.call("infer", worker=model, batch=8)
            alone[model] = read_tensor(self.slots[model], "outputs")
        wrong = rounds = 0
        for _ in range(5):
            plans = {model: {"8": random_plan(draw, self.kernels[model], self.granules, most=3)} for model in FOUR}
            self.worker.call("plan", workers=plans)
            for _ in range(10):
                for model in FOUR:
                    self.worker.send("infer", worker=model, batch=8)
                answers = [self.worker.receive() for _ in FOUR]
                rounds += 1
                wrong += sum(not answer["ok"] for answer in answers)
                wrong += sum(read_tensor(self.slots[model], "outputs") != alone[model] for model in FOUR)
        return {"rounds": rounds, "workers": len(FOUR), "wrong": wrong}

    def fill(self, model: str) -> None:
        place = self.slots[model]["inputs"][0]
        numbers = random.Random(model)
        if place["dtype"] == "int64":
            data = b"".join(numbers.randrange(30000).to_bytes(8, "little") for _ in range(place["bytes"] // 8))
        else:
            # Half-precision values between 1 and 2 have these bits; the exact values do not matter.
            data = b"".join(
                (0x3C00 + numbers.randrange(1024)).to_bytes(2, "little") for _ in range(place["bytes"] // 2)
            )
        write_tensor(self.slots[model], "inputs", data)

    def rates(self) -> Any:
        """The whole device compared with windows of 8 granules with priorities, for the four models together."""
        everything = list(range(self.granules))
        answers = {}
        windows = {model: [(4 * i + j) % self.granules for j in range(8)] for i, model in enumerate(FOUR)}
        plans: dict[str, dict[str, Any]] = {
            "plain": dict.fromkeys(FOUR),
            "private": {model: [self.whole(model, everything)] for model in FOUR},
            "windows": {model: [self.whole(model, windows[model])] for model in FOUR},
        }
        for name, plan in plans.items():
            self.worker.call("plan", workers={model: {"8": groups} for model, groups in plan.items()})
            loads = [{"worker": model, "batch": 8} for model in FOUR]
            answer = self.worker.call("run", seconds=1.5, workers=loads)
            answers[name] = {one["worker"]: one["rps"] for one in answer["workers"]} | {"energy": answer["energy"]}
        for model in FOUR:
            answer = self.worker.call("run", seconds=0.5, workers=[{"worker": model, "batch": 8}])
            answers[f"{model} alone in its window"] = answer["workers"][0]["rps"]
        return answers

    def whole(self, model: str, granules: list[int]) -> dict[str, Any]:
        return {"kernels": self.kernels[model], "granules": sorted(granules)}

    def swaps(self) -> Any:
        """A hundred plans in a row. Contexts must not pile up."""
        draw = random.Random(11)
        times = []
        for _ in range(100):
            plans = {
                model: {"8": random_plan(draw, self.kernels[model], self.granules)} for model in ("alexnet", "vgg19")
            }
            begin = time.time()
            self.worker.call("plan", workers=plans)
            times.append(time.time() - begin)
        return {"swaps": 200, "medianMs": sorted(times)[50] * 500, "largestMs": max(times) * 500}

    def eager(self) -> Any:
        answer = self.worker.call("load", worker="eager", model="h200.uncapturable:reading", batches=[4])
        facts = answer["batches"][0]
        self.worker.call("plan", workers={"eager": {"4": [{"kernels": 1, "granules": [0], "priority": 3}]}})
        narrow = self.worker.call("verify", worker="eager", batch=4, seeds=2)
        run = self.worker.call("run", seconds=0.3, workers=[{"worker": "eager", "batch": 4}])
        self.worker.call("unload", worker="eager")
        return {"mode": facts["mode"], "reason": facts["reason"], "verify": narrow, "rps": run["workers"][0]["rps"]}

    def refusals(self) -> Any:
        wrong = [{"kernels": 1, "granules": [0]}]
        outside = [self.whole("vgg19", [self.granules])]
        codes = {
            "kernels": self.code("plan", workers={"vgg19": {"8": wrong}}),
            "granule": self.code("plan", workers={"vgg19": {"8": outside}}),
            "remainder alone": self.code("plan", workers={"vgg19": {"8": [self.whole("vgg19", [self.granules - 1])]}}),
            "memory": self.code("load", worker="huge", model="h200.uncapturable:huge", batches=[1]),
            "model": self.code("load", worker="none", model="torchvision:none", batches=[1]),
        }
        after = self.worker.call("verify", worker="vgg19", batch=8, seeds=1)
        return {"codes": codes, "after": after}

    def code(self, command: str, **values: Any) -> str:
        try:
            self.worker.call(command, **values)
        except Refused as refused:
            return str(refused)
        return "accepted"

    def exported(self) -> Any:
        import torch

        with tempfile.TemporaryDirectory() as directory:
            path = str(Path(directory) / "model.pt2")
            module = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU()).eval()
            torch.export.save(torch.export.export(module, (torch.zeros(4, 64),)), path)
            answer = self.worker.call("load", worker="exported", model=path, batches=[4])["batches"][0]
        verified = self.worker.call("verify", worker="exported", batch=4, seeds=2)
        self.worker.call("unload", worker="exported")
        return {"mode": answer["mode"], "kernels": answer["kernels"], "verify": verified}

    def profiles(self) -> Any:
        """Totals of kernels and gaps compared with the graph's latency, in a process of their own."""
        answers = {}
        with Worker(device="cuda", timeout_s=300) as worker:
            for model in SHORT_NAMES:
                worker.call("load", worker=model, model=model, batches=[8])
                answer = worker.call("profile", worker=model, batch=8, repeats=5)
                profile = answer["profile"]
                width = max(profile["latencyUs"], key=int)
                durations = [kernel["durationUs"][width] for kernel in profile["kernels"]]
                after = answer["after"]
                answers[model] = {
                    "latencyUs": profile["latencyUs"][width],
                    "kernelsUs": round(sum(durations), 1),
                    "replayUs": round(replay_us(durations, after), 1),
                    "gapsUs": round(sum(gap for gap in answer["gapsUs"] if gap > 0), 1),
                    "branches": sum(waits != [index - 1] for index, waits in enumerate(after) if index),
                    "kernels": len(profile["kernels"]),
                }
                say(f"profile {model}: {answers[model]}")
                (self.out.parent / f"profile-{model}-8.json").write_text(json.dumps(answer))
        return answers

    def end(self) -> Any:
        self.worker.call("shutdown")
        code, errors = self.worker.wait()
        self.ended = True
        return {"exitCode": code, "errors": errors, "left": [str(path) for path in self.worker.left_behind()]}


def replay_us(durations: list[float], after: list[list[int]]) -> float:
    """When the last kernel ends, if each starts as soon as all those it waits for have ended."""
    ends: list[float] = []
    for duration, waits in zip(durations, after):
        ends.append(duration + max((ends[index] for index in waits), default=0.0))
    return max(ends)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--plans", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=200.0)
    parser.add_argument("--only", nargs="+", metavar="SECTION", help="sections that need no loaded models, e.g. eager")
    options = parser.parse_args()
    os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")
    checks = Checks(options.out, options.plans, options.seconds)
    try:
        return run_sections(checks, options.only)
    finally:
        checks.worker.close()


def run_sections(checks: Checks, only: list[str] | None) -> int:
    """Runs all sections in order, or those that are named. Returns the exit code."""
    checks.section("hello", checks.hello)
    if only is None:
        checks.section("load", checks.load)
        if not checks.kernels or "failed" in checks.results["load"]:
            say(f"stops here: {checks.worker.process.poll()}")
            return 3
    sections = {
        "refusals": checks.refusals,
        "together": checks.together,
        "random plans": checks.random_plans,
        "rates": checks.rates,
        "swaps": checks.swaps,
        "eager": checks.eager,
        "exported": checks.exported,
        "end": checks.end,
        "profiles": checks.profiles,
    }
    for name, check in sections.items():
        if only is None or name in only:
            checks.section(name, check)
    failed = [name for name, result in checks.results.items() if isinstance(result, dict) and "failed" in result]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
