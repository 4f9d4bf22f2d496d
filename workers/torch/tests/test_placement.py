"""Plans on a fake GPU: every kernel once, in order, on its partition, and nothing left behind."""

from __future__ import annotations

import random
import unittest
from types import SimpleNamespace
from typing import Any
from unittest import mock

from eclip_torch.driver import Driver, DriverError
from eclip_torch.partition import Partitioner, PartitionPool

from .fake_cuda import KERNEL, MEMCPY, MEMSET, PRIMARY, FakeCuda
from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    from eclip_torch import capture, nodes
    from eclip_torch.cuda import partitions_work, shares_context
    from eclip_torch.placement import EagerPlacement, Rehomed, Segments, stretches
    from eclip_torch.rocm import mask_words

LEVELS = 6
STREAM = 77


def make_device(library: FakeCuda) -> Any:
    driver = Driver(library)
    partitioner = Partitioner(driver)
    pool = PartitionPool(partitioner)
    return SimpleNamespace(driver=driver, partitioner=partitioner, pool=pool, context=PRIMARY, levels=LEVELS)


def make_graph(device: Any, library: FakeCuda, kinds: list[int], home_memsets: bool = True) -> Any:
    raw = library.graph(kinds)
    captured = SimpleNamespace(raw_cuda_graph=lambda: raw)
    with mock.patch.object(capture, "capture", return_value=(captured, None)):
        return capture.CapturedGraph(device.driver, None, [], 0, home_memsets)


def random_plan(draw: random.Random, kernels: int) -> tuple[list[tuple[int, ...]], list[int]]:
    granules: list[tuple[int, ...]] = []
    while len(granules) < kernels:
        chosen = tuple(sorted(draw.sample(range(16), draw.randint(1, 16))))
        granules += [chosen] * draw.randint(1, 5)
    return granules[:kernels], [draw.randrange(LEVELS + 2) for _ in range(kernels)]


@needs_torch
class PlacementTest(unittest.TestCase):
    def setUp(self) -> None:
        self.library = FakeCuda()
        self.device = make_device(self.library)
        self.draw = random.Random(5)

    def kinds(self) -> list[int]:
        return [self.draw.choice((KERNEL, KERNEL, KERNEL, MEMSET)) for _ in range(self.draw.randint(1, 40))] + [KERNEL]

    def test_random_plans_rehomed_and_segmented_run_the_same_kernels_in_the_same_places(self) -> None:
        for _ in range(60):
            graph = make_graph(self.device, self.library, self.kinds())
            granules, priorities = random_plan(self.draw, len(graph.kernel_nodes))
            plans: list[Any] = [
                Rehomed(self.device, graph, "w", granules, priorities, STREAM),
                Segments(self.device, graph, "w", granules, priorities),
            ]
            homes = {one: self.device.pool.acquire("w", one).context for one in set(granules)}
            logs = []
            for plan in plans:
                self.library.log.clear()
                plan.run()
                logs.append(list(self.library.log))
                self.assertEqual(plan.facts.partitions, len(set(granules)))
                self.assertEqual(plan.facts.switches, len(stretches(granules)) - 1)
            self.assertEqual(logs[0], logs[1])
            ran = [(context, priority) for kind, _, context, priority in logs[0] if kind == KERNEL]
            expected = [(homes[one], -min(level, LEVELS - 1)) for one, level in zip(granules, priorities)]
            self.assertEqual(ran, expected)
            self.assertEqual([label for kind, label, _, _ in logs[0] if kind == KERNEL], list(range(len(granules))))
            for plan in plans:
                plan.discard()
            for one in set(granules):
                self.device.pool.release("w", one)
            self.assertEqual(self.left(), (0, 0, 0, 0))

    def left(self) -> tuple[int, int, int, int]:
        library = self.library
        return len(library.contexts), len(library.executables), len(library.events), len(library.streams)

    def test_segments_follow_each_other_by_events_only_where_the_stream_changes(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 5)
        plan = Segments(self.device, graph, "w", [(0,), (0,), (1,), (0,), (1,)], [0] * 5)
        self.library.order.clear()
        plan.run()
        first, second = self.library.streams
        self.assertEqual(
            self.library.order,
            [
                f"launch {first}",
                f"record {first}",
                f"follow {second}",
                f"launch {second}",
                f"record {second}",
                f"follow {first}",
                f"launch {first}",
                f"record {first}",
                f"follow {second}",
                f"launch {second}",
                f"wait {second}",
            ],
        )

    def test_the_next_plan_may_be_made_while_the_last_runs_and_outlives_it(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL, MEMSET, KERNEL])
        first = Rehomed(self.device, graph, "w", [(0,), (1,)], [0, 0], STREAM)
        second = Rehomed(self.device, graph, "w", [(1,), (2,)], [0, 0], STREAM)
        first.run()
        first.discard()
        second.run()
        second.discard()
        whole = Rehomed(self.device, graph, "w", None, [0, 0], STREAM)
        self.library.log.clear()
        whole.run()
        self.assertEqual({context for _, _, context, _ in self.library.log}, {PRIMARY})

    def test_a_graph_is_left_where_it_was_captured(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL, MEMSET, KERNEL])
        for make in (
            lambda: Rehomed(self.device, graph, "w", [(0,), (1,)], [0, 0], STREAM),
            lambda: Segments(self.device, graph, "w", [(0,), (1,)], [0, 0]),
        ):
            make()
            (raw,) = self.library.graphs.values()
            self.assertEqual({node.context for node in raw.nodes.values()}, {PRIMARY})

    def test_an_eager_model_has_the_priority_of_its_plan_or_the_highest_of_the_device(self) -> None:
        asked: list[int] = []
        partitioner = SimpleNamespace(create_stream=lambda _, priority: asked.append(priority) or 1)
        driver = SimpleNamespace(create_stream=lambda priority: asked.append(priority) or 2)
        device = SimpleNamespace(driver=driver, partitioner=partitioner, pool=self.device.pool, levels=LEVELS)
        with mock.patch("torch.cuda.ExternalStream", lambda stream: stream):
            for granules, priority in (((0,), 2), ((0,), 9), ((), 5), ((), 9)):
                made = EagerPlacement(device, "w", granules, priority, STREAM)
                self.assertEqual(made.external, 1 if granules else 2)
            self.assertEqual(asked, [-2, -5, -5, -5])
            self.assertEqual(EagerPlacement(device, "w", (), 0, STREAM).external, STREAM)

    def test_workers_never_share_a_context(self) -> None:
        one = self.device.pool.acquire("a", (0, 1))
        other = self.device.pool.acquire("b", (1, 0))
        self.assertNotEqual(one.context, other.context)
        self.assertEqual(self.device.pool.acquire("a", (1, 0, 0)), one)
        self.assertEqual((one.sms, self.device.partitioner.sms_of(range(16))), (16, 132))

    def test_a_plan_that_fails_gives_everything_back(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 3)
        for make in (
            lambda: Rehomed(self.device, graph, "w", [(0,), (1,), (2,)], [0] * 3, STREAM),
            lambda: Segments(self.device, graph, "w", [(0,), (1,), (2,)], [0] * 3),
        ):
            with mock.patch.object(FakeCuda, "cuGraphInstantiateWithFlags", return_value=912):
                with self.assertRaises(DriverError) as caught:
                    make()
                self.assertEqual(caught.exception.code, 912)
            self.assertEqual(self.left(), (0, 0, 0, 0))

    def others_run_in(self, graph: Any) -> tuple[list[int], list[int]]:
        """Contexts of all nodes but kernels under a plan of two partitions, and of those partitions."""
        plan = Rehomed(self.device, graph, "w", [(0,), (1,)], [0, 0], STREAM)
        homes = [self.device.pool.acquire("w", one).context for one in ((0,), (1,))]
        self.library.log.clear()
        plan.run()
        return [context for kind, _, context, _ in self.library.log if kind != KERNEL], homes

    def test_memsets_and_copies_go_with_the_next_kernel_or_stay(self) -> None:
        for home_memsets in (True, False):
            graph = make_graph(self.device, self.library, [MEMSET, KERNEL, MEMCPY, KERNEL, MEMSET], home_memsets)
            contexts, homes = self.others_run_in(graph)
            self.assertEqual(contexts, [homes[0], homes[1], homes[1]] if home_memsets else [PRIMARY] * 3)

    def test_a_copy_that_the_driver_will_not_move_stays(self) -> None:
        graph = make_graph(self.device, self.library, [MEMSET, KERNEL, MEMCPY, KERNEL])
        self.library.fixed = {list(self.library.graphs[max(self.library.graphs)].nodes)[2]}
        contexts, homes = self.others_run_in(graph)
        self.assertEqual((contexts, graph.fixed_nodes), ([homes[0], PRIMARY], 1))

    def test_dependencies_look_through_other_nodes(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL, MEMSET, KERNEL, KERNEL])
        self.assertEqual(graph.dependencies(), [[], [0], [1]])
        branches = [(1, 2, 0), (1, 3, 0), (2, 4, 0), (3, 4, 0), (4, 5, 0)]
        self.assertEqual(nodes.kernel_dependencies([1, 2, 3, 4, 5], [1, 2, 3, 5], branches), [[], [0], [0], [1, 2]])

    def test_the_gpu_is_split_only_when_a_partition_is_needed(self) -> None:
        self.assertEqual((self.device.partitioner.total_sms, self.library.splits), (132, 0))
        self.device.pool.acquire("w", (0, 15))
        self.assertEqual(self.device.partitioner.sms_by_granule, [8] * 15 + [12])
        self.assertEqual(self.library.splits, 1)

    def test_under_mps_nothing_is_split(self) -> None:
        self.assertTrue(partitions_work(self.device.partitioner))
        shared = FakeCuda()
        shared.under_mps = True
        device = make_device(shared)
        self.assertTrue(shares_context(device.driver))
        self.assertFalse(partitions_work(device.partitioner))

    def test_a_driver_that_does_not_split_is_no_failure(self) -> None:
        with mock.patch.object(FakeCuda, "cuDevSmResourceSplitByCount", return_value=915):
            self.assertFalse(partitions_work(self.device.partitioner))

    def test_a_capture_that_fails_is_ended_and_says_why(self) -> None:
        def spoil() -> None:
            self.library.spoilt = True
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing\nmore")

        before = len(self.library.graphs)
        reason = capture.try_capture(self.device.driver, spoil, STREAM)
        self.assertEqual(reason, "CUDA error: operation not permitted when stream is capturing")
        self.assertIsNone(self.library.capturing)

        def spoil_silently() -> None:
            self.library.spoilt = True

        reason = capture.try_capture(self.device.driver, spoil_silently, STREAM)
        self.assertIn("cuStreamEndCapture: CUDA error 901", str(reason))
        self.assertIsNone(capture.try_capture(self.device.driver, lambda: None, STREAM))
        self.assertEqual((self.library.capturing, len(self.library.graphs)), (None, before))

    def test_random_numbers_are_left_to_pytorchs_own_capture(self) -> None:
        def draw() -> None:
            raise RuntimeError("Attempt to increase offset for a CUDA generator not in capture mode.")

        self.assertIsNone(capture.try_capture(self.device.driver, draw, STREAM))
        self.assertIsNone(self.library.capturing)

    def test_memory_that_runs_out_in_a_capture_is_no_reason_to_run_eagerly(self) -> None:
        def exhaust() -> None:
            raise RuntimeError("CUDA out of memory.")

        with self.assertRaises(RuntimeError):
            capture.try_capture(self.device.driver, exhaust, STREAM)
        self.assertIsNone(self.library.capturing)

    def test_profiles_name_memsets_and_clusters(self) -> None:
        graph = make_graph(self.device, self.library, [MEMSET, MEMSET, KERNEL, KERNEL, MEMSET, KERNEL, MEMSET])
        self.assertEqual(graph.memsets_before(), [2, 0, 1])
        self.assertEqual(graph.cluster_blocks(), [1, 1, 2])

    def test_masks_for_rocm(self) -> None:
        self.assertEqual(mask_words((0, 1, 31, 32, 59), 60), [0x80000003, 0x08000001])
        self.assertEqual(mask_words((), 60), [0, 0])
