"""What a mask before every kernel costs: `python3 -m h200.remask --out FILE [--model shufflenet] [--granules 8]`.

The kernels of a model are launched one by one, in three ways: without masks, on a masked stream that was made
ahead, and each in a mask that is made just before it and destroyed after it. All masks are the same, so that the
ways only differ in making them. Outputs are compared with those of the whole graph. Each way prints one line; the
file holds the figures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from eclip_torch import PROTOCOL
from eclip_torch.client import Refused, Worker

WAYS = {"graph": None, "no masks": "launches", "made ahead": "launches", "before every kernel": "remask"}


class OneWorker:
    """A worker process that runs only one model."""

    def __init__(self, worker: Any, model: str, batch: int, seconds: float) -> None:
        self._call, self._batch, self._seconds = worker.call, batch, seconds
        loaded = self._call("load", worker="w", model=model, batches=[batch])
        self.kernels = loaded["batches"][0]["kernels"]

    def measured(self, mode: str | None, granules: list[int] | None) -> dict[str, Any]:
        """The latencies (ms) and the rate of the model, whose kernels all have the same mask, and what it
        computes."""
        groups = None if granules is None else [{"kernels": self.kernels, "granules": granules}]
        self._call("plan", workers={"w": {str(self._batch): groups}}, **({} if mode is None else {"mode": mode}))
        verified = self._call("verify", worker="w", batch=self._batch, seeds=1)
        load = {"worker": "w", "batch": self._batch, "load": {"kind": "closed"}}
        ran = self._call("run", seconds=self._seconds, warmSeconds=0.2, workers=[load])
        return {**ran["workers"][0], "verified": verified, "powerW": (ran["energy"] or {}).get("powerW")}


def measure(worker: Any, model: str, batch: int, granules: int, seconds: float) -> dict[str, Any]:
    """Measures the three ways and the graph. A way that fails says why."""
    hello = worker.call("hello", protocol=PROTOCOL)
    one = OneWorker(worker, model, batch, seconds)
    facts = {"gpu": hello["device"]["name"], "versions": hello["versions"], "granules": granules}
    results: dict[str, Any] = {**facts, "model": model, "batch": batch, "kernels": one.kernels, "ways": {}}
    for way, mode in WAYS.items():
        masked = way in ("made ahead", "before every kernel")
        try:
            results["ways"][way] = one.measured(mode, list(range(granules)) if masked else None)
        except Refused as error:
            results["ways"][way] = {"failed": error.message}
    return {**results, "usPerKernel": us_per_kernel(results)}


def us_per_kernel(results: dict[str, Any]) -> dict[str, float]:
    """What each way adds per kernel to the median request, compared with launches without masks."""
    medians = {way: one.get("p50Ms") for way, one in results["ways"].items()}
    plain = medians["no masks"]
    if plain is None:
        return {}
    return {
        way: round(1e3 * (median - plain) / results["kernels"], 3)
        for way, median in medians.items()
        if median is not None and way != "no masks"
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", default="shufflenet")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--granules", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    with Worker(device="cuda", timeout_s=120) as worker:
        results = measure(worker, options.model, options.batch, options.granules, options.seconds)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    for way, one in results["ways"].items():
        said = one.get("failed") or f"{one['rps']} requests/s, median {one['p50Ms']} ms, {one['verified']}"
        print(f"{way}: {said}", flush=True)
    print(f"us per kernel over launches without masks: {results['usPerKernel']}", flush=True)


if __name__ == "__main__":
    main()
