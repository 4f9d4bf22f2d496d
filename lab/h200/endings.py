"""How eclip ends when its worker cannot go on: `python3 -m h200.endings --out FILE.json -- node dist/cli/main.js`.

It must run in the folder of the command. Each case is a run of the CLI on the GPU that must end with the right
exit code and, unless it is interrupted, with one line. It must leave no process, no shared memory and no folder
behind.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MARK = "ECLIP_ENDING"
TIMEOUT_S = 90.0
SETTLE_S = 1.0
INTERRUPTED = 130

End = Callable[["Run"], None]


class Run:
    """One run of the CLI, and every process that it started."""

    def __init__(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        self.mark = f"{name}-{os.getpid()}-{time.time()}"
        self.folder = tempfile.mkdtemp(prefix="endings-")
        self.process = subprocess.Popen(
            command,
            env={**os.environ, **environment, MARK: self.mark, "TMPDIR": self.folder},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.seen: set[int] = set()

    def alive(self) -> list[int]:
        """The processes of this run, recognised by the mark in their environment."""
        pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        mine = [pid for pid in pids if pid != os.getpid() and self._marked(pid)]
        self.seen.update(mine)
        return mine

    def workers(self) -> list[int]:
        """Those of them that are Python workers and hold shared memory, which means that their model is loaded."""
        return [pid for pid in self.alive() if list(Path("/dev/shm").glob(f"eclip-{pid}-*"))]

    def finish(self) -> dict[str, Any]:
        """Waits for the end, and checks what is left."""
        deadline = time.time() + TIMEOUT_S
        while self.process.poll() is None and time.time() < deadline:
            self.alive()
            time.sleep(0.05)
        if self.process.poll() is None:
            self.process.kill()
        _, errors = self.process.communicate()
        time.sleep(SETTLE_S)
        left = [str(pid) for pid in self.alive()]
        left += [str(path) for pid in self.seen for path in Path("/dev/shm").glob(f"eclip-{pid}-*")]
        left += [str(path) for path in Path(self.folder).glob("eclip-*")]
        shutil.rmtree(self.folder)
        return {"exitCode": self.process.returncode, "lines": errors.strip().splitlines(), "left": left}

    def _marked(self, pid: int) -> bool:
        try:
            return f"{MARK}={self.mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        except OSError:
            return False


def await_worker(run: Run) -> int:
    """Waits for the first worker process that has loaded its model."""
    deadline = time.time() + TIMEOUT_S
    while time.time() < deadline and run.process.poll() is None:
        workers = run.workers()
        if workers:
            return workers[0]
        time.sleep(0.05)
    raise RuntimeError("no worker came up")


def let_be(_: Run) -> None:
    """Leaves the run alone: it ends by itself."""


def kill_worker(run: Run) -> None:
    os.kill(await_worker(run), signal.SIGKILL)


def interrupt(run: Run) -> None:
    await_worker(run)
    run.process.send_signal(signal.SIGINT)


CASES: dict[str, tuple[Sequence[str], dict[str, str], End, int]] = {
    "no such model": (["profile", "torchvision:none"], {}, let_be, 1),
    "a module that is not there": (["profile", "nowhere:model"], {}, let_be, 1),
    "out of GPU memory": (["profile", "h200.uncapturable:huge", "--batch", "1"], {}, let_be, 1),
    "no GPU": (["profile", "alexnet", "--device", "cuda"], {"CUDA_VISIBLE_DEVICES": ""}, let_be, 1),
    "killed Python process": (["profile", "resnet152"], {}, kill_worker, 1),
    "interrupted": (["profile", "resnet152"], {}, interrupt, INTERRUPTED),
}


def check(name: str, eclip: Sequence[str]) -> dict[str, Any]:
    """Runs one case. `failed` says what is not as it should be."""
    arguments, environment, end, code = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(name.replace(" ", "-"), [*eclip, *arguments, "-o", folder], environment)
        try:
            end(run)
        except Exception as error:
            return {**run.finish(), "failed": str(error)}
        result = run.finish()
    reasons = []
    if result["exitCode"] != code:
        reasons.append(f"exit code {result['exitCode']} instead of {code}")
    if code == 1 and len(result["lines"]) != 1:
        reasons.append(f"{len(result['lines'])} lines instead of one")
    if result["left"]:
        reasons.append(f"left {len(result['left'])} behind")
    return {**result, **({"failed": ", ".join(reasons)} if reasons else {})}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("eclip", nargs="+", help="the command that runs eclip, after --")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    for name in CASES:
        begin = time.time()
        results[name] = check(name, options.eclip)
        print(f"{name} ({time.time() - begin:.1f} s): {json.dumps(results[name])[:500]}", flush=True)
        options.out.write_text(json.dumps(results, indent=1))
    return 1 if any("failed" in result for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
