"""What `profile` measures on which granules, and how often."""

from __future__ import annotations

import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from eclip_torch.plan import KernelGroup

from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    from eclip_torch.kernel_profile import granule_counts, groups_on, latency_us, profile_on_cpu


class Runner:
    """Takes these times, in ms, whenever it is asked for three, and otherwise 1, 2, 3 and so on."""

    kernels = 3

    def __init__(self, times_ms: list[float]) -> None:
        self.times_ms = times_ms
        self.runs: list[int] = []
        self.discarded = 0

    def prepare(self, groups: Any, mechanism: Any) -> Any:
        return SimpleNamespace(discard=self.discard)

    def discard(self) -> None:
        self.discarded += 1

    def time_ms(self, plan: Any, count: int) -> list[float]:
        self.runs.append(count)
        return self.times_ms if count == 3 else [float(index + 1) for index in range(count)]


@needs_torch
class KernelProfileTest(unittest.TestCase):
    def test_as_many_runs_as_fit_into_a_quarter_of_a_second_but_five_to_fifteen(self) -> None:
        for times_ms, runs, median_us in (([30, 25, 90], 10, 5500), ([9, 2, 7], 15, 8000), ([800, 90, 99], 5, 3000)):
            runner = Runner(times_ms)
            self.assertEqual(latency_us(runner, None), median_us)
            self.assertEqual((runner.runs, runner.discarded), ([3, runs], 1))

    def test_the_counts_that_the_device_has_are_measured_and_the_whole_device_always(self) -> None:
        self.assertEqual(granule_counts(7, None), [1, 2, 3, 4, 6, 7])
        self.assertEqual(granule_counts(16, [20, 8]), [8, 16])

    def test_the_whole_device_is_measured_without_partitions(self) -> None:
        device = SimpleNamespace(partitioner=SimpleNamespace(granule_count=16))
        self.assertIsNone(groups_on(device, Runner([]), 16))
        self.assertEqual(groups_on(device, Runner([]), 2), [KernelGroup(3, (0, 1))])

    def test_on_a_cpu_operators_have_the_median_of_their_runs_without_the_first(self) -> None:
        def run(*times: float) -> list[Any]:
            return [SimpleNamespace(name=f"aten::{index}", cpu_time_total=time) for index, time in enumerate(times)]

        runs = [run(900, 4000), run(7, 30), run(9), run(5, 10), run(6, 20)]
        with (
            mock.patch("eclip_torch.kernel_profile.operators", lambda _runner, count: runs[:count]),
            mock.patch("eclip_torch.kernel_profile.profile_file", lambda *of: {"kernels": of[-1]}),
        ):
            profile = profile_on_cpu(None, Runner([]), None, 1, 4)["profile"]  # type: ignore[arg-type]
        self.assertEqual([kernel["durationUs"]["1"] for kernel in profile["kernels"]], [6, 20])


if __name__ == "__main__":
    unittest.main()
