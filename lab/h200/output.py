"""Where a run puts its measurements, and what it prints meanwhile."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

START = time.time()


def elapsed() -> float:
    """Seconds since the run began."""
    return time.time() - START


def say(text: str) -> None:
    print(f"[{elapsed():6.1f}] {text}", flush=True)


class Output:
    """A folder of gzipped JSON lines. Each record is a gzip member of its own, so a crash loses none of the
    others."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder

    def append(self, name: str, record: Any) -> None:
        with gzip.open(self.folder / f"{name}.jsonl.gz", "at", 6) as file:
            file.write(json.dumps(record) + "\n")

    def write(self, name: str, value: Any) -> None:
        (self.folder / f"{name}.json").write_text(json.dumps(value))


def read_lines(folder: Path, name: str) -> list[dict[str, Any]]:
    """What `append` wrote under this name, or nothing if it never did."""
    path = folder / f"{name}.jsonl.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt") as file:
        return [json.loads(line) for line in file]
