"""Plans, loops, energy windows, frames and traces: no PyTorch, no GPU."""

from __future__ import annotations

import socket
import struct
import threading
import time
import unittest
import unittest.mock
from typing import Any, cast

from eclip_torch.arguments import Arguments
from eclip_torch.energy import EnergySample, Nvml, next_step
from eclip_torch.errors import WorkerError, as_worker_error
from eclip_torch.frames import Connection, FrameTooLarge, Truncated
from eclip_torch.loop import LoopWorker, Served, _drive, closed_rate, percentile, run_loop, summarize
from eclip_torch.plan import KernelGroup, expand, switches
from eclip_torch.profile import by_node, in_parts, node_order
from eclip_torch.profile import summarize as summarize_trace


class PlanTest(unittest.TestCase):
    def test_a_plan_expands_to_the_granules_and_priority_of_every_kernel(self) -> None:
        groups = [KernelGroup(2, (0, 1), 2), KernelGroup(1, (0, 1)), KernelGroup(1, (4,))]
        granules, priorities = expand(groups)
        self.assertEqual(granules, [(0, 1), (0, 1), (0, 1), (4,)])
        self.assertEqual(priorities, [2, 2, 0, 0])
        self.assertEqual(switches(granules), 1)

    def test_a_plan_that_treats_all_kernels_alike_suits_a_graph_of_any_number(self) -> None:
        self.assertEqual(expand([KernelGroup(2, (), 3)], 3), ([()] * 3, [3] * 3))
        self.assertEqual(expand([KernelGroup(2, (4,)), KernelGroup(2, (4,))], 3), ([(4,)] * 3, [0] * 3))

    def test_a_plan_of_different_groups_must_name_every_kernel_of_the_graph(self) -> None:
        for groups in ([KernelGroup(2, (0,)), KernelGroup(1, (4,))], [KernelGroup(2, (), 1), KernelGroup(1, (), 2)]):
            self.assertEqual(len(expand(groups, 3)[0]), 3)
            with self.assertRaises(WorkerError) as caught:
                expand(groups, 4)
            self.assertEqual(caught.exception.code, "plan-mismatch")
            self.assertIn("the plan has 3 kernels, the graph 4", str(caught.exception))


class StepCounter:
    """NVML's total-energy counter: 300 W in steps of 50 ms."""

    def energy_mj(self) -> int:
        return int(time.perf_counter() / 0.05) * 15_000


class LoopTest(unittest.TestCase):
    def test_a_closed_rate_does_not_cut_requests(self) -> None:
        records = [Served(index, index + 1.0) for index in range(5)]
        self.assertEqual(closed_rate(records, 4.2), 1.0)
        self.assertEqual(closed_rate(records[:1], 2.0), 0.5)

    def test_only_what_ends_inside_the_window_counts(self) -> None:
        records = [Served(0, 1), Served(1, 2), Served(2, 3), Served(3, 4), Served(4, 9)]
        begin, end = EnergySample(1.5, 0, True), EnergySample(5.5, 8000, True)
        result = summarize([LoopWorker(lambda: None, rate_rps=1.0)], [records], begin, end, [])
        self.assertEqual((result.latencies_s, result.rates_rps), ([[1, 1, 1]], [0.75]))
        self.assertEqual((result.power_w, result.power_seconds), (2.0, 4.0))
        # In a closed loop the rate is that from the first end to the last: two requests in two seconds.
        closed = summarize([LoopWorker(lambda: None)], [records], begin, end, [])
        self.assertEqual(closed.rates_rps, [1.0])

    def test_a_counter_that_stands_still_gives_no_power(self) -> None:
        begin, end = EnergySample(0, 0, True), EnergySample(1, 0, False)
        self.assertIsNone(summarize([], [], begin, end, []).power_w)

    def test_the_energy_of_a_short_window_is_a_number_of_whole_steps(self) -> None:
        result = run_loop([LoopWorker(lambda: time.sleep(0.002))], 0.2, 0.02, StepCounter())
        assert result.power_w is not None
        steps = result.power_w * result.power_seconds / 15
        self.assertAlmostEqual(steps, round(steps), places=6)
        self.assertTrue(result.latencies_s[0])

    def test_a_failing_worker_ends_the_run_with_its_reason(self) -> None:
        def fail() -> None:
            raise RuntimeError("no luck")

        result = run_loop([LoopWorker(lambda: time.sleep(0.001)), LoopWorker(fail)], 60.0)
        self.assertEqual(result.failures, ["RuntimeError: no luck"])

    def test_percentiles(self) -> None:
        self.assertEqual(percentile(range(100), 0.95), 95)
        self.assertEqual(percentile([7], 0.99), 7)

    def test_a_step_is_waited_for(self) -> None:
        values = iter([5, 5, 5, 8])
        clock = iter(range(100))

        class Source:
            def energy_mj(self) -> int:
                return next(values)

        sample = next_step(Source(), 50, lambda: next(clock), lambda _: None)
        self.assertEqual((sample.energy_mj, sample.aligned), (8, True))

    def test_a_counter_that_stands_still_is_given_up_after_its_time(self) -> None:
        class Source:
            def energy_mj(self) -> int:
                return 5

        clock = iter(range(100))
        # The clock moves by one with every look at it. After five there is still time, after six there is none.
        sample = next_step(Source(), 5, lambda: next(clock), lambda _: None)
        self.assertEqual((sample.seconds, sample.energy_mj, sample.aligned), (6, 5, False))


class Arrivals:
    """A clock and an event that never take real time. The event is set after ten requests."""

    def __init__(self, service_s: float) -> None:
        self.now = 100.0
        self.service_s = service_s
        self.served = 0

    def serve(self) -> None:
        self.now += self.service_s
        self.served += 1

    def is_set(self) -> bool:
        return self.served == 10

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return False

    def of(self, seed: int) -> list[Served]:
        records: list[Served] = []
        worker = LoopWorker(self.serve, rate_rps=50.0, seed=seed)
        with unittest.mock.patch("time.perf_counter", lambda: self.now):
            _drive(worker, records, cast(threading.Event, self), [])
        return records


class PoissonTest(unittest.TestCase):
    def test_arrivals_come_from_the_seed_and_not_from_how_long_requests_take(self) -> None:
        quick = [one.arrival for one in Arrivals(0.001).of(7)]
        self.assertEqual(len(quick), 10)
        self.assertEqual([one.arrival for one in Arrivals(1.0).of(7)], quick)
        self.assertNotEqual([one.arrival for one in Arrivals(0.001).of(8)], quick)

    def test_the_latency_of_a_request_contains_its_wait_behind_those_before_it(self) -> None:
        records = Arrivals(1.0).of(7)
        first = records[0].arrival
        for index, one in enumerate(records):
            self.assertAlmostEqual(one.end, first + index + 1)


class FakeNvml:
    """A machine of `count` GPUs, whose energy is 1 J more for each index."""

    UUIDS = ("GPU-a", "GPU-b")

    def __init__(self, count: int) -> None:
        self.count = count

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, device: Any) -> int:
        device._obj.value = index.value + 1
        return 0

    def nvmlDeviceGetHandleByUUID(self, uuid: bytes, device: Any) -> int:
        device._obj.value = self.UUIDS.index(uuid.decode()) + 1
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = self.count
        return 0

    def nvmlDeviceGetTotalEnergyConsumption(self, device: Any, energy: Any) -> int:
        energy._obj.value = 1000 * device.value
        return 0


class NvmlTest(unittest.TestCase):
    def test_a_gpu_is_found_by_its_uuid(self) -> None:
        self.assertEqual(Nvml(uuid="GPU-b", library=FakeNvml(2)).energy_mj(), 2000)

    def test_without_a_name_only_a_sole_gpu_is_taken(self) -> None:
        self.assertEqual(Nvml.sole(library=FakeNvml(1)).energy_mj(), 1000)
        with self.assertRaisesRegex(RuntimeError, "2 GPUs"):
            Nvml.sole(library=FakeNvml(2))


class FramesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.near, self.far = socket.socketpair()
        self.connection = Connection(self.near)
        self.addCleanup(self.near.close)
        self.addCleanup(self.far.close)

    def test_frames_arrive_whole_however_they_are_cut(self) -> None:
        body = b'{"id": 1}'
        frame = struct.pack("<I", len(body)) + body

        def send() -> None:
            for byte in frame + frame:
                self.far.sendall(bytes([byte]))

        sender = threading.Thread(target=send)
        sender.start()
        self.assertEqual((self.connection.receive(), self.connection.receive()), (body, body))
        sender.join()

    def test_the_end_between_frames_is_none_and_inside_an_error(self) -> None:
        self.far.sendall(struct.pack("<I", 3) + b"ab")
        self.far.close()
        with self.assertRaises(Truncated):
            self.connection.receive()
        self.assertIsNone(self.connection.receive())

    def test_a_length_above_the_limit_is_refused_unread(self) -> None:
        self.far.sendall(struct.pack("<I", 0xFFFFFFFF))
        with self.assertRaises(FrameTooLarge):
            self.connection.receive()

    def test_an_answer_too_long_for_a_frame_becomes_an_error(self) -> None:
        sender = threading.Thread(target=lambda: self.connection.send({"id": 3, "ok": True, "x": "y" * (17 << 20)}))
        sender.start()
        self.assertIn(b"too many for a frame", self.far.recv(4096))
        sender.join()


class PiecesTest(unittest.TestCase):
    def test_arguments_name_key_expectation_and_find(self) -> None:
        arguments = Arguments({"inner": {"rate": "x"}, "n": 2.5})
        with self.assertRaisesRegex(WorkerError, "inner.rate: expected a number from 0 to 1, found 'x'"):
            arguments.inner("inner").number("rate", 0, 1)
        with self.assertRaisesRegex(WorkerError, "n: expected an integer from 0 to 9, found 2.5"):
            arguments.integer("n", 0, 9)
        with self.assertRaisesRegex(WorkerError, "gone: missing"):
            arguments.text("gone")

    def test_errors_get_their_codes(self) -> None:
        self.assertEqual(as_worker_error(RuntimeError("CUDA out of memory. Tried")).code, "out-of-memory")
        self.assertEqual(as_worker_error(OSError(28, "No space left on device")).code, "out-of-memory")
        self.assertEqual(as_worker_error(RuntimeError("CUDA error: invalid")).code, "device")
        self.assertEqual(as_worker_error(KeyError("x")).code, "internal")

    def test_a_trace_gives_medians_and_overlap(self) -> None:
        events = [
            {
                "cat": "kernel",
                "ts": launch * 100 + start,
                "dur": length,
                "name": "k",
                "args": {"grid": [1, 1, 1], "block": [32, 1, 1]},
            }
            for launch in range(3)
            for start, length in ((0, 10), (8, 4 + launch), (20, 5))
        ]
        times = summarize_trace(events, 3)
        self.assertEqual((times.durations_us, times.gaps_us, times.span_us), ([10, 5, 5], [0, -2, 7], 25))
        with self.assertRaises(ValueError):
            summarize_trace(events[:-1], 3)

    def test_a_trace_is_cut_into_parts_of_equally_many_kernels(self) -> None:
        cats = ["gpu_memset", "kernel", "kernel", "gpu_memset", "kernel", "gpu_memcpy", "kernel", "gpu_memset"]
        events = [{"cat": cat, "name": "k", "ts": ts} for ts, cat in enumerate(cats)]
        parts = in_parts(events, 2)
        self.assertEqual([[event["ts"] for event in part] for part in parts], [[0, 1, 2], [3, 4, 5, 6, 7]])
        with self.assertRaisesRegex(ValueError, "4 kernel events in 3 equal parts"):
            in_parts(events, 3)

    def test_traced_kernels_find_their_nodes(self) -> None:
        trace = [{"name": "k", "grid": [grid], "block": [1]} for grid in (2, 1, 2)]
        order = node_order(trace, [([1], [1]), ([2], [1]), ([2], [1])])
        self.assertEqual(order, [1, 0, 2])
        self.assertEqual(by_node(["a", "b", "c"], order), ["b", "a", "c"])
        with self.assertRaises(ValueError):
            node_order(trace, [([1], [1])])

    def test_memsets_and_copies_are_no_kernels_but_take_time_before_one(self) -> None:
        def event(cat: str, name: str, start: float, length: float) -> dict[str, Any]:
            return {"cat": cat, "name": name, "ts": start, "dur": length, "args": {}}

        launches = [
            [
                event("gpu_memset", "Memset (Device)", start, 1.0),
                event("kernel", "gemm", start + 2, 5.0),
                event("kernel", "memset32", start + 8, 2.0),
                event("kernel", "memcpy128", start + 11, 1.5),
                event("kernel", "gemm", start + 13, 5.0),
            ]
            for start in (0.0, 100.0, 200.0)
        ]
        times = summarize_trace([one for launch in launches for one in launch], 3)
        self.assertEqual(times.durations_us, [5.0, 5.0])
        self.assertEqual(times.memsets_us, [1.0, 3.5])
