"""Unmodified PyTorch kernel by kernel: `python3 -m h200.kernel_wise --out FOLDER -- node dist/cli/main.js`.

`h200.eager` runs bare, under eclip's plans with several switch budgets, and under plans that switch between
partitions which are all the whole GPU, so that only the switches cost time. Each run prints one line;
`results.json` in the folder holds the figures. `--plans` only makes the plans and simulates them, which needs no
GPU. If a folder already has plans, no new ones are made.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from .output import say

MEMBERS = ("resnet152/8", "densenet201/8")
BUDGETS = (0, 5, 14)
PURE = (0, 14, 140)
"""Switches of plans whose partitions are all the whole GPU."""
TIMEOUT_S = 60
PROGRAM = (sys.executable, "-m", "h200.eager")


def make_plans(eclip: Sequence[str], folder: Path, device: str) -> None:
    """A plan of eclip's for each budget, and plans with the same counts of kernels that only switch."""
    for budget in BUDGETS:
        file = folder / f"budget-{budget}.json"
        words = ["--policy", "eclip", "--switch-budget", str(budget), "--device", device, "-o", str(file)]
        subprocess.run([*eclip, "plan", "+".join(MEMBERS), *words], check=False, capture_output=True)
        say(f"{file.name}: {[switches(one['groups']) for one in json.loads(file.read_text())['workers']]} switches")
    plan = json.loads((folder / "budget-0.json").read_text())
    granules = max((entry["granules"] for entry in plan["pool"]), key=len)
    for count in PURE:
        workers = [{**one, "groups": evenly(kernels_of(one), count)} for one in plan["workers"]]
        pool = [{"granules": granules, "owner": None} for _ in range(2)]
        evidence = {"policy": "eclip", "parameters": {}, "switchesPerRequest": [count for _ in workers]}
        text = json.dumps({**plan, "pool": pool, "workers": workers, "evidence": evidence}, indent=1)
        (folder / f"pure-{count}.json").write_text(text)
    simulate(eclip, folder, device)


def simulate(eclip: Sequence[str], folder: Path, device: str) -> None:
    """The simulated cost of a switch in µs, for each model alone."""
    costs: dict[str, dict[str, float]] = {str(count): {} for count in PURE[1:]}
    for worker, member in enumerate(MEMBERS):
        latencies = {count: simulated_ms(eclip, folder / f"pure-{count}.json", worker, device) for count in PURE}
        for count in PURE[1:]:
            costs[str(count)][member] = 1e3 * (latencies[count] - latencies[0]) / count
    (folder / "simulated.json").write_text(json.dumps(costs))


def simulated_ms(eclip: Sequence[str], file: Path, worker: int, device: str) -> float:
    """The median latency of one worker of a plan, alone."""
    plan = json.loads(file.read_text())
    plan["workers"] = [plan["workers"][worker]]
    plan["evidence"]["switchesPerRequest"] = [switches(plan["workers"][0]["groups"])]
    words = [MEMBERS[worker], "--plan", "-", "--device", device, "--json"]
    command = [*eclip, "simulate", *words]
    ran = subprocess.run(command, input=json.dumps(plan), capture_output=True, text=True, check=False)
    return float(json.loads(ran.stdout)["metrics"]["workers"][0]["p50Ms"])


def kernels_of(worker: dict[str, Any]) -> int:
    return sum(group["kernels"] for group in worker["groups"])


def switches(groups: Sequence[dict[str, Any]]) -> int:
    return sum(a["partition"] != b["partition"] for a, b in zip(groups, groups[1:]))


def evenly(kernels: int, count: int) -> list[dict[str, Any]]:
    """Groups of about the same length that alternate between two partitions."""
    ends = [kernels * (i + 1) // (count + 1) for i in range(count + 1)]
    lengths = [end - begin for begin, end in zip([0, *ends], ends)]
    return [{"kernels": length, "partition": i % 2, "priority": 0} for i, length in enumerate(lengths)]


def fit(eclip: Sequence[str], folder: Path) -> None:
    """Stretches plans for models that launch a different number of kernels than their profile has, and says so."""
    for worker, member in enumerate(MEMBERS):
        words = ["--plan", str(folder / "budget-0.json"), "--member", member]
        said = run([*eclip, "run", *words, "--", *PROGRAM, "4", member])["said"]
        launched = re.search(r"mostly (\d+) kernels", said)
        if launched is None:
            continue
        for file in folder.glob("*-*.json"):
            plan = json.loads(file.read_text())
            one = plan["workers"][worker]
            say(f"{file.name}: {member} has {kernels_of(one)} kernels and launches {launched[1]}: stretched")
            one["groups"] = stretched(one["groups"], int(launched[1]))
            file.write_text(json.dumps(plan, indent=1))


def stretched(groups: Sequence[dict[str, Any]], kernels: int) -> list[dict[str, Any]]:
    """Groups that add up to another number of kernels, each of them in proportion."""
    ends = list(accumulate(group["kernels"] for group in groups))
    ends = [round(end * kernels / ends[-1]) for end in ends]
    return [{**group, "kernels": end - begin} for group, begin, end in zip(groups, [0, *ends], ends)]


def run(command: Sequence[str]) -> dict[str, Any]:
    """The output of the program, and what eclip said about it on stderr."""
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    lines = ended.stdout.splitlines()
    if ended.returncode or not lines:
        return {"failed": ended.returncode, "said": ended.stderr[-2000:]}
    return {"models": json.loads(lines[-1]), "said": ended.stderr.strip()}


def compared(one: dict[str, Any], bare: dict[str, Any]) -> dict[str, Any]:
    """For each model its latencies, and whether it computed the same as alone. Disturbances only make a quick
    request slower, so the quick quarter is compared."""
    return {
        model: {
            "quickMs": quantiles(own["latenciesMs"], n=4)[0],
            "medianMs": median(own["latenciesMs"]),
            "equal": own["digests"] == bare["models"][model]["digests"],
        }
        for model, own in one["models"].items()
    }


def costs(results: dict[str, Any], most: int) -> dict[str, float]:
    """The cost of a switch in µs, by model: plans that only switch, compared with the plan that does not."""
    quiet, busy = results["pure-0"]["compared"], results[f"pure-{most}"]["compared"]
    return {model: 1e3 * (busy[model]["quickMs"] - quiet[model]["quickMs"]) / most for model in quiet}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="h200")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--plans", action="store_true")
    parser.add_argument("eclip", nargs="+")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not (options.out / "simulated.json").exists():
        make_plans(options.eclip, options.out, options.device)
    if options.plans:
        return 0
    os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")
    fit(options.eclip, options.out)
    program = [*PROGRAM, str(options.requests), *MEMBERS]
    bare = run(program)
    results: dict[str, Any] = {"bare": bare}
    for name in [f"budget-{one}" for one in BUDGETS] + [f"pure-{one}" for one in PURE]:
        ran = run([*options.eclip, "run", "--plan", str(options.out / f"{name}.json"), "--", *program])
        if "models" in ran and "models" in bare:
            ran["compared"] = compared(ran, bare)
        results[name] = ran
        say(f"{name}: {json.dumps(ran.get('compared', ran))}\n{ran['said']}")
        (options.out / "results.json").write_text(json.dumps(results, indent=1))
    if any("compared" not in one for name, one in results.items() if name != "bare"):
        return 1
    say(f"bare: {json.dumps(compared(bare, bare))}")
    simulated = json.loads((options.out / "simulated.json").read_text())
    for count in PURE[1:]:
        say(f"µs a switch, {count} in a request: {costs(results, count)}, simulated {simulated[str(count)]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
