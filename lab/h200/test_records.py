"""From a measurement to a file of data/measured: cards, their records and packaging, on a rig without a GPU."""

from __future__ import annotations

import gzip
import json
import tempfile
import unittest
from contextlib import redirect_stdout
from io import StringIO
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from eclip_torch.loop import LoopResult
from eclip_torch.plan import KernelGroup

from h200 import package
from h200.card import FAILURES_ALLOWED, Card
from h200.output import Output, read_lines
from h200.trials import PLAIN, Trial

EVERYTHING = tuple(range(16))
GROUPS = [[KernelGroup(3, EVERYTHING)], [KernelGroup(4, (0, 1), 2)]]


class FakeRig:
    """Graphs of 3 and 4 kernels, with 100 requests/s alone and half of that together."""

    def __init__(self) -> None:
        self.uuid = "GPU-0123456789"
        self.meter = None
        self.partitioner = SimpleNamespace(everything=EVERYTHING)
        self.graphs = {
            (model, 0, 8): SimpleNamespace(kernel_nodes=[0] * kernels, other_nodes=0)
            for model, kernels in (("a", 3), ("b", 4))
        }
        self.plans: list[Any] = []
        self.released = 0
        self.failures: list[str] = []

    def measure(self, graphs: list[Any], plans: list[Any], seconds: float, rates: Any = None) -> LoopResult:
        self.plans.append(plans)
        rate = 100.0 / len(graphs)
        return LoopResult(seconds, [[0.01] * 10] * len(graphs), [rate] * len(graphs), 300.04, 2.0, self.failures)

    def release(self) -> None:
        self.released += 1


class Cards(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.rig = FakeRig()
        self.card = Card(self.rig, Output(self.folder / "raw"))  # type: ignore[arg-type]
        silence = redirect_stdout(StringIO())
        silence.__enter__()
        self.addCleanup(silence.__exit__, None, None, None)

    def alone(self) -> None:
        self.card.solo("begin", [("a", 0, 8), ("b", 0, 8), ("b", 1, 8), ("missing", 0, 8)], None, 0.5)

    def test_replicas_and_missing_graphs_are_not_measured_alone(self) -> None:
        self.alone()
        self.assertEqual(self.card.solo_rps, {("a", 8): 100.0, ("b", 8): 100.0})
        self.assertEqual(self.rig.plans, [[None], [None]])

    def test_plain_streams_run_without_partitions_and_still_record_their_groups(self) -> None:
        self.alone()
        self.card.together("points", "a/8+b/8", Trial(PLAIN, GROUPS, 2.0), None, {"again": 7})
        self.assertEqual(self.rig.plans[-1], [None, None])
        [point] = read_lines(self.folder / "raw", "points")
        self.assertEqual([worker["rps"] for worker in point["workers"]], [50.0, 50.0])
        everywhere = [{"kernels": 3, "granules": [*EVERYTHING], "priority": 0}]
        self.assertEqual((point["card"], point["again"]), ("01234567", 7))
        self.assertEqual(point["workers"][0]["groups"], everywhere)

    def test_a_mix_that_keeps_failing_is_dropped_and_the_others_go_on(self) -> None:
        tried: list[str] = []

        def measure(mix: str, _: Trial) -> None:
            tried.append(mix)
            if mix == "bad":
                raise RuntimeError("no")

        trial = Trial("windows", GROUPS)
        with patch("h200.card.elapsed", lambda: len(tried)):
            self.card.in_turn({"bad": cycle([trial]), "good": cycle([trial])}, measure, 20)
        self.assertEqual(tried.count("bad"), FAILURES_ALLOWED)
        self.assertEqual(self.rig.released, FAILURES_ALLOWED)
        self.assertEqual(tried.count("good"), 21 - FAILURES_ALLOWED)

    def test_a_failed_worker_leaves_no_point(self) -> None:
        self.alone()
        self.rig.failures = ["worker 0: out of memory"]
        with self.assertRaisesRegex(RuntimeError, "out of memory"):
            self.card.together("points", "a/8+b/8", Trial("windows", GROUPS, 2.0), None, {})
        self.assertEqual(read_lines(self.folder / "raw", "points"), [])

    def test_a_run_becomes_a_file_of_points(self) -> None:
        self.alone()
        self.card.together("points", "a/8+b/8", Trial("windows", GROUPS, 2.0), [None, 30.0], {})
        self.card.out.write("versions", {"torch": "2", "cuda": "13", "driver": "580"})
        arguments = ["package", "held-out", str(self.folder / "out"), "2026-01-01", str(self.folder / "raw")]
        with patch("sys.argv", arguments):
            self.assertEqual(package.main(), 0)
        file = self.folder / "out" / "points" / "h200-held-out-mixes.json.gz"
        made = json.loads(gzip.decompress(file.read_bytes()))
        self.assertEqual(
            (made["format"], made["memsets"], made["versions"]["torch"]), ("eclip.points/2", "rehomed", "2")
        )
        self.assertEqual([one["powerW"] for one in made["solo"]], [300.0, 300.0])
        [point] = made["points"]
        self.assertNotIn("at", point)
        self.assertEqual(point["workers"][1]["load"], {"poisson": 30.0})
        self.assertEqual(point["workers"][1]["groups"], [{"kernels": 4, "granules": [0, 1], "priority": 2}])


if __name__ == "__main__":
    unittest.main()
