"""Checks shares, granules and priorities of programs that know nothing of eclip, on a GPU with nothing else running.

    npm run build && python3 bench/processes/check.py --out processes.json [--only shares,killed] [--python python3]

Takes some 90 s, and needs a C compiler, PyTorch, and JAX where that is to be checked. Each part can be taken alone.
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
    """Rates of compute-bound programs under shares, and threads on granules, over those alone."""
    parts = {"small": ["--share", "25%"], "large": ["--share", "75%"]}
    burn, copy = ["burn"], ["copy"]
    alone = {name: beside(place, [(terms, burn)], 1.6)[0][0] for name, terms in parts.items()}
    small, large = beside(place, [(parts["small"], burn), (parts["large"], burn)], 2)
    beside_copy, copying = beside(place, [(parts["small"], burn), (parts["large"], copy)], 2)
    granules = ["--granules", "0-3,4-14"]
    first = beside(place, [(granules, ["burn", "none"])], 1.6)[0][0]
    second = beside(place, [(granules, ["none", "burn"])], 1.6)[0][1]
    both = beside(place, [(granules, ["burn", "burn"])], 1.6)[0]
    return {
        "perSecondAlone": alone,
        "ofAlone": {"25% beside 75%": small[0] / alone["small"], "75% beside 25%": large[0] / alone["large"]},
        "25% beside 75% that copies": beside_copy[0] / alone["small"],
        "copiesPerSecond": copying[0],
        "threadsPerSecondAlone": [first, second],
        "threadsOfAlone": [both[0] / first, both[1] / second],
    }


def overhead(place: Place) -> Any:
    """What the library adds to a launch, in µs of the host: medians of interleaved runs."""
    words = [*place.plain, "launches", "100000"]
    kinds = {"under MPS": [], "with a level": ["--priority", "1"], "on granules": ["--granules", "0-14"]}
    times: dict[str, list[float]] = {"bare": [], **{name: [] for name in kinds}}
    for _ in range(3):
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
    "overhead": overhead,
    "killed": killed,
}

DEFAULT = "correct,changes,shares,overhead,killed"


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
