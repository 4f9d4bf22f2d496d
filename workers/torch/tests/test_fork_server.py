"""Workers that a fork server starts: as good as others, and gone with it whatever happens."""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from eclip_torch import PROTOCOL, SHARED_MEMORY
from eclip_torch.client import ROOT, Client, Refused

from .needs import TIMEOUT_S, needs_torch, needs_torchvision, wait_until
from .test_ends import is_running

AFFINE = {"model": "tests.tiny:affine", "batches": [1]}
CHANNEL = 3
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}


class Server:
    """A fork server process, and what its client does with it. A context manager that ends it."""

    def __init__(self, *models: str) -> None:
        self._directory = tempfile.TemporaryDirectory()
        channel, theirs = socket.socketpair()
        channel.settimeout(TIMEOUT_S)
        # Python gives a child no descriptor under a number of its choice; a shell does.
        moved = f"exec {CHANNEL}<&{theirs.fileno()} {theirs.fileno()}<&-; " if theirs.fileno() != CHANNEL else ""
        command = [sys.executable, "-m", "eclip_torch.fork_server", *models]
        self.process = subprocess.Popen(
            ["bash", "-c", f'{moved}exec "$@"', "bash", *command],
            cwd=ROOT,
            env=ENVIRONMENT,
            pass_fds=[theirs.fileno()],
            stdout=subprocess.DEVNULL,
        )
        theirs.close()
        self._channel = channel
        self._lines = channel.makefile("r")
        self.count = 0
        self._clients: list[Client] = []

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for client in self._clients:
            client.socket.close()
        self._directory.cleanup()

    def close(self) -> None:
        """Closes the channel and waits for the end of the server."""
        self._lines.close()
        self._channel.close()
        self.process.wait(TIMEOUT_S)

    def send(self, **message: Any) -> None:
        self._channel.sendall(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self._lines.readline())
        return message

    def ask(self, folder: str = "", environment: Mapping[str, str] = ENVIRONMENT) -> Path:
        """Asks for a worker whose socket is in a folder. Returns the path of the socket."""
        self.count += 1
        path = Path(self._directory.name) / folder / f"{self.count}.sock"
        arguments = ["--socket", str(path), "--device", "cpu", "--allow-code"]
        self.send(id=self.count, arguments=arguments, environment=environment)
        return path

    def start(self, environment: Mapping[str, str] = ENVIRONMENT) -> tuple[int, Client]:
        """Returns the process id of a new worker, and a connection to it."""
        path = self.ask(environment=environment)
        pid = self.receive()["pid"]
        self._clients.append(Client(path))
        return pid, self._clients[-1]

    def left(self) -> list[str]:
        return os.listdir(self._directory.name)


def memory_of(pid: int) -> list[Path]:
    return list(SHARED_MEMORY.glob(f"eclip-{pid}-*"))


@needs_torch
class ForkServerTest(unittest.TestCase):
    def assert_gone(self, pid: int) -> None:
        self.assertTrue(wait_until(lambda: not is_running(pid)), "the worker lives on without its server")
        self.assertEqual(memory_of(pid), [])

    def test_its_workers_serve_and_end_like_others(self) -> None:
        with Server() as server:
            (first, one), (second, other) = server.start(), server.start()
            self.assertEqual(one.call("hello", protocol=PROTOCOL)["pid"], first)
            self.assertEqual(other.call("hello", protocol=PROTOCOL)["pid"], second)
            one.call("load", worker="w", **AFFINE)
            one.call("infer", worker="w", batch=1)
            one.call("shutdown")
            self.assertEqual(server.receive(), {"id": 1, "code": 0, "lastWords": ""})
            other.socket.close()
            self.assertEqual(server.receive(), {"id": 2, "code": 0, "lastWords": ""})
            self.assertEqual(server.left(), [])

    def test_a_worker_has_the_environment_that_it_is_given_and_nothing_of_the_server(self) -> None:
        with mock.patch.dict("os.environ", {"ECLIP_TEST_SERVER": "x"}), Server() as server:
            _, client = server.start({**ENVIRONMENT, "ECLIP_TEST_A": "1"})
            with self.assertRaises(Refused) as caught:
                client.call("load", worker="w", model="tests.tiny:environment", batches=[1])
            self.assertIn("ECLIP_TEST_A=1", caught.exception.message)
            for name in ("PYTORCH", "ECLIP_TEST_SERVER"):
                self.assertNotIn(name, caught.exception.message)

    def test_a_signal_while_it_imports_ends_it(self) -> None:
        # An exception that a signal raises can get lost in an import. Leaving the server waits for its end.
        for seconds in (0.3, 0.6, 0.9):
            with Server("torchvision:resnet18") as server:
                time.sleep(seconds)
                server.process.terminate()

    @needs_torchvision
    def test_it_has_one_thread_and_gives_no_descriptors_to_workers(self) -> None:
        with Server("torchvision:alexnet", "vgg19", "no such model", "transformers:no-such-type") as server:
            counts = []
            for _ in range(3):
                pid, client = server.start()
                client.call("hello", protocol=PROTOCOL)
                counts.append(len(os.listdir(f"/proc/{pid}/fd")))
            self.assertEqual(len(os.listdir(f"/proc/{server.process.pid}/task")), 1)
            self.assertEqual(len(set(counts)), 1, counts)

    def test_it_tells_how_a_worker_ended_and_what_it_said_last(self) -> None:
        with Server() as server:
            _, client = server.start()
            client.send("load", worker="w", model="tests.tiny:last_words", batches=[1])
            self.assertEqual(server.receive(), {"id": 1, "code": 7, "lastWords": "the last words"})
            for name, how in (("SIGTERM", {"code": 143}), ("SIGKILL", {"signal": "SIGKILL"})):
                _, client = server.start()
                client.call("hello", protocol=PROTOCOL)
                server.send(id=server.count, signal=name)
                self.assertEqual(server.receive(), {"id": server.count, **how, "lastWords": ""})
                # Nobody is left to get this.
                server.send(id=server.count, signal="SIGKILL")
            pid, client = server.start()
            client.call("hello", protocol=PROTOCOL)
            os.kill(pid, signal.SIGRTMIN + 6)
            how = {"signal": str(signal.SIGRTMIN + 6)}
            self.assertEqual(server.receive(), {"id": server.count, **how, "lastWords": ""})

    def test_what_a_worker_said_just_before_its_end_counts(self) -> None:
        from eclip_torch.fork_server import Child

        said, says = os.pipe()
        child = Child(os.getpid(), open(said, "rb", buffering=0))
        self.addCleanup(child.close)
        os.write(says, b"first\nlast\n\n")
        os.close(says)
        self.assertEqual(child.last_words(), "last")

    def test_a_worker_that_cannot_be_started_is_one_line_and_others_can(self) -> None:
        with Server() as server:
            server.ask("no-such-folder")
            self.assertEqual(server.receive(), {"id": 1, "error": "[Errno 2] No such file or directory"})
            server.send(id=0, arguments=["--no-such"], environment=ENVIRONMENT)
            self.assertEqual(server.receive(), {"id": 0, "error": "expected options of a worker"})
            _, client = server.start()
            client.call("hello", protocol=PROTOCOL)

    def test_workers_end_with_the_channel_whatever_they_do(self) -> None:
        self.assert_workers_end(lambda server: server.close())

    def test_workers_end_with_a_server_that_is_told_to_end(self) -> None:
        self.assert_workers_end(lambda server: server.process.terminate())

    def assert_workers_end(self, end: Any) -> None:
        with Server() as server:
            pid, client = server.start()
            client.call("load", worker="w", **AFFINE)
            client.send("run", seconds=600, workers=[{"worker": "w", "batch": 1}])
            self.assertNotEqual(memory_of(pid), [])
            end(server)
            server.process.wait(TIMEOUT_S)
            self.assert_gone(pid)

    def test_workers_of_a_killed_server_are_killed(self) -> None:
        with Server() as server:
            pid, client = server.start()
            client.call("load", worker="w", **AFFINE)
            server.process.kill()
            self.assertTrue(wait_until(lambda: not is_running(pid)), "the worker lives on without its server")
            for path in memory_of(pid):
                path.unlink()


@needs_torch
class LibrariesTest(unittest.TestCase):
    """What is imported for a model; `libraries/transformers.py` stands in for a library."""

    def setUp(self) -> None:
        self.enterContext(mock.patch.object(sys, "path", [str(Path(__file__).parent / "libraries"), *sys.path]))
        self.enterContext(mock.patch.dict(sys.modules))
        self.import_library = importlib.import_module("eclip_torch.sources").import_library

    def test_the_module_of_a_class_is_imported(self) -> None:
        self.import_library("transformers:bert?vocab_size=7")
        library = importlib.import_module("transformers")
        self.assertEqual(library.LOOKED_UP, [library.CONFIG_MAPPING["bert"]])

    def test_nothing_of_the_users_is_imported(self) -> None:
        sys.modules.pop("tests.tiny", None)
        for specification in ("tests.tiny:affine", "transformers:tiny.json", "tiny.pt2", "tiny"):
            self.import_library(specification)
        self.assertNotIn("tests.tiny", sys.modules)
        self.assertNotIn("transformers", sys.modules)
