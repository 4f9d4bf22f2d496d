"""Kernels launched one by one on a fake GPU: on streams made ahead, and on masks made before each."""

from __future__ import annotations

import random
import unittest
from typing import Any
from unittest import mock

from eclip_torch.driver import DriverError
from eclip_torch.plan import KernelGroup

from .fake_cuda import KERNEL, MEMCPY, MEMSET, PRIMARY, FakeCuda
from .needs import HAS_TORCH, needs_torch
from .test_placement import make_device, make_graph, random_plan

if HAS_TORCH:
    import torch

    from eclip_torch import cuda
    from eclip_torch.placement import Launched, Rehomed, Remasked


@needs_torch
class SingleLaunchesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.library = FakeCuda()
        self.device = make_device(self.library)
        self.stream = self.device.driver.create_stream()
        self.draw = random.Random(9)

    def left(self) -> tuple[int, int, int, int, int]:
        library = self.library
        streams = len(library.streams) - 1
        return len(library.contexts), len(library.executables), len(library.events), streams, len(library.graphs)

    def log_of(self, plan: Any) -> list[tuple[int, int, int, int]]:
        self.library.log.clear()
        plan.run()
        return list(self.library.log)

    def kinds(self) -> list[int]:
        kinds = [self.draw.choice((KERNEL, KERNEL, KERNEL, MEMSET, MEMCPY)) for _ in range(self.draw.randint(1, 30))]
        return [*kinds, KERNEL, *[MEMSET] * self.draw.randint(0, 2)]

    def test_random_plans_run_the_same_kernels_in_the_same_places_as_one_graph(self) -> None:
        for _ in range(40):
            kinds = self.kinds()
            graph = make_graph(self.device, self.library, kinds)
            before = self.left()
            granules, _ = random_plan(self.draw, len(graph.kernel_nodes))
            whole = Rehomed(self.device, graph, "w", granules, [0] * len(granules), self.stream)
            launched = Launched(self.device, graph, "w", granules, self.stream)
            expected, found = self.log_of(whole), self.log_of(launched)
            self.assertEqual([one[:2] for one in found], [one[:2] for one in expected])
            kernels = [one for one in found if one[0] == KERNEL]
            self.assertEqual(kernels, [one for one in expected if one[0] == KERNEL])
            self.assertEqual(vars(launched.facts), vars(whole.facts))
            whole.discard()
            launched.discard()
            self.assertEqual(self.left(), before)

    def test_without_partitions_every_kernel_goes_to_the_workers_own_stream(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL, MEMSET, KERNEL])
        plan = Launched(self.device, graph, "w", None, self.stream)
        self.assertEqual({context for _, _, context, _ in self.log_of(plan)}, {PRIMARY})
        self.assertEqual((plan.facts.switches, plan.facts.partitions, len(self.library.contexts)), (0, 0, 0))

    def test_an_event_orders_kernels_only_where_the_stream_changes(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 4)
        plan = Launched(self.device, graph, "w", [(0,), (0,), (1,), (0,)], self.stream)
        self.library.order.clear()
        plan.run()
        _, first, second = self.library.streams
        self.assertEqual(
            self.library.order,
            [
                f"launch {first}",
                f"launch {first}",
                f"record {first}",
                f"follow {second}",
                f"launch {second}",
                f"record {second}",
                f"follow {first}",
                f"launch {first}",
                f"wait {first}",
            ],
        )

    def test_a_mask_is_made_before_every_kernel_and_destroyed_once_the_kernel_is_done(self) -> None:
        graph = make_graph(self.device, self.library, [MEMSET, KERNEL, KERNEL])
        before = self.left()
        plan = Remasked(self.device, graph, [(0,), (0,)])
        for _ in range(2):
            self.library.order.clear()
            contexts = [context for kind, _, context, _ in self.log_of(plan) if kind == KERNEL]
            self.assertEqual(len(set(contexts)), 2)
            words = [line.split()[0] for line in self.library.order]
            one = ["mask", "launch", "wait", "destroy"]
            self.assertEqual(words, ["mask", "launch", *one[1:], *one])
            self.assertEqual((len(self.library.contexts), len(self.library.streams)), (0, 1))
        self.assertEqual((plan.facts.switches, plan.facts.partitions), (0, 1))
        plan.discard()
        self.assertEqual(self.left(), before)

    def test_a_kernel_that_fails_leaves_no_mask_behind(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 2)
        plan = Remasked(self.device, graph, [(0,), (1,)])
        with (
            mock.patch.object(FakeCuda, "cuLaunchKernelEx", return_value=700),
            self.assertRaisesRegex(DriverError, "cuLaunchKernelEx: CUDA error 700"),
        ):
            plan.run()
        self.assertEqual((len(self.library.contexts), len(self.library.streams)), (0, 1))

    def test_a_plan_that_fails_gives_everything_back(self) -> None:
        graph = make_graph(self.device, self.library, [MEMSET, KERNEL, MEMSET, KERNEL])
        before = self.left()
        for name in ("cuGreenCtxStreamCreate", "cuGraphInstantiateWithFlags"):
            with mock.patch.object(FakeCuda, name, return_value=2), self.assertRaises(DriverError):
                Launched(self.device, graph, "w", [(0,), (1,)], self.stream)
            self.assertEqual(self.left(), before)

    def test_a_runner_launches_kernel_by_kernel_in_the_modes_that_say_so(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 2)
        self.device.can_rehome, self.device.check_granules = True, lambda _: None
        with mock.patch.object(torch.cuda, "ExternalStream", lambda _: None):
            runner = cuda.GraphRunner(self.device, "w", graph, 1, self.stream)
        masked = [KernelGroup(1, (0,)), KernelGroup(1, (1,))]
        kinds = {
            (mode, groups is None): type(runner.prepare(groups, mode))
            for mode in ("launches", "remask", "rehome")
            for groups in (masked, None)
        }
        self.assertEqual(
            kinds,
            {
                ("launches", False): Launched,
                ("launches", True): Launched,
                ("remask", False): Remasked,
                ("remask", True): Launched,
                ("rehome", False): Rehomed,
                ("rehome", True): Rehomed,
            },
        )
        whole = runner.prepare(None, "remask")
        self.assertEqual({context for _, _, context, _ in self.log_of(whole)}, {PRIMARY})

    def test_where_nodes_cannot_be_edited_a_kernel_is_a_graph_of_its_own_on_the_masked_stream(self) -> None:
        graph = make_graph(self.device, self.library, [MEMSET, KERNEL, KERNEL, MEMSET])
        graph._editable = False
        before = self.left()
        plan = Remasked(self.device, graph, [(0,), (1,)])
        self.assertEqual([kind for kind, _, _, _ in self.log_of(plan)], [MEMSET, KERNEL, KERNEL, MEMSET])
        words = [line.split()[0] for line in self.library.order if not line.startswith("wait")]
        self.assertEqual(words, ["mask", "launch", "destroy"] * 2)
        plan.discard()
        self.assertEqual(self.left(), before)

    def test_arguments_outlive_the_next_plan_of_the_same_graph(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL] * 3)
        plan = Launched(self.device, graph, "w", None, self.stream)
        with mock.patch.object(FakeCuda, "cuGraphKernelNodeSetParams_v2", self.edited):
            graph.home([PRIMARY] * 3)
        self.assertEqual([label for _, label, _, _ in self.log_of(plan)], [0, 1, 2])

    def edited(self, node: Any, _: Any) -> int:
        """Setting a node's parameters moves its arguments elsewhere."""
        self.library._node(node).label = 99
        return 0

    def test_a_kernel_of_much_shared_memory_is_allowed_to_have_it(self) -> None:
        self.library.shared_bytes = 200 << 10
        graph = make_graph(self.device, self.library, [KERNEL])
        self.assertEqual(len(self.log_of(Launched(self.device, graph, "w", [(0,)], self.stream))), 1)

    def test_a_kernel_of_no_library_cannot_be_launched_in_any_context(self) -> None:
        graph = make_graph(self.device, self.library, [KERNEL])
        before = self.left()
        with mock.patch.object(FakeCuda, "kernel", 0), self.assertRaisesRegex(DriverError, "no library kernel"):
            Remasked(self.device, graph, [(0,)])
        self.assertEqual(self.left(), before)
