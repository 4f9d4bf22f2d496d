"""The commands of the protocol against a real worker process on the CPU."""

from __future__ import annotations

import struct
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from eclip_torch.client import Refused, Worker, read_tensor, write_tensor

from .needs import needs_torch, needs_torchvision, wait_until

AFFINE = {"model": "tests.tiny:affine", "batches": [1, 4]}
MEBIBYTE = 1 << 20
MOST_WAITING = 1024


@needs_torch
class CommandsTest(unittest.TestCase):
    """Each test loads workers of its own names and unloads them."""

    worker: Worker

    @classmethod
    def setUpClass(cls) -> None:
        cls.worker = Worker("--tensor-limit", str(8 * MEBIBYTE))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.worker.__exit__()

    def load(self, name: str, **values: Any) -> dict[str, Any]:
        answer = self.worker.call("load", worker=name, **{**AFFINE, **values})
        self.addCleanup(self.worker.call, "unload", worker=name)
        return answer

    def refused(self, code: str, command: str, **values: Any) -> Refused:
        with self.assertRaises(Refused) as caught:
            self.worker.call(command, **values)
        self.assertEqual(caught.exception.code, code, caught.exception.message)
        self.assertNotIn("\n", caught.exception.message)
        return caught.exception

    def test_hello_tells_versions_device_and_limits(self) -> None:
        hello = self.worker.call("hello", protocol=1)
        self.assertEqual(hello["pid"], self.worker.process.pid)
        self.assertEqual(hello["device"]["kind"], "cpu")
        self.assertEqual(hello["device"]["granules"], [])
        self.assertFalse(any(hello["features"].values()))
        self.assertEqual(hello["limits"]["tensorBytes"], 8 * MEBIBYTE)
        self.assertIn("torch", hello["versions"])

    def test_another_protocol_is_refused(self) -> None:
        self.refused("protocol-mismatch", "hello", protocol=2)

    def test_load_says_that_a_cpu_runs_eagerly(self) -> None:
        batches = self.load("eager")["batches"]
        self.assertEqual([one["batch"] for one in batches], [1, 4])
        self.assertEqual([one["mode"] for one in batches], ["eager", "eager"])
        self.assertTrue(batches[0]["reason"])
        self.assertEqual(batches[1]["slots"][0]["inputs"][0]["shape"], [4, 4])

    def test_infer_computes_on_what_the_client_wrote(self) -> None:
        slot = self.load("infer")["batches"][1]["slots"][0]
        values = [float(value) for value in range(16)]
        write(slot, "inputs", values)
        answer = self.worker.call("infer", worker="infer", batch=4)
        self.assertGreaterEqual(answer["computeMs"], 0)
        self.assertEqual(read(slot, "outputs"), [2 * value + 1 for value in values])

    def test_infer_of_a_part_touches_only_its_rows(self) -> None:
        slot = self.load("part")["batches"][1]["slots"][0]
        write(slot, "inputs", [1.0] * 16)
        write(slot, "outputs", [-9.0] * 16)
        self.worker.call("infer", worker="part", batch=4, count=3)
        self.assertEqual(read(slot, "outputs"), [3.0] * 12 + [-9.0] * 4)

    def test_outputs_of_any_nesting_are_flattened(self) -> None:
        slot = self.load("several", model="tests.tiny:several", batches=[2])["batches"][0]["slots"][0]
        self.assertEqual([place["shape"] for place in slot["outputs"]], [[2, 3], []])
        write(slot, "inputs", [1.0] * 6)
        self.worker.call("infer", worker="several", batch=2)
        self.assertEqual(read(slot, "outputs"), [2.0] * 6)
        self.assertEqual(read(slot, "outputs", 1), [6.0])

    def test_two_workers_serve_at_once_and_answer_as_they_finish(self) -> None:
        self.load("slow", model="tests.tiny:slow", batches=[1])
        self.load("quick")
        slow = self.worker.send("infer", worker="slow", batch=1)
        quick = self.worker.send("infer", worker="quick", batch=1)
        self.assertEqual([self.worker.receive()["id"], self.worker.receive()["id"]], [quick, slow])

    def test_slots_are_separate(self) -> None:
        slots = self.load("slots", slots=2)["batches"][0]["slots"]
        write(slots[0], "inputs", [1.0] * 4)
        write(slots[1], "inputs", [2.0] * 4)
        self.worker.call("infer", worker="slots", batch=1, slot=1)
        self.worker.call("infer", worker="slots", batch=1, slot=0)
        self.assertEqual((read(slots[0], "outputs")[0], read(slots[1], "outputs")[0]), (3.0, 5.0))
        self.refused("bad-argument", "infer", worker="slots", batch=1, slot=2)

    def test_a_plan_is_checked_for_form_and_changes_nothing_on_a_cpu(self) -> None:
        self.load("planned")
        groups = [{"kernels": 3, "granules": [0, 1], "priority": 2}, {"kernels": 1, "granules": [2]}]
        answer = self.worker.call("plan", workers={"planned": {"4": groups, "1": None}})
        self.assertEqual(answer["workers"]["planned"]["4"]["switches"], 0)
        bad: list[Any] = [[], [{"kernels": 0, "granules": [0]}], [{"kernels": 1, "granules": []}], "x", [3]]
        for groups in bad:
            self.refused("bad-argument", "plan", workers={"planned": {"4": groups}})
        self.refused("unknown-batch", "plan", workers={"planned": {"7": None}})
        self.refused("unknown-worker", "plan", workers={"nobody": {"4": None}})
        self.refused("bad-argument", "plan", mode="magic", workers={"planned": {"4": None}})

    def test_run_measures_closed_and_poisson_loads_together(self) -> None:
        self.load("closed")
        self.load("poisson")
        loads = [
            {"worker": "closed", "batch": 1, "load": {"kind": "closed"}},
            {"worker": "poisson", "batch": 4, "load": {"kind": "poisson", "rate": 100.0, "seed": 3}},
        ]
        answer = self.worker.call("run", seconds=0.5, warmSeconds=0.05, latencies=True, workers=loads)
        closed, poisson = answer["workers"]
        self.assertGreater(closed["requests"], poisson["requests"])
        self.assertGreater(poisson["requests"], 0)
        self.assertLessEqual(closed["p50Ms"], closed["p95Ms"])
        self.assertEqual(len(closed["latenciesMs"]), closed["requests"])
        self.assertIsNone(answer["energy"])

    def test_run_refuses_a_worker_twice(self) -> None:
        self.load("twice")
        self.refused("bad-argument", "run", seconds=0.1, workers=[{"worker": "twice", "batch": 1}] * 2)

    def test_infer_during_run_is_busy(self) -> None:
        self.load("taken")
        run = self.worker.send("run", seconds=1.0, warmSeconds=0, workers=[{"worker": "taken", "batch": 1}])
        busy = None
        for _ in range(200):
            self.worker.send("infer", worker="taken", batch=1)
            answer = self.worker.receive()
            self.assertNotEqual(answer["id"], run, "the run ended before an infer was refused")
            if not answer["ok"]:
                busy = answer["error"]["code"]
                break
        self.assertEqual(busy, "busy")
        self.assertEqual(self.worker.receive()["id"], run)

    def test_verify_compares_bit_for_bit(self) -> None:
        self.load("verified")
        answer = self.worker.call("verify", worker="verified", batch=4, seeds=2)
        self.assertEqual((answer["identical"], answer["repeats"], answer["largestDifference"]), (True, True, 0.0))

    def test_profile_names_operators_on_a_cpu(self) -> None:
        self.load("profiled")
        answer = self.worker.call("profile", worker="profiled", batch=4, repeats=2)
        profile = answer["profile"]
        self.assertEqual(profile["format"], "eclip.profile/1")
        self.assertEqual(len(profile["kernels"]), len(answer["gapsUs"]))
        self.assertGreaterEqual(len(profile["kernels"]), 2)
        self.assertGreater(profile["latencyUs"]["1"], 0)

    def test_wrong_requests_are_refused_and_the_worker_lives_on(self) -> None:
        self.load("here")
        self.refused("unknown-command", "fly")
        self.refused("bad-argument", "load", worker="x", model="tests.tiny:affine")
        self.refused("bad-argument", "load", worker="x", model="tests.tiny:affine", batches=[True])
        self.refused("bad-argument", "load", worker="x", model="tests.tiny:affine", batches=[1], dtype="float17")
        self.refused("worker-exists", "load", worker="here", **AFFINE)
        self.refused("unknown-worker", "infer", worker="there", batch=1)
        self.refused("unknown-batch", "infer", worker="here", batch=2)
        self.refused("bad-tensor", "infer", worker="here", batch=4, count=5)
        self.refused("bad-argument", "infer", worker="here", batch=4, count=0)
        self.refused("bad-argument", "run", seconds="long", workers=[{"worker": "here", "batch": 1}])
        self.worker.call("hello", protocol=1)

    def test_models_that_cannot_load_leave_nothing(self) -> None:
        for spec in ("nonsense", "torchvision:nothing", "no_such_module:make", "missing.pt2", "tests.tiny:failing"):
            error = self.refused("model-load", "load", worker="bad", model=spec, batches=[1])
            self.assertTrue(error.message)
        self.assertEqual(self.worker.left_behind(), [self.worker.path])
        self.refused("unknown-worker", "unload", worker="bad")

    def test_a_model_that_calls_exit_ends_its_request_only(self) -> None:
        for name, text in (("leaving", "no such model here"), ("leaving_at_first", "SystemExit: 3")):
            error = self.refused("model-load", "load", worker="bad", model=f"tests.tiny:{name}", batches=[1])
            self.assertIn(text, error.message)
        self.load("leaver", model="tests.tiny:leaving_later", batches=[1])
        self.assertEqual(self.refused("internal", "infer", worker="leaver", batch=1).message, "SystemExit: 3")
        self.refused("device", "run", seconds=0.1, workers=[{"worker": "leaver", "batch": 1}])
        self.refused("internal", "verify", worker="leaver", batch=1)
        self.worker.call("hello", protocol=1)

    def test_out_of_memory_is_an_answer(self) -> None:
        self.refused("out-of-memory", "load", worker="bad", model="tests.tiny:starving", batches=[1])

    def test_oversized_tensors_are_refused_before_they_are_made(self) -> None:
        self.refused("tensor-too-large", "load", worker="big", model="tests.tiny:wide", batches=[1 << 20])
        # The input alone fits, with the output it does not.
        self.refused("tensor-too-large", "load", worker="big", model="tests.tiny:wide", batches=[1, 2])
        self.assertEqual(self.worker.left_behind(), [self.worker.path])

    def test_a_cut_slot_is_an_error_and_no_crash(self) -> None:
        slot = self.load("cut")["batches"][1]["slots"][0]
        with (Path("/dev/shm") / slot["shm"]).open("r+b") as file:
            file.truncate(1)
        self.refused("bad-tensor", "infer", worker="cut", batch=4)
        self.worker.call("infer", worker="cut", batch=1)

    def test_messages_that_are_no_request_are_refused(self) -> None:
        for body in (
            b"",
            b"{",
            b"[1]",
            b"\xff\xfe",
            b'{"command": "hello"}',
            b'{"id": 1}',
            b'{"id": true, "command": "x"}',
            b'{"id": ' + b"9" * 5000 + b', "command": "hello"}',
            b'{"id": 1, "command": "hello", "protocol": ' + b"9" * 5000 + b"}",
            b"[" * 100_000,
        ):
            self.worker.send_raw(body)
            answer = self.worker.receive()
            self.assertEqual((answer["ok"], answer["error"]["code"]), (False, "bad-message"), body)
        self.worker.call("hello", protocol=1)

    def test_unload_removes_shared_memory(self) -> None:
        self.worker.call("load", worker="gone", **AFFINE)
        self.assertEqual(len(self.worker.left_behind()), 3)
        self.worker.call("unload", worker="gone")
        self.assertEqual(self.worker.left_behind(), [self.worker.path])


@needs_torch
class WaitingTest(unittest.TestCase):
    """What comes in faster than it is served waits, but not without end."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.gate = Path(folder.name) / "gate"
        with mock.patch.dict("os.environ", {"ECLIP_TEST_GATE": str(self.gate)}):
            self.worker = Worker()
        self.addCleanup(self.worker.close)

    def assert_some_refused(self, first: int, command: str, **values: Any) -> None:
        """While `first` is served and cannot end, so many others may wait; all of those are served later."""
        self.assertTrue(wait_until(lambda: self.gate.with_name("reached").exists()))
        asked = [self.worker.send(command, **values) for _ in range(MOST_WAITING + 7)]
        busy = [self.worker.receive() for _ in range(7)]
        self.assertEqual([answer["id"] for answer in busy], asked[MOST_WAITING:])
        self.assertEqual({answer["error"]["code"] for answer in busy}, {"busy"})
        self.gate.touch()
        served = [self.worker.receive() for _ in range(MOST_WAITING + 1)]
        self.assertEqual([answer["id"] for answer in served], [first, *asked[:MOST_WAITING]])
        self.assertTrue(all(answer["ok"] for answer in served))

    def test_commands(self) -> None:
        first = self.worker.send("load", worker="w", model="tests.tiny:gated_load", batches=[1])
        self.assert_some_refused(first, "hello", protocol=1)

    def test_requests(self) -> None:
        self.worker.call("load", worker="w", model="tests.tiny:gated", batches=[1])
        first = self.worker.send("infer", worker="w", batch=1)
        self.assert_some_refused(first, "infer", worker="w", batch=1)


@needs_torchvision
class TorchvisionTest(unittest.TestCase):
    def test_the_same_seed_gives_the_same_model(self) -> None:
        with Worker() as worker:
            outputs = []
            for name in ("one", "other"):
                answer = worker.call("load", worker=name, model="torchvision:squeezenet1_1", batches=[1], seed=7)
                slot = answer["batches"][0]["slots"][0]
                write(slot, "inputs", [0.5] * (3 * 224 * 224))
                worker.call("infer", worker=name, batch=1)
                outputs.append(read(slot, "outputs"))
            self.assertEqual(len(outputs[0]), 1000)
            self.assertEqual(outputs[0], outputs[1])


def write(slot: dict[str, Any], kind: str, values: list[float], index: int = 0) -> None:
    write_tensor(slot, kind, struct.pack(f"<{len(values)}f", *values), index)


def read(slot: dict[str, Any], kind: str, index: int = 0) -> list[float]:
    data = read_tensor(slot, kind, index)
    return list(struct.unpack(f"<{len(data) // 4}f", data))
