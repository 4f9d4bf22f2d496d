"""Trials, plans and records, without a GPU."""

from __future__ import annotations

import random
import unittest
from itertools import islice, pairwise

from eclip_torch.loop import LoopResult
from eclip_torch.plan import Run, expand

from h200 import mixes, plans, record, trials
from h200.plans import GROUPS, Kernels

KERNELS = [Kernels({2: [9.0] * 300, 16: [float(1 + index % 20) for index in range(300)]}) for _ in range(3)]


class Plans(unittest.TestCase):
    def test_every_plan_places_every_kernel_on_the_device(self) -> None:
        for trial in [*islice(trials.further("mix", KERNELS), 30), *islice(trials.varied("mix", KERNELS), 30)]:
            self.assertEqual(len(trial.runs), len(KERNELS))
            for runs in trial.runs:
                groups, priorities = expand(runs)
                self.assertEqual(len(groups), 300, trial.plan)
                self.assertTrue(all(one and set(one) <= set(range(GROUPS)) for one in groups), trial.plan)
                self.assertTrue(all(0 <= level < 6 for level in priorities), trial.plan)

    def test_plans_repeat_for_the_same_seed(self) -> None:
        for make in (trials.further, trials.varied):
            first, second = ([trial.runs for trial in islice(make("mix", KERNELS), 20)] for _ in range(2))
            self.assertEqual(first, second)

    def test_unequal_parts_are_disjoint_and_leave_nothing(self) -> None:
        for workers in (2, 3, 4):
            parts = plans.unequal(workers, random.Random(workers))
            self.assertEqual(sorted(group for part in parts for group in part), list(range(GROUPS)))

    def test_groups_are_as_long_as_asked(self) -> None:
        for runs in plans.grouped(KERNELS, 50, 150, plans.none(KERNELS), random.Random(1)):
            self.assertLessEqual(len(runs), 6)
            self.assertTrue(all(run.count >= 50 for run in runs[:-1]))
            self.assertTrue(all(a.groups != b.groups for a, b in pairwise(runs)))
            self.assertLessEqual(len({run.groups for run in runs}), plans.WINDOWS_EACH)

    def test_no_mix_is_named_twice_and_batches_are_those_of_the_profiles(self) -> None:
        for names in (mixes.VARIED, mixes.FURTHER, mixes.HELD_OUT):
            self.assertEqual(len(names), len(set(names)))
            self.assertTrue(all(batch in (1, 8, 32) for mix in names for _, batch in mixes.members(mix)))


class Records(unittest.TestCase):
    def test_equal_members_are_replicas(self) -> None:
        self.assertEqual(mixes.replicas("a/8+b/8+a/8"), [("a", 0, 8), ("b", 0, 8), ("a", 1, 8)])

    def test_a_point_holds_rates_over_those_alone(self) -> None:
        result = LoopResult(2.0, [[0.01] * 100, [0.02] * 50], [50.0, 25.0], 400.04, 2.0)
        runs = [[Run(3, (0, 1), 2)], [Run(4, (2,))]]
        one = record.point("a/8+b/32", "test", runs, result, {("a", 8): 100.0, ("b", 32): 50.0}, [None, 30.0])
        self.assertEqual(record.weighted_speedup(one), 1.0)
        self.assertEqual(one["powerW"], 400.0)
        first, second = one["workers"]
        self.assertEqual((first["runs"], second["runs"]), ([[3, [0, 1], 2]], [[4, [2]]]))
        self.assertEqual((first["p95Ms"], "load" in first), (10.0, False))
        self.assertEqual(second["load"], {"poisson": 30.0})


if __name__ == "__main__":
    unittest.main()
