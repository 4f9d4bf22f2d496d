"""Trials, plans and records, without a GPU."""

from __future__ import annotations

import random
import unittest
from itertools import islice, pairwise

from eclip_torch.loop import LoopResult
from eclip_torch.plan import KernelGroup, expand, switches

from h200 import mixes, plans, record, trials
from h200.plans import GRANULES, Kernels, cheapest_sizes, compress, shorter_first, window

KERNELS = [Kernels({2: [9.0] * 300, 16: [float(1 + index % 20) for index in range(300)]}) for _ in range(3)]


class Plans(unittest.TestCase):
    def test_every_plan_places_every_kernel_on_the_device(self) -> None:
        for trial in [*islice(trials.further("mix", KERNELS), 30), *islice(trials.varied("mix", KERNELS), 30)]:
            self.assertEqual(len(trial.groups), len(KERNELS))
            for groups in trial.groups:
                granules, priorities = expand(groups)
                self.assertEqual(len(granules), 300, trial.plan)
                self.assertTrue(all(one and set(one) <= set(range(GRANULES)) for one in granules), trial.plan)
                self.assertTrue(all(0 <= level < 6 for level in priorities), trial.plan)

    def test_plans_repeat_for_the_same_seed(self) -> None:
        for make in (trials.further, trials.varied):
            first, second = ([trial.groups for trial in islice(make("mix", KERNELS), 20)] for _ in range(2))
            self.assertEqual(first, second)

    def test_unequal_parts_are_disjoint_and_leave_nothing(self) -> None:
        for workers in (2, 3, 4):
            parts = plans.unequal(workers, random.Random(workers))
            self.assertEqual(sorted(granule for part in parts for granule in part), list(range(GRANULES)))

    def test_groups_are_as_long_as_asked(self) -> None:
        for groups in plans.grouped(KERNELS, 50, 150, plans.none(KERNELS), random.Random(1)):
            self.assertLessEqual(len(groups), 6)
            self.assertTrue(all(group.kernels >= 50 for group in groups[:-1]))
            self.assertTrue(all(a.granules != b.granules for a, b in pairwise(groups)))
            self.assertLessEqual(len({group.granules for group in groups}), plans.WINDOWS_EACH)

    def test_no_mix_is_named_twice_and_batches_are_those_of_the_profiles(self) -> None:
        for names in (mixes.VARIED, mixes.FURTHER, mixes.HELD_OUT):
            self.assertEqual(len(names), len(set(names)))
            self.assertTrue(all(batch in (1, 8, 32) for mix in names for _, batch in mixes.members(mix)))


class Groups(unittest.TestCase):
    GROUPS = (KernelGroup(3, (0, 1), 2), KernelGroup(1, (0, 1), 0), KernelGroup(2, (4,), 0))

    def test_compress_undoes_expand(self) -> None:
        self.assertEqual(compress(*expand(self.GROUPS)), list(self.GROUPS))
        self.assertEqual(switches(expand(self.GROUPS)[0]), 1)

    def test_windows_wrap(self) -> None:
        self.assertEqual(window(14, 4), (0, 1, 14, 15))
        self.assertEqual(window(3, 99, 4), (0, 1, 2, 3))

    def test_shorter_kernels_come_first(self) -> None:
        self.assertEqual(shorter_first([1, 4, 5, 20], (4, 8, 16)), [3, 3, 2, 0])

    def test_cheapest_sizes_weigh_a_switch(self) -> None:
        cost = {0: {1: 1.0, 2: 5.0}, 1: {1: 5.0, 2: 1.0}}
        self.assertEqual(cheapest_sizes([0, 1], (1, 2), lambda k, n: cost[k][n], 2.0), [1, 2])
        self.assertEqual(len(set(cheapest_sizes([0, 1], (1, 2), lambda k, n: cost[k][n], 9.0))), 1)

    def test_groups_of_a_point_are_read_in_its_form_and_the_earlier_one(self) -> None:
        self.assertEqual(record.decode({"groups": record.encode(self.GROUPS)}), list(self.GROUPS))
        runs = [[3, [0, 1], 2], [1, [0, 1]], [2, [4], 0]]
        self.assertEqual(record.decode({"runs": runs}), list(self.GROUPS))


class Records(unittest.TestCase):
    def test_equal_members_are_replicas(self) -> None:
        self.assertEqual(mixes.replicas("a/8+b/8+a/8"), [("a", 0, 8), ("b", 0, 8), ("a", 1, 8)])

    def test_a_point_holds_rates_over_those_alone(self) -> None:
        result = LoopResult(2.0, [[0.01] * 100, [0.02] * 50], [50.0, 25.0], 400.04, 2.0)
        groups = [[KernelGroup(3, (0, 1), 2)], [KernelGroup(4, (2,))]]
        one = record.point("a/8+b/32", "test", groups, result, {("a", 8): 100.0, ("b", 32): 50.0}, [None, 30.0])
        self.assertEqual(record.weighted_speedup(one), 1.0)
        self.assertEqual(one["powerW"], 400.0)
        first, second = one["workers"]
        self.assertEqual(first["groups"], [{"kernels": 3, "granules": [0, 1], "priority": 2}])
        self.assertEqual(second["groups"], [{"kernels": 4, "granules": [2], "priority": 0}])
        self.assertEqual((first["p95Ms"], "load" in first), (10.0, False))
        self.assertEqual(second["load"], {"poisson": 30.0})


if __name__ == "__main__":
    unittest.main()
