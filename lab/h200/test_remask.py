"""The three ways to launch kernels, tested with a worker that gives prepared answers."""

from __future__ import annotations

import unittest
from typing import Any

from eclip_torch.client import Refused

from .remask import measure

MEDIANS_MS = {None: 1.0, "launches": 2.0, "remask": 102.0}


class CannedWorker:
    """A model of 50 kernels whose latency depends only on the mode of the plan."""

    def __init__(self, refuses: str = "") -> None:
        self.plans: list[tuple[Any, Any]] = []
        self.refuses = refuses

    def call(self, command: str, **values: Any) -> dict[str, Any]:
        return getattr(self, command)(**values)

    def hello(self, **_: Any) -> dict[str, Any]:
        return {"device": {"name": "fake"}, "versions": {}}

    def load(self, **_: Any) -> dict[str, Any]:
        return {"batches": [{"kernels": 50}]}

    def plan(self, workers: Any, mode: str | None = None) -> dict[str, Any]:
        if mode == self.refuses:
            raise Refused({"code": "device", "message": "no more contexts"})
        self.plans.append((mode, workers["w"]["8"]))
        return {}

    def verify(self, **_: Any) -> dict[str, Any]:
        return {"identical": True}

    def run(self, **_: Any) -> dict[str, Any]:
        return {"workers": [{"rps": 1.0, "p50Ms": MEDIANS_MS[self.plans[-1][0]]}], "energy": None}


class RemaskTest(unittest.TestCase):
    def test_every_kernel_has_the_same_mask_or_none(self) -> None:
        worker = CannedWorker()
        results = measure(worker, "m", 8, 2, 1.0)
        mask = [{"kernels": 50, "granules": [0, 1]}]
        self.assertEqual(worker.plans, [(None, None), ("launches", None), ("launches", mask), ("remask", mask)])
        self.assertEqual(results["usPerKernel"], {"graph": -20.0, "made ahead": 0.0, "before every kernel": 2000.0})

    def test_a_way_that_fails_says_why_and_the_others_count(self) -> None:
        results = measure(CannedWorker("remask"), "m", 8, 2, 1.0)
        self.assertEqual(results["ways"]["before every kernel"], {"failed": "no more contexts"})
        self.assertEqual(results["usPerKernel"], {"graph": -20.0, "made ahead": 0.0})
        self.assertEqual(measure(CannedWorker("launches"), "m", 8, 2, 1.0)["usPerKernel"], {})
