"""Where the checks in this folder run programs: the plain program, frameworks, and commands of eclip."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ECLIP = ["node", str(ROOT / "dist/cli/main.js")]
# Under `eclip run`, this starts a program without the library.
BARE = ["env", "-u", "LD_PRELOAD"]
LOCATE = str(ROOT / "native/probe/locate.ptx")
PATIENCE_S = 150


class Place:
    """The place where a check keeps its files: a run folder of its own, and the plain program."""

    def __init__(self, folder: str, python: str) -> None:
        self.folder, self.python = Path(folder), python
        self.env = {**os.environ, "XDG_RUNTIME_DIR": folder, "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
        self.env["PYTHONPATH"] = str(ROOT / "workers/torch")
        # Without these settings, frameworks choose kernels by measured speed, so their results do not repeat.
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
        """Starts a program that prints until it is told to end."""
        return Running(subprocess.Popen(words, env=self.env, stdout=subprocess.PIPE, text=True))

    def into(self, log: Path, words: Sequence[str]) -> subprocess.Popen[bytes]:
        """Starts a program whose output goes to a file."""
        with log.open("ab") as output:
            return subprocess.Popen(words, env=self.env, stdout=output, stderr=output)

    def start_under(self, terms: Sequence[str], words: Sequence[str]) -> Running:
        """Starts a program with `eclip run`."""
        return self.start([*ECLIP, "run", *terms, "--", *words])


class Running:
    """A program that prints rates. If a number stands before a rate, the rate belongs to that number."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def wait_for(self, count: int) -> None:
        """Waits until the program has printed this many lines."""
        until = time.monotonic() + PATIENCE_S
        while len(self.lines) < count:
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{self.process.args} printed {self.lines}")
            time.sleep(0.01)

    def rates(self, since: int) -> dict[int, float]:
        """The median rate for each number, over the lines from `first` on."""
        seen: dict[int, list[float]] = {}
        for line in self.lines[since:]:
            *number, rate = line.split()
            seen.setdefault(int(number[0]) if number else 0, []).append(float(rate))
        return {number: statistics.median(rates) for number, rates in seen.items()}

    def end(self) -> int:
        """Tells the program to end, and waits for it."""
        self.process.terminate()
        return self.process.wait(timeout=30)


def rates_of(programs: Sequence[Running], seconds: float) -> list[dict[int, float]]:
    """The rates of programs that run side by side, after each has printed twice."""
    for program in programs:
        program.wait_for(2)
    since = [len(program.lines) + 1 for program in programs]
    time.sleep(seconds)
    for program, first in zip(programs, since, strict=True):
        program.wait_for(first + 2)
    return [program.rates(first) for program, first in zip(programs, since, strict=True)]


def under(place: Place, terms: Sequence[str] | None, words: Sequence[str]) -> Any:
    """The last output of a program, run bare or under terms."""
    done = place.run(words if terms is None else [*ECLIP, "run", *terms, "--", *words])
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode != 0:
        return {"code": done.returncode, "error": (done.stderr.strip().splitlines() or [""])[-1]}
    remarks = [line for line in done.stderr.splitlines() if line.startswith("eclip: ")]
    result = json.loads(last) if last.startswith("{") else {"output": last}
    return {**result, **({"remarks": remarks} if remarks else {})}


def child_of(pid: int) -> int:
    """The first process that a process started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
