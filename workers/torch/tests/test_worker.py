"""The commands of the protocol against a real worker process on the CPU."""

from __future__ import annotations

import signal
import struct
import tempfile
import unittest
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest import mock

from eclip_torch import PROTOCOL
from eclip_torch.client import Refused, Worker, read_tensor, write_tensor

from .needs import needs_torch, needs_torchvision, wait_until

AFFINE = {"model": "tests.tiny:affine", "batches": [1, 4]}
DIFFERENCE_INPUTS = [
    {"name": "ids", "dtype": "int64", "shape": [3], "below": 10},
    {"name": "plus", "dtype": "float32", "shape": [3]},
]
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
        hello = self.worker.call("hello", protocol=PROTOCOL)
        self.assertEqual(hello["pid"], self.worker.process.pid)
        self.assertEqual(hello["device"]["kind"], "cpu")
        self.assertEqual(hello["device"]["granules"], [])
        self.assertFalse(any(hello["features"].values()))
        self.assertEqual(hello["limits"]["tensorBytes"], 8 * MEBIBYTE)
        self.assertIn("torch", hello["versions"])

    def test_another_protocol_is_refused(self) -> None:
        self.refused("protocol-mismatch", "hello", protocol=PROTOCOL + 1)

    def test_load_says_how_much_memory_the_model_takes(self) -> None:
        loaded = self.load("sized", model="tests.tiny:weighted", batches=[1])
        self.assertEqual(loaded["memoryBytes"], 10 * 4)

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

    def test_inputs_are_those_that_the_client_says_found_by_their_names(self) -> None:
        values = {"model": "tests.tiny:difference", "batches": [2], "inputs": DIFFERENCE_INPUTS}
        slot = self.load("named", **values)["batches"][0]["slots"][0]
        places = [(place["dtype"], place["shape"]) for place in slot["inputs"]]
        self.assertEqual(places, [("int64", [2, 3]), ("float32", [2, 3])])
        write_tensor(slot, "inputs", struct.pack("<6q", 0, 1, 2, 9, 9, 9))
        write(slot, "inputs", [10.0] * 6, 1)
        self.worker.call("infer", worker="named", batch=2)
        self.assertEqual(read(slot, "outputs"), [10.0, 9.0, 8.0, 1.0, 1.0, 1.0])

    def test_inputs_of_names_that_the_model_does_not_know_come_in_order(self) -> None:
        inputs = [{"name": "a", "dtype": "float32", "shape": [2]}, {"name": "b", "dtype": "int64", "shape": [2]}]
        slot = self.load("ordered", model="tests.tiny:difference", batches=[1], inputs=inputs)["batches"][0]["slots"][0]
        write(slot, "inputs", [5.0, 5.0])
        write_tensor(slot, "inputs", struct.pack("<2q", 4, 0), 1)
        self.worker.call("infer", worker="ordered", batch=1)
        self.assertEqual(read(slot, "outputs"), [1.0, 5.0])

    def test_a_profile_says_how_to_load_its_model_again(self) -> None:
        for name, values in (
            ("given", {"model": "tests.tiny:difference", "inputs": DIFFERENCE_INPUTS}),
            ("shown", {"model": "tests.tiny:difference_of_an_example"}),
            ("image", {"model": "tests.tiny:pixels", "channelsLast": True}),
        ):
            self.load(name, batches=[2], seed=5, **values)
            profile = self.worker.call("profile", worker=name, batch=2, repeats=1)["profile"]
            recipe = profile["recipe"]
            self.assertEqual((recipe["specification"], recipe["seed"]), (values["model"], 5))
            again = {key: recipe[key] for key in ("inputs", "channelsLast", "seed")}
            self.load(f"{name} again", model=recipe["specification"], dtype=profile["dtype"], batches=[2], **again)
            repeated = self.worker.call("profile", worker=f"{name} again", batch=2, repeats=1)["profile"]
            self.assertEqual(repeated["recipe"], recipe)
        self.assertEqual(recipe["inputs"], [{"name": "x", "dtype": "float32", "shape": [3, 224, 224]}])
        self.assertTrue(recipe["channelsLast"])

    def test_a_module_that_hides_the_names_of_its_inputs_is_called_in_order(self) -> None:
        values = {"inputs": [{"name": "x", "dtype": "float32", "shape": [2]}]}
        slot = self.load("scripted", model="tests.tiny:scripted", batches=[1], **values)["batches"][0]["slots"][0]
        write(slot, "inputs", [1.0, 2.0])
        self.worker.call("infer", worker="scripted", batch=1)
        self.assertEqual(read(slot, "outputs"), [3.0, 5.0])
        self.load("scripted image", model="tests.tiny:scripted", batches=[1])

    def test_an_example_of_indices_keeps_its_values(self) -> None:
        self.load("shown", model="tests.tiny:difference_of_an_example", batches=[2])
        recipe = self.worker.call("profile", worker="shown", batch=2, repeats=1)["profile"]["recipe"]
        self.assertEqual(recipe["inputs"][1], {"name": "ids", "dtype": "int64", "shape": [4], "below": 10})

    def test_wrong_inputs_are_refused(self) -> None:
        good = {"name": "x", "dtype": "float32", "shape": [3]}
        for change in (
            {"name": ""},
            {"dtype": "complex64"},
            {"shape": 3},
            {"shape": [0]},
            {"shape": [1.5]},
            {"below": 0},
        ):
            values = {"model": "tests.tiny:affine", "batches": [1], "inputs": [{**good, **change}]}
            self.refused("bad-argument", "load", worker="x", **values)
        self.refused("bad-argument", "load", worker="x", model="tests.tiny:affine", batches=[1], inputs=[])
        self.refused("model-load", "load", worker="x", model="tests.tiny:affine", batches=[1], tokens=7)
        self.refused("model-load", "load", worker="x", model="tests.tiny:scalar", batches=[1])
        for name, found in (("returns_none", "NoneType"), ("returns_three", "tuple")):
            refused = self.refused("model-load", "load", worker="x", model=f"tests.tiny:{name}", batches=[1])
            self.assertRegex(refused.message, f"tests.tiny:{name}: expected to return a module, .*, found {found}$")
        below = [{"name": "x", "dtype": "int8", "shape": [3], "below": 1 << 30}]
        self.refused("model-load", "load", worker="x", model="tests.tiny:affine", batches=[1], inputs=below)
        huge = [{"name": "x", "dtype": "float32", "shape": [1 << 24] * 6}]
        self.refused("tensor-too-large", "load", worker="x", model="tests.tiny:affine", batches=[1], inputs=huge)

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
        everywhere = {"kernels": 4, "granules": [], "priority": 1}
        self.worker.call("plan", workers={"planned": {"4": [everywhere]}})
        bad: list[Any] = [[], [{"kernels": 0, "granules": [0]}], [everywhere, groups[0]], [groups[0], everywhere]]
        bad += ["x", [3]]
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
        self.worker.call("hello", protocol=PROTOCOL)

    def test_models_that_cannot_load_leave_nothing(self) -> None:
        unknown = ("nonsense", "torchvision:nothing", "eclip:nothing", "no_such_module:make", "no_such.module:make")
        unknown += ("missing.pt2", "transformers:missing.json", "tests.tiny:nothing", "tests.:affine", ":affine")
        cases = {**dict.fromkeys(unknown, "unknown-model"), "tests.tiny:failing": "model-load"}
        for spec, code in cases.items():
            error = self.refused(code, "load", worker="bad", model=spec, batches=[1])
            self.assertTrue(error.message)
        self.assertEqual(self.worker.left_behind(), [self.worker.path])
        self.refused("unknown-worker", "unload", worker="bad")

    def test_a_model_that_fails_is_said_with_its_inputs_and_how_to_give_others(self) -> None:
        given = [{"name": "x", "dtype": "int64", "shape": [2, 3], "below": 9}]
        hint = " (eclip profile --input says what it takes)"
        for inputs, text, end in (({}, "x:float32[3]", hint), ({"inputs": given}, "x:int64[2,3]<9", "")):
            request = {"model": "tests.tiny:failing", "dtype": "float32", "batches": [4], **inputs}
            expected = f"tests.tiny:failing: fails at batch 4 with {text}: the model is broken{end}"
            self.assertEqual(self.refused("model-load", "load", worker="bad", **request).message, expected)

    def test_a_model_that_calls_exit_ends_its_request_only(self) -> None:
        for name, text in (("leaving", "no such model here"), ("leaving_at_first", "SystemExit: 3")):
            error = self.refused("model-load", "load", worker="bad", model=f"tests.tiny:{name}", batches=[1])
            self.assertIn(text, error.message)
        self.load("leaver", model="tests.tiny:leaving_later", batches=[1])
        self.assertEqual(self.refused("internal", "infer", worker="leaver", batch=1).message, "SystemExit: 3")
        self.refused("device", "run", seconds=0.1, workers=[{"worker": "leaver", "batch": 1}])
        self.refused("internal", "verify", worker="leaver", batch=1)
        self.worker.call("hello", protocol=PROTOCOL)

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
        self.worker.call("hello", protocol=PROTOCOL)

    def test_unload_removes_shared_memory(self) -> None:
        self.worker.call("load", worker="gone", **AFFINE)
        self.assertEqual(len(self.worker.left_behind()), 3)
        self.worker.call("unload", worker="gone")
        self.assertEqual(self.worker.left_behind(), [self.worker.path])


@needs_torch
class LibraryTest(unittest.TestCase):
    """Models by the names that libraries give them; `libraries/transformers.py` stands in for one."""

    worker: Worker

    @classmethod
    def setUpClass(cls) -> None:
        with mock.patch.dict("os.environ", {"PYTHONPATH": str(Path(__file__).parent / "libraries")}):
            cls.worker = Worker(permissions=())

    @classmethod
    def tearDownClass(cls) -> None:
        cls.worker.close()

    def recipe(self, model: str, **values: Any) -> dict[str, Any]:
        self.worker.call("load", worker="w", model=model, batches=[2], **values)
        self.addCleanup(self.worker.call, "unload", worker="w")
        recipe: dict[str, Any] = self.worker.call("profile", worker="w", batch=2, repeats=1)["profile"]["recipe"]
        return recipe

    def refused(self, model: str, **values: Any) -> Refused:
        with self.assertRaises(Refused) as caught:
            self.worker.call("load", worker="refused", model=model, batches=[1], **values)
        return caught.exception

    def test_tokens_are_as_many_as_asked_and_within_the_vocabulary(self) -> None:
        recipe = self.recipe("transformers:bert?vocab_size=7", tokens=16)
        self.assertEqual(recipe["specification"], "transformers:bert?vocab_size=7")
        self.assertEqual(recipe["inputs"], [{"name": "input_ids", "dtype": "int64", "shape": [16], "below": 7}])
        self.assertFalse(recipe["channelsLast"])

    def test_128_tokens_unless_something_else_is_said(self) -> None:
        self.assertEqual(self.recipe("transformers:bert")["inputs"][0]["shape"], [128])

    def test_images_are_of_the_size_that_the_configuration_names(self) -> None:
        recipe = self.recipe("transformers:vit", dtype="float32")
        self.assertEqual(recipe["inputs"], [{"name": "pixel_values", "dtype": "float32", "shape": [1, 16, 16]}])
        self.assertTrue(recipe["channelsLast"])
        self.assertEqual(self.refused("transformers:vit", tokens=16).code, "model-load")

    def test_several_inputs_go_to_the_model_by_their_names(self) -> None:
        decoder = {"name": "decoder_input_ids", "dtype": "int64", "shape": [2]}
        inputs = [decoder, {"name": "input_ids", "dtype": "int64", "shape": [3]}]
        answer = self.worker.call("load", worker="t5", model="transformers:t5", batches=[1], inputs=inputs)
        self.addCleanup(self.worker.call, "unload", worker="t5")
        slot = answer["batches"][0]["slots"][0]
        write_tensor(slot, "inputs", struct.pack("<2q", 20, 10))
        write_tensor(slot, "inputs", struct.pack("<3q", 3, 2, 1), 1)
        self.worker.call("infer", worker="t5", batch=1)
        self.assertEqual(read(slot, "outputs"), [39.0])
        recipe = self.worker.call("profile", worker="t5", batch=1, repeats=1)["profile"]["recipe"]
        self.assertEqual([one["below"] for one in recipe["inputs"]], [50, 50])

    def test_a_type_that_transformers_does_not_have_is_unknown(self) -> None:
        self.assertEqual(self.refused("transformers:nothing").code, "unknown-model")

    def test_an_input_of_unknown_shape_is_asked_for(self) -> None:
        self.assertIn("input_features", self.refused("transformers:whisper").message)
        self.assertIn("decoder_input_ids", self.refused("transformers:t5").message)

    def test_what_runs_code_or_reads_files_is_refused_before_anything_happens(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            config = Path(folder) / "config.json"
            config.write_text('{"model_type": "bert"}')
            for model in (
                "tests.tiny:affine",
                f"{folder}/model.pt2",
                f"transformers:{config}",
                "transformers:bert?auto_map=x--y.Z",
                "transformers:bert?attn_implementation=someone/kernels",
                'transformers:bert?rope={"a":1}',
                "transformers:bert?_name=x",
            ):
                error = self.refused(model)
                self.assertEqual(error.code, "code-not-allowed", model)
                self.assertIn("--allow-code", error.message)


@needs_torch
class PermissionTest(unittest.TestCase):
    def test_a_module_is_imported_only_where_code_is_allowed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            mark = Path(folder) / "sprung"
            (Path(folder) / "trap.py").write_text(f"from tests.tiny import affine\nopen({str(mark)!r}, 'w')\n")
            for permissions in ((), ("--allow-code",)):
                with (
                    mock.patch.dict("os.environ", {"PYTHONPATH": folder}),
                    Worker(permissions=permissions) as worker,
                    suppress(Refused),
                ):
                    worker.call("load", worker="w", model="trap:affine", batches=[1])
                self.assertEqual(mark.exists(), bool(permissions))


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
        self.assert_some_refused(first, "hello", protocol=PROTOCOL)

    def test_requests_beside_another_instance(self) -> None:
        self.worker.call("load", worker="w", model="tests.tiny:gated", batches=[1])
        self.worker.call("load", worker="other", model="tests.tiny:affine", batches=[1])
        first = self.worker.send("infer", worker="w", batch=1)
        self.assert_some_refused(first, "infer", worker="w", batch=1)

    def test_requests_of_a_sole_instance_wait_in_the_socket(self) -> None:
        self.worker.call("load", worker="w", model="tests.tiny:gated", batches=[1])
        asked = [self.worker.send("infer", worker="w", batch=1) for _ in range(20)]
        self.assertTrue(wait_until(lambda: self.gate.with_name("reached").exists()))
        self.gate.touch()
        answers = [self.worker.receive() for _ in asked]
        self.assertEqual([answer["id"] for answer in answers], asked)
        self.assertTrue(all(answer["ok"] for answer in answers))

    def test_a_signal_ends_a_process_whose_request_does_not_end(self) -> None:
        self.worker.call("load", worker="w", model="tests.tiny:gated", batches=[1])
        self.worker.send("infer", worker="w", batch=1)
        self.assertTrue(wait_until(lambda: self.gate.with_name("reached").exists()))
        self.worker.process.send_signal(signal.SIGTERM)
        code, _ = self.worker.wait()
        self.assertEqual(code, 128 + signal.SIGTERM)
        self.assertEqual(self.worker.left_behind(), [])


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
