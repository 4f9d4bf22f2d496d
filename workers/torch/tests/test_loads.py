"""The answer to `run`, from the results of a loop."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from unittest import mock

from eclip_torch.loop import LoopResult

from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    from eclip_torch import loads


@needs_torch
class LoadsTest(unittest.TestCase):
    def answer(self, latencies_s: list[float], power_w: float | None) -> dict[str, object]:
        result = LoopResult(2.5, [latencies_s], [40.0], power_w, 2.5 if power_w else 0.0)
        runner = SimpleNamespace(run=None, enter_thread=None)
        with mock.patch.object(loads, "run_loop", return_value=result):
            return loads.run_loads([("w", 8, runner, None, 1)], 2, 0.1, None, keep_latencies=False)

    def test_percentiles_are_in_ms_and_energy_is_that_of_the_window(self) -> None:
        answer = self.answer([index / 1000 for index in range(100, 0, -1)], 300.0)
        worker = {"worker": "w", "batch": 8, "requests": 100, "rps": 40.0, "p50Ms": 51.0, "p95Ms": 96.0, "p99Ms": 100.0}
        self.assertEqual(answer["workers"], [worker])
        self.assertEqual(answer["energy"], {"seconds": 2.5, "energyJ": 750.0, "powerW": 300.0})

    def test_without_requests_and_without_a_counter_nothing_is_claimed(self) -> None:
        answer = self.answer([], None)
        worker = {"worker": "w", "batch": 8, "requests": 0, "rps": 40.0, "p50Ms": None, "p95Ms": None, "p99Ms": None}
        self.assertEqual((answer["workers"], answer["energy"]), ([worker], None))


if __name__ == "__main__":
    unittest.main()
