"""Checks shares, granules and priorities of programs that know nothing of eclip, on a GPU with nothing else running.

    npm run build && python3 bench/processes/check.py --out processes.json [--only shares,killed] [--python python3]

Takes some seven minutes, and needs a C compiler, PyTorch, torchvision and transformers, and JAX where that is to be
checked. Each part can be taken alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ECLIP = ["node", str(ROOT / "dist/cli/main.js")]
LOCATE = str(ROOT / "native/probe/locate.ptx")
PATIENCE_S = 150


class Place:
    """Where a check keeps its things: a run folder of its own, and the plain program."""

    def __init__(self, folder: str, python: str) -> None:
        self.folder, self.python = Path(folder), python
        self.env = {**os.environ, "XDG_RUNTIME_DIR": folder, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        self.env["PYTHONPATH"] = str(ROOT / "workers/torch")
        # Without these, frameworks choose among kernels by what was fast, and do not repeat themselves.
        self.env["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
        self.env["XLA_FLAGS"] = "--xla_gpu_deterministic_ops=true --xla_gpu_autotune_level=0"
        program = self.folder / "plain"
        compiler = os.environ.get("CC", "cc")
        words = ["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-o", str(program), str(HERE / "plain.c"), "-ldl", "-lpthread"]
        subprocess.run([compiler, *words], check=True)
        self.plain = [str(program), str(HERE / "kernels.ptx")]
        self.frameworks = [python, str(HERE / "frameworks.py")]

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Runs a program to its end."""
        return subprocess.run(words, env=self.env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)

    def eclip(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Runs an eclip command."""
        return self.run([*ECLIP, *words])

    def start(self, words: Sequence[str]) -> Running:
        """Starts a program that prints until it is ended."""
        return Running(subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE, text=True))

    def into(self, log: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
        """Starts a program whose output goes to a file."""
        with log.open("ab") as output:
            return subprocess.Popen(words, env=self.env, stdout=output, stderr=output)

    def start_under(self, terms: Sequence[str], words: Sequence[str]) -> Running:
        """Starts a program with `eclip run`."""
        return self.start([*ECLIP, "run", *terms, "--", *words])


class Running:
    """A program that prints rates, by the number that stands before them if there is one."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))


    def wait_for(self, count: int) -> None:
        """Waits until it has printed so many lines."""
        until = time.monotonic() + PATIENCE_S
        while len(self.lines) < count:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.process.args} printed {self.lines}")
            time.sleep(0.01)

    def rates(self, since: int) -> dict[int, float]:
        """The median rate by number, of the lines from one on."""
        seen: dict[int, list[float]] = {}
        for line in self.lines[since:]:
            *number, rate = line.split()
            seen.setdefault(int(number[0]) if number else 0, []).append(float(rate))
        return {number: statistics.median(rates) for number, rates in seen.items()}

    def end(self) -> int:
        """Asks it to end, and waits."""
        self.process.terminate()
        return self.process.wait(timeout=30)


def rates_of(programs: Sequence[Running], seconds: float) -> list[dict[int, float]]:
    """What programs that run side by side do, after each has printed twice."""
    for program in programs:
        program.wait_for(2)
    since = [len(program.lines) + 1 for program in programs]
    time.sleep(seconds)
    for program, first in zip(programs, since, strict=True):
        program.wait_for(first + 2)
    return [program.rates(first) for program, first in zip(programs, since, strict=True)]


Loads = Sequence[tuple[Sequence[str], Sequence[str]]]


def beside(place: Place, pairs: Loads, seconds: float) -> list[dict[int, float]]:
    """The rates of programs under their terms, side by side."""
    programs = [place.start_under(terms, [*place.plain, "rates", *loads]) for terms, loads in pairs]
    try:
        return rates_of(programs, seconds)
    finally:
        for program in programs:
            program.end()


def probe(place: Place) -> Any:
    """Which SMs kernels ran on under each mechanism."""
    done = place.eclip("doctor", "--json")
    checks = json.loads(done.stdout)["checks"]
    ranges = under(place, ["--granules", "nvtx:text=0-1,nvtx:image=4"], [*place.frameworks, "ranges", LOCATE])
    return {"doctor": [check for check in checks if check["status"] != "absent"], "ranges": ranges}


def under(place: Place, terms: Sequence[str] | None, words: Sequence[str]) -> Any:
    """What a program prints last, bare or under terms."""
    done = place.run(words if terms is None else [*ECLIP, "run", *terms, "--", *words])
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0:
        return {"code": done.returncode, "error": (done.stderr.strip().splitlines() or [""])[-1]}
    remarks = [line for line in done.stderr.splitlines() if line.startswith("eclip: ")]
    result = json.loads(last) if last.startswith("{") else {"output": last}
    return {**result, **({"remarks": remarks} if remarks else {})}


def outputs(place: Place) -> Any:
    """Whether programs compute the same, bit for bit, with and without eclip."""
    terms = {"bare": None, "share": ["--share", "50%"], "granules": ["--granules", "0-7"], "level": ["--priority", "3"]}
    programs = {
        "plain": [*place.plain, "digest"],
        "torch": [*place.frameworks, "torch"],
        "jax": [*place.frameworks, "jax"],
    }
    with ThreadPoolExecutor(len(terms) * len(programs)) as pool:
        runs = {
            name: {how: pool.submit(under, place, what, words) for how, what in terms.items()}
            for name, words in programs.items()
        }
        seen = {name: {how: run.result() for how, run in of.items()} for name, of in runs.items()}
        again = {name: under(place, None, words) for name, words in programs.items() if name != "torch"}
    return {"seen": seen, "bareAgain": again, "differ": differences(seen)}


def differences(seen: dict[str, dict[str, Any]]) -> list[str]:
    """What is not as it is without eclip."""
    return [
        f"{name} {how}: {key}"
        for name, of in seen.items()
        for how, values in of.items()
        for key in of["bare"]
        if values.get(key) != of["bare"][key]
    ]


def shares(place: Place) -> Any:
    """Rates of compute-bound programs under shares, and of threads on granules, over those alone."""
    processes = {f"{one}/{other}": of_processes(place, one, other) for one, other in ((25, 75), (40, 60))}
    threads = {text: of_threads(place, text) for text in ("0-3,4-14", "0-5,6-15")}
    terms, copying = ["--share", "25%"], (["--share", "75%"], ["copy"])
    beside_copies, copies = beside(place, [(terms, ["burn"]), copying], 2)
    alone = processes["25/75"]["perSecondAlone"][0]
    return {
        "processes": processes,
        "threads": threads,
        "25% beside 75% that copies": {"ofAlone": beside_copies[0] / alone, "copiesPerSecond": copies[0]},
    }


def of_processes(place: Place, *percent: int) -> Any:
    """Rates of two processes under shares: each alone, and as parts of that beside the other."""
    terms = [(["--share", f"{one}%"], ["burn"]) for one in percent]
    alone = [beside(place, [one], 1.6)[0][0] for one in terms]
    both = [rates[0] for rates in beside(place, terms, 2)]
    return {"perSecondAlone": alone, "ofAlone": [rate / own for rate, own in zip(both, alone, strict=True)]}


def of_threads(place: Place, granules: str) -> Any:
    """The same of two threads of one process, each on granules of its own."""
    terms = ["--granules", granules]
    loads = (["burn", "none"], ["none", "burn"])
    alone = [beside(place, [(terms, load)], 1.6)[0][number] for number, load in enumerate(loads)]
    both = beside(place, [(terms, ["burn", "burn"])], 1.6)[0]
    return {"perSecondAlone": alone, "ofAlone": [both[number] / own for number, own in enumerate(alone)]}


MEMBERS = ["resnet152/8", "densenet201/8", "vgg19/8", "albert/8"]
UNIFORM = ("100%", "60%", "50%", "40%", "33%", "25%")


def four(place: Place) -> Any:
    """Four models in programs of their own: as they are, under uniform shares, under a plan, one of high priority."""
    seconds = 4.0
    alone = {
        member: statistics.median(part["perSecond"] for part in parts)
        for member, parts in under(place, None, [*place.frameworks, "alone", *MEMBERS]).items()
    }
    contenders = {"no eclip": None} | {f"MPS {share}": [{"share": share}] * 4 for share in UNIFORM}
    contenders |= {"planned": [{"share": "planned", "member": member} for member in MEMBERS]}
    seen = {}
    for name, terms in contenders.items():
        served = serve_models(place, MEMBERS, terms, seconds)
        parts = {member: one["perSecond"] / alone[member] for member, one in served.items()}
        seen[name] = {"weightedSpeedup": sum(parts.values()), "ofAlone": parts, "models": served}
        print(name, json.dumps(seen[name]), flush=True)
    return {"perSecondAlone": alone, "contenders": seen, "high": high(place, seconds)}


def high(place: Place, seconds: float) -> Any:
    """What the others do to a program of high priority: its latencies alone on its share, and beside them."""
    seen = {}
    for member, own, others in (("albert/8", "50%", "25%"), ("resnet152/8", "50%", "25%"), ("albert/8", "100%", "33%")):
        first = {"share": own, "priority": "high"}
        rest = [{"share": others}] * 3
        members = [member, *(other for other in MEMBERS if other != member)]
        alone = serve_models(place, members[:1], [first], seconds)[member]
        served = serve_models(place, members, [first, *rest], seconds)
        seen[f"{member} {own} beside {others}"] = {
            "p99OfAlone": served[member]["p99Ms"] / alone["p99Ms"],
            "alone": alone,
            "beside": served,
        }
        print(json.dumps(seen), flush=True)
    return seen


def serve_models(
    place: Place, members: Sequence[str], terms: Sequence[dict[str, str]] | None, seconds: float
) -> dict[str, dict[str, float]]:
    """Rates and latencies of models side by side, by `eclip up` under terms or, without, as plain processes."""
    logs = [place.folder / f"{number}.log" for number in range(len(members))]
    commands = [[*place.frameworks, "model", member] for member in members]
    for log in logs:
        log.write_text("")
    if terms is None:
        started = [place.into(log, command) for log, command in zip(logs, commands, strict=True)]
    else:
        programs = [
            {"name": f"p{number}", "command": command, "log": logs[number].name, **one}
            for number, (command, one) in enumerate(zip(commands, terms, strict=True))
        ]
        file = place.folder / "programs.json"
        file.write_text(json.dumps({"format": "eclip.programs/1", "programs": programs}))
        started = [place.into(place.folder / "up.log", [*ECLIP, "up", str(file)])]
    try:
        since = max(wait_for_lines(log, 2, started) for log in logs)
        time.sleep(seconds + 0.6)
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(30)
    return {
        member: summary([part for part in parts_in(log) if since <= part["began"] and part["ended"] <= since + seconds])
        for member, log in zip(members, logs, strict=True)
    }


def wait_for_lines(log: Path, count: int, started: Sequence[subprocess.Popen[bytes]]) -> float:
    """When a program had printed so many lines."""
    until = time.monotonic() + PATIENCE_S
    while len(parts_in(log)) < count:
        if time.monotonic() > until or any(process.poll() is not None for process in started):
            raise RuntimeError(f"{log.read_text()[-500:]} {(log.parent / 'up.log').read_text()[-500:]}")
        time.sleep(0.05)
    return time.monotonic()


def parts_in(log: Path) -> list[dict[str, Any]]:
    """The half seconds that a program has printed whole, among whatever else it says."""
    lines = log.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]


def summary(parts: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Rate and latencies of half seconds."""
    latencies = sorted(one for part in parts for one in part["ms"])
    span = sum(part["ended"] - part["began"] for part in parts)
    return {
        "perSecond": len(latencies) / span,
        "p50Ms": latencies[len(latencies) // 2],
        "p99Ms": latencies[min(len(latencies) - 1, int(0.99 * len(latencies)))],
    }


def throughput(place: Place) -> Any:
    """What the library takes of an eager program's rate: under one share, with and without it, in turns of a second."""
    words = [*place.frameworks, "eager", "resnet152/1"]
    terms = ["--share", "50%", "--priority", "1"]
    names = {"with": words, "without": ["env", "-u", "LD_PRELOAD", *words]}
    programs = {name: place.start_under(terms, started) for name, started in names.items()}
    rates: dict[str, list[float]] = {name: [] for name in names}
    try:
        for program in programs.values():
            program.wait_for(2)
            os.kill(child_of(program.process.pid), signal.SIGSTOP)
        for _ in range(12):
            for name, program in programs.items():
                # The first line also tells of the time in which the program was stopped.
                first = len(program.lines) + 1
                os.kill(child_of(program.process.pid), signal.SIGCONT)
                program.wait_for(first + 2)
                os.kill(child_of(program.process.pid), signal.SIGSTOP)
                rates[name].extend(json.loads(line)["perSecond"] for line in program.lines[first : first + 2])
    finally:
        for program in programs.values():
            os.kill(child_of(program.process.pid), signal.SIGCONT)
            program.end()
    medians = {name: statistics.median(all_) for name, all_ in rates.items()}
    peaks = {name: json.loads(program.lines[-1])["peakKB"] for name, program in programs.items()}
    return {
        "perSecond": medians,
        "withOfWithout": medians["with"] / medians["without"],
        "addedMB": (peaks["with"] - peaks["without"]) / 1e3,
        "all": rates,
    }


def onnx(place: Place) -> Any:
    """What ONNX Runtime can compute on here."""
    return under(place, None, [*place.frameworks, "providers"])


def overhead(place: Place) -> Any:
    """What the library adds to a launch, in µs of the host: medians of interleaved runs."""
    words = [*place.plain, "launches", "100000"]
    kinds = {"under MPS": [], "with a level": ["--priority", "1"], "on granules": ["--granules", "0-14"]}
    times: dict[str, list[float]] = {"bare": [], **{name: [] for name in kinds}}
    for _ in range(9):
        times["bare"].append(float(place.run(words).stdout))
        for name, terms in kinds.items():
            times[name].append(float(place.run([*ECLIP, "run", *terms, "--", *words]).stdout))
    medians = {name: statistics.median(all_) for name, all_ in times.items()}
    added = {
        "with a level": medians["with a level"] - medians["under MPS"],
        "on granules": medians["on granules"] - medians["bare"],
    }
    return {"medianUs": medians, "addedUs": added, "allUs": times}


def changes(place: Place) -> Any:
    """What `eclip set` does to PyTorch beside a compute-bound program, both started at the lowest level."""
    torch = place.start_under(["--priority", "0", "--name", "torch"], [*place.frameworks, "loop"])
    plain = place.start_under(["--priority", "0", "--name", "plain"], [*place.plain, "rates", "burn"])
    seen, said = {}, []
    try:
        for change in ("", "torch high", "torch 0", "plain high"):
            if change:
                name, priority = change.split()
                said.append(place.eclip("set", name, "--priority", priority).stdout.strip())
            rates = rates_of([torch, plain], 2)
            seen[change or "at first"] = {"torch": rates[0][0], "plain": rates[1][0]}
        listed = place.eclip("ps").stdout
        refused = place.eclip("set", "plain", "--share", "50%")
    finally:
        torch.end(), plain.end()
    return {"perSecond": seen, "said": said, "ps": listed, "share": [refused.returncode, refused.stdout.strip()]}


def left(place: Place) -> dict[str, Any]:
    """What still runs with our run folder in its environment, and what is in the folder."""
    mine = f"{place.folder}/eclip".encode()
    running = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mine in (entry / "environ").read_bytes():
                running.append(f"{entry.name} {(entry / 'comm').read_text().strip()}")
        except OSError:
            continue
    files = [str(path.relative_to(place.folder)) for path in place.folder.glob("eclip/*/*")]
    return {"processes": running, "files": [name for name in files if not name.startswith("eclip/native/")]}


def child_of(pid: int) -> int:
    """The first process that a process started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def killed(place: Place) -> Any:
    """What is left after a program, eclip and the daemon are killed, each by SIGKILL."""
    words = [*place.plain, "rates", "burn"]
    seen: dict[str, Any] = {}

    def started() -> Running:
        program = place.start_under(["--share", "50%"], words)
        program.wait_for(2)
        return program

    one = started()
    os.kill(child_of(one.process.pid), signal.SIGKILL)
    seen["program"] = {"code": one.process.wait(30), **left(place)}
    one = started()
    one.process.kill()
    one.process.wait()
    during = left(place)["processes"]
    seen["eclip"] = {"during": during, "next": place.eclip("run", "--", "true").returncode, **left(place)}
    one = started()
    for entry in left(place)["processes"]:
        if re.search("mps-control|nvidia-cuda-mps", entry):
            os.kill(int(entry.split()[0]), signal.SIGKILL)
    time.sleep(1)
    ended = one.process.poll()
    during = place.eclip("run", "--", "true")
    seen["daemon"] = {"codeByItself": ended, "during": [during.returncode, during.stderr.strip()]}
    one.end()
    seen["daemon"] |= {"next": place.eclip("run", "--", "true").returncode, **left(place)}
    return seen


def correct(place: Place) -> Any:
    """Both checks in which time plays no part, at once."""
    with ThreadPoolExecutor(2) as pool:
        where, what = pool.submit(probe, place), pool.submit(outputs, place)
        return {"probe": where.result(), "outputs": what.result()}


PARTS: dict[str, Callable[[Place], Any]] = {
    "correct": correct,
    "probe": probe,
    "outputs": outputs,
    "changes": changes,
    "shares": shares,
    "four": four,
    "overhead": overhead,
    "throughput": throughput,
    "onnx": onnx,
    "killed": killed,
}

DEFAULT = "correct,changes,shares,four,overhead,throughput,onnx,killed"


def main() -> None:
    """Takes the parts that are asked for, and writes what they saw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default="processes.json")
    parser.add_argument("--only", default=DEFAULT, help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--python", default=os.environ.get("ECLIP_PYTHON", "python3"))
    options = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="eclip-") as folder:
        place = Place(folder, options.python)
        for name in options.only.split(","):
            began = time.monotonic()
            try:
                results[name] = PARTS[name](place)
            except Exception as error:
                results[name] = {"failed": f"{type(error).__name__}: {error}"}
            results[name] = {"seconds": round(time.monotonic() - began, 1), **results[name]}
            Path(options.out).write_text(json.dumps(results, indent=2) + "\n")
            print(name, json.dumps(results[name]), flush=True)
        results["left"] = left(place)
    Path(options.out).write_text(json.dumps(results, indent=2) + "\n")
    sys.exit(any("failed" in result for result in results.values()))


if __name__ == "__main__":
    main()
