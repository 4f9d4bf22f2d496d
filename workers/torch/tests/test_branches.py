"""Dependencies of a graph as the parallel stretches of a profile."""

from __future__ import annotations

import random
import unittest

from eclip_torch.branches import parallel_stretches


def graph(before: int, chain: int, lanes: int, chains: int, behind: int) -> list[list[int]]:
    """A chain, a stretch whose chains are dealt to lanes, and a chain again."""
    after = [[index - 1] if index else [] for index in range(before)]
    lane_ends = [before - 1] * lanes
    for number in range(chains):
        for step in range(chain):
            after.append([len(after) - 1] if step else [lane_ends[number % lanes]])
        lane_ends[number % lanes] = len(after) - 1
    for step in range(behind):
        after.append([len(after) - 1] if step else sorted({before - 1, *lane_ends}))
    return after


class BranchesTest(unittest.TestCase):
    def test_a_chain_has_none(self) -> None:
        self.assertEqual(parallel_stretches([[], [0], [1], [2]]), [])
        self.assertEqual(parallel_stretches([[]]), [])

    def test_random_stretches_are_found(self) -> None:
        draw = random.Random(2)
        for _ in range(200):
            before, chain, lanes = draw.randint(1, 5), draw.randint(1, 4), draw.randint(2, 8)
            chains = draw.randint(lanes, 40)
            after = graph(before, chain, lanes, chains, draw.randint(1, 4))
            wanted = {"first": before, "count": chains * chain, "chain": chain, "lanes": lanes}
            self.assertEqual(parallel_stretches(after), [wanted])

    def test_several_stretches(self) -> None:
        one = graph(3, 3, 8, 32, 4)
        both = one + [[wait + len(one) for wait in waits] or [len(one) - 1] for waits in graph(2, 3, 8, 32, 1)]
        found = parallel_stretches(both) or []
        self.assertEqual([(part["first"], part["count"]) for part in found], [(3, 96), (len(one) + 2, 96)])

    def test_branches_of_another_form_are_not_forced_into_one(self) -> None:
        unequal = [[], [0], [0], [2], [1, 3]]
        self.assertIsNone(parallel_stretches(unequal))
        never_joined = [[], [0], [0], [2]]
        self.assertIsNone(parallel_stretches(never_joined))
