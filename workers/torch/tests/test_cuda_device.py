"""The CUDA device on a fake driver: what hello says, and models that cannot be captured."""

from __future__ import annotations

import unittest
from contextlib import ExitStack, nullcontext
from types import SimpleNamespace
from typing import Any
from unittest import mock

from eclip_torch.driver import Driver
from eclip_torch.errors import WorkerError
from eclip_torch.plan import KernelGroup

from .fake_cuda import KERNEL, FakeCuda
from .needs import HAS_TORCH, needs_torch

if HAS_TORCH:
    import torch

    from eclip_torch import capture, cuda, kernel_profile
    from eclip_torch.runner import EAGER


CAPTURING = (
    "CUDA error: operation not permitted when stream is capturing\n"
    "CUDA kernel errors might be asynchronously reported at some other API call.\n"
    "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n"
)


class Reading:
    """Cannot be captured: it makes the host wait."""

    def __init__(self, library: FakeCuda) -> None:
        self.library = library

    def __call__(self, x: Any) -> Any:
        if self.library.capturing is not None:
            self.library.spoilt = True
            raise RuntimeError(CAPTURING)
        return x + 1



@needs_torch
class CopyInTest(unittest.TestCase):
    """Only launches on the same stream may follow a copy from the host without waiting for it."""

    def waits(self, is_cuda: bool, follows: bool) -> tuple[int, int]:
        """How often it waits for the caller's stream, and for its own."""
        driver, callers = mock.Mock(), mock.Mock()
        fakes = {
            "ExternalStream": lambda stream: stream,
            "stream": lambda _: nullcontext(),
            "current_stream": lambda: callers,
        }
        with (
            mock.patch.multiple(torch.cuda, **fakes),
            mock.patch.object(cuda, "copy_rows") as copied,
            mock.patch.object(cuda._CudaRunner, "launches_on_stream", follows),
        ):
            runner = cuda._CudaRunner(SimpleNamespace(driver=driver), "w", [], 1, 7)
            runner.copy_in([SimpleNamespace(is_cuda=is_cuda)], 1)
            copied.assert_called_once()
        return callers.synchronize.call_count, driver.synchronize.call_count

    def test_waits(self) -> None:
        self.assertEqual(self.waits(is_cuda=False, follows=True), (0, 0))
        self.assertEqual(self.waits(is_cuda=False, follows=False), (0, 1))
        self.assertEqual(self.waits(is_cuda=True, follows=True), (1, 1))


@needs_torch
class CudaDeviceTest(unittest.TestCase):
    def setUp(self) -> None:
        self.library = FakeCuda()
        stack = ExitStack()
        self.addCleanup(stack.close)
        fakes = {
            "init": mock.DEFAULT,
            "synchronize": mock.DEFAULT,
            "get_device_name": lambda _: "NVIDIA Fake",
            "ExternalStream": lambda stream: SimpleNamespace(synchronize=lambda: None, cuda_stream=stream),
            "stream": lambda _: nullcontext(),
        }
        stack.enter_context(mock.patch.multiple(torch.cuda, **fakes))
        stack.enter_context(mock.patch.object(cuda, "Driver", lambda: Driver(self.library)))
        stack.enter_context(mock.patch.object(cuda, "open_meter", lambda *_: None))
        stack.enter_context(mock.patch.object(cuda, "memsets_can_move", lambda _: True))
        stack.enter_context(mock.patch.object(cuda, "wrong_results", list))
        plain = torch.zeros
        stack.enter_context(mock.patch.object(torch, "zeros", lambda *shape, **_: plain(*shape)))

    def test_hello_names_the_gpu_and_its_granules(self) -> None:
        facts = cuda.CudaDevice().describe()
        self.assertEqual(facts["device"]["granules"], [8] * 15 + [12])
        self.assertEqual(facts["device"]["uuid"], "GPU-00010203-0405-0607-0809-0a0b0c0d0e0f")
        self.assertTrue(facts["features"]["partitions"] and facts["features"]["memsets"])

    def test_under_mps_hello_has_no_partitions_and_plans_are_refused(self) -> None:
        self.library.under_mps = True
        device = cuda.CudaDevice()
        facts = device.describe()
        self.assertEqual((facts["device"]["granules"], facts["device"]["cus"]), ([], 132))
        self.assertEqual({facts["features"][name] for name in ("partitions", "segments", "rehome", "memsets")}, {False})
        with self.assertRaises(WorkerError) as caught:
            device.check_granules([KernelGroup(1, (0,))])
        self.assertEqual(caught.exception.code, "plan-mismatch")
        self.assertEqual(self.library.splits, 0)

    def test_a_share_under_which_libraries_compute_wrong_is_refused_in_one_line(self) -> None:
        self.library.under_mps = True
        with (
            mock.patch.object(cuda, "wrong_results", lambda: ["1024x768x768 products of float16", "more"]),
            mock.patch.object(torch.cuda, "get_device_properties", lambda _: SimpleNamespace(multi_processor_count=52)),
            self.assertRaises(WorkerError) as caught,
        ):
            cuda.CudaDevice()
        self.assertEqual(caught.exception.code, "wrong-results")
        refusal = "computes 1024x768x768 products of float16 wrong on 52 SMs: take another share of MPS (eclip doctor says why it is told of no more)"
        self.assertIn(refusal, str(caught.exception))

    def test_without_mps_nothing_is_checked(self) -> None:
        with mock.patch.object(cuda, "wrong_results", side_effect=AssertionError):
            self.assertFalse(cuda.CudaDevice().is_under_mps)

    def test_nothing_is_checked_that_another_process_checks(self) -> None:
        self.library.under_mps = True
        with mock.patch.object(cuda, "wrong_results", side_effect=AssertionError):
            self.assertTrue(cuda.CudaDevice(results_checked=True).is_under_mps)

    def graph_runner(self, device: Any) -> Any:
        """A runner of a graph of two kernels."""
        raw = self.library.graph([KERNEL, KERNEL])
        captured = SimpleNamespace(raw_cuda_graph=lambda: raw)
        model: Any = SimpleNamespace(spec="tiny", module=lambda x: x, make_inputs=lambda _: [torch.zeros(1)])
        with (
            mock.patch.object(cuda, "capture_failure", lambda *_: None),
            mock.patch.object(capture, "capture", return_value=(captured, torch.zeros(1))),
        ):
            return device.make_runner("w", model, 1, device.driver.create_stream())

    def test_under_mps_launches_take_priorities(self) -> None:
        self.library.under_mps = True
        device = cuda.CudaDevice()
        runner = self.graph_runner(device)
        runner.set_levels(3)
        ran = []
        for level in (0, 2):
            self.library.log.clear()
            runner.run_at(level)
            ran.append([priority for *_, priority in self.library.log])
        self.assertEqual(ran, [[0, 0], [-2, -2]])

    def test_under_mps_a_plan_without_granules_gives_kernels_their_priorities(self) -> None:
        self.library.under_mps = True
        runner = self.graph_runner(cuda.CudaDevice())
        runner.commit(runner.prepare([KernelGroup(1, (), 3), KernelGroup(1, ())], None))
        self.library.log.clear()
        runner.run()
        self.assertEqual([priority for *_, priority in self.library.log], [-3, 0])
        with self.assertRaises(WorkerError):
            runner.prepare([KernelGroup(2, (), 3), KernelGroup(1, ())], None)
        runner.commit(runner.prepare([KernelGroup(3, (), 3)], None))
        self.library.log.clear()
        runner.run()
        self.assertEqual([priority for *_, priority in self.library.log], [-3, -3])
        self.assertEqual(self.library.splits, 0)

    def test_only_a_graph_on_the_stream_of_the_copies_is_left_running_until_outputs_are_copied(self) -> None:
        device = cuda.CudaDevice()
        runner = self.graph_runner(device)
        runner.set_levels(2)
        waits = []
        for mode in ("rehome", "launches"):
            runner.commit(runner.prepare([KernelGroup(2, (0,))], mode))
            for step in (lambda: runner.start_at(0), lambda: runner.start_at(1), lambda: runner.copy_out([], 0)):
                self.library.log.clear()
                with mock.patch.object(device.driver, "synchronize") as waited:
                    step()
                waits.append((len(self.library.log), waited.call_count))
        self.assertEqual(waits, [(2, 0), (2, 0), (0, 1), (2, 1), (2, 0), (0, 1)])

    def test_a_model_that_cannot_be_captured_runs_eagerly_on_its_partition(self) -> None:
        device = cuda.CudaDevice()
        model: Any = SimpleNamespace(
            spec="reading", module=Reading(self.library), make_inputs=lambda _: [torch.zeros(1)]
        )
        runner = device.make_runner("w", model, 1, device.driver.create_stream())
        self.assertEqual((runner.mode, runner.kernels), (EAGER, 0))
        self.assertEqual(runner.reason, "CUDA error: operation not permitted when stream is capturing")
        self.assertIsNone(self.library.capturing)
        runner.commit(runner.prepare([KernelGroup(1, (0, 1))], None))
        runner.run()
        self.assertEqual(runner.outputs[0].tolist(), [1.0])
        self.assertEqual(len(self.library.contexts), 1)
        with mock.patch.object(device.driver, "create_stream", wraps=device.driver.create_stream) as made:
            runner.commit(runner.prepare([KernelGroup(1, (), 2)], None))
            made.assert_called_once_with(-2)
        self.assertEqual(len(self.library.contexts), 0)
        runner.close()
        self.assertEqual(len(self.library.contexts), 0)


@needs_torch
class KernelOrderTest(unittest.TestCase):
    """Traced kernels find their nodes; a trace that does not hold the graph's kernels is one clear line."""

    SHAPES = (([1, 1, 1], [32, 1, 1]), ([2, 1, 1], [32, 1, 1]))

    def times(self, grids: list[int]) -> Any:
        kernels = [{"name": "k", "grid": [grid, 1, 1], "block": [32, 1, 1]} for grid in grids]
        return SimpleNamespace(kernels=kernels, durations_us=[float(grid) for grid in grids])

    def ordered(self, grids: list[int]) -> Any:
        with mock.patch.object(kernel_profile, "kernel_times", return_value=[self.times(grids)]):
            return kernel_profile.ordered_times(None, [None], 5, self.SHAPES)[0]

    def test_kernels_are_put_in_node_order(self) -> None:
        self.assertEqual(self.ordered([2, 1])[1], [1, 0])

    def test_a_trace_of_other_kernels_is_refused(self) -> None:
        with self.assertRaisesRegex(
            WorkerError, r"k, grid \[3, 1, 1\], block \[32, 1, 1\] \(2 traced, 2 in the graph\)"
        ):
            self.ordered([1, 3])

    def test_a_trace_that_lacks_kernels_is_refused(self) -> None:
        with self.assertRaisesRegex(WorkerError, r"lacks kernels of the graph \(1 traced, 2 in the graph\)"):
            self.ordered([1])


class GraphOfTwo:
    """A runner of two kernels, each of which takes 120 µs over the granules that it has."""

    mode, kernels, other_nodes = "graph", 2, 0

    def __init__(self, log: list[Any]) -> None:
        self.latency_us: dict[int, float] = {}
        self._log = log
        self.graph = SimpleNamespace(
            launch_shapes=lambda: KernelOrderTest.SHAPES,
            memsets_before=lambda: [0, 0],
            cluster_blocks=lambda: [1, 2],
            dependencies=lambda: [[], [0]],
        )

    def prepare(self, groups: Any, _: Any) -> Any:
        granules = 4 if groups is None else len(groups[0].granules)
        return SimpleNamespace(granules=granules, discard=lambda: self._log.append("discard"))

    def time_ms(self, plan: Any, count: int) -> list[float]:
        self._log.append((plan.granules, count))
        return [60.0 / plan.granules] * count

    def launch(self, plan: Any) -> None:
        self._log.append(plan.granules)


@needs_torch
class GraphProfileTest(unittest.TestCase):
    """The profile of a graph on 1, 2 and 4 granules of 8 SMs."""

    def setUp(self) -> None:
        self.log: list[Any] = []
        self.runners = {batch: GraphOfTwo(self.log) for batch in (1, 8)}
        partitioner = SimpleNamespace(granule_count=4, sms_of=lambda granules: 8 * len(granules))
        facts = {"device": {"name": "gpu"}, "versions": {}}
        self.device: Any = SimpleNamespace(kind="cuda", partitioner=partitioner, describe=lambda: facts)

    def trace(self, launch: Any, *_: Any) -> list[dict[str, Any]]:
        """What a profiler would see of the launches."""
        before = len(self.log)
        launch()
        events = []
        for ts, granules in enumerate(self.log[before:]):
            for index, (grid, block) in enumerate(KernelOrderTest.SHAPES):
                args = {"grid": grid, "block": block}
                dur = 120 / granules + index
                events.append({"cat": "kernel", "name": "k", "ts": 1000 * ts + index, "dur": dur, "args": args})
        return events

    def profile(self, batch: int) -> Any:
        model: Any = SimpleNamespace(name="two", request=SimpleNamespace(dtype="float16"), recipe=dict)
        with mock.patch.object(kernel_profile, "trace", self.trace):
            answer = kernel_profile.profile_runner(self.device, self.runners, model, batch, [1, 2], 3)
        return answer["profile"]

    def test_each_size_has_its_own_times_out_of_one_trace(self) -> None:
        profile = self.profile(1)
        self.assertEqual(
            [kernel["durationUs"] for kernel in profile["kernels"]],
            [{"8": 120, "16": 60, "32": 30}, {"8": 121, "16": 61, "32": 31}],
        )
        self.assertEqual(profile["latencyUs"], {"8": 60000, "16": 30000, "32": 15000})
        self.assertEqual([kernel.get("clusterBlocks") for kernel in profile["kernels"]], [None, 2])

    def test_latencies_of_all_batch_sizes_are_taken_before_the_first_trace(self) -> None:
        self.profile(1)
        self.profile(8)
        timed = [index for index, entry in enumerate(self.log) if isinstance(entry, tuple)]
        launched = [index for index, entry in enumerate(self.log) if isinstance(entry, int)]
        self.assertEqual(len(timed), 2 * 2 * 3)
        self.assertLess(timed[-1], launched[0])

    def test_slow_requests_are_timed_less_often(self) -> None:
        self.profile(1)
        counts = [entry for entry in self.log if isinstance(entry, tuple)]
        self.assertEqual(counts[1:6:2], [(1, 5), (2, 8), (4, 15)])

    def test_every_plan_is_given_back(self) -> None:
        self.profile(1)
        self.assertEqual(self.log.count("discard"), 2 * 3 + 3)
