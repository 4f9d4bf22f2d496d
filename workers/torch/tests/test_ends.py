"""Every way a worker can end: nothing may be left behind, and the reason is one line."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import unittest
from pathlib import Path
from typing import Any

from eclip_torch import PROTOCOL
from eclip_torch.client import ROOT, Worker
from eclip_torch.worker import Stopped, stop_on_signals

from .needs import HAS_TORCH, TIMEOUT_S, needs_torch, wait_until

AFFINE = {"model": "tests.tiny:affine", "batches": [1]}


def start(*options: str, **pipes: Any) -> subprocess.CompletedProcess[str]:
    """A worker process that is expected to end by itself."""
    command = [sys.executable, "-m", "eclip_torch.worker", *options]
    pipes = pipes or {"capture_output": True}
    return subprocess.run(command, cwd=ROOT, text=True, timeout=TIMEOUT_S, check=False, **pipes)


def has_gpu() -> bool:
    if not HAS_TORCH:
        return False
    import torch

    return bool(torch.cuda.is_available())


class SignalsTest(unittest.TestCase):
    def test_a_second_signal_does_not_cut_the_clean_up_of_the_first_one_short(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        stop_on_signals()
        with self.assertRaises(Stopped) as caught:
            os.kill(os.getpid(), signal.SIGTERM)
        self.assertEqual(caught.exception.code, 128 + signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)


@needs_torch
class EndsTest(unittest.TestCase):
    def assert_clean(self, worker: Worker, code: int, text: str = "") -> None:
        got, errors = worker.wait()
        self.assertEqual(got, code, errors)
        self.assertIn(text, errors)
        self.assertLessEqual(len(errors.strip().splitlines()), 1, errors)
        self.assertEqual(worker.left_behind(), [])

    def test_shutdown(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.call("shutdown")
            self.assert_clean(worker, 0)

    def test_client_closes_between_frames(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.socket.close()
            self.assert_clean(worker, 0)

    def test_client_dies_inside_a_frame(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.socket.sendall(struct.pack("<I", 100) + b'{"id": 1,')
            worker.socket.close()
            self.assert_clean(worker, 1, "inside a frame")

    def test_client_leaves_while_a_command_runs(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.send("run", seconds=600, workers=[{"worker": "w", "batch": 1}])
            worker.socket.close()
            self.assert_clean(worker, 0)

    def test_a_frame_above_the_limit(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.socket.sendall(struct.pack("<I", (16 << 20) + 1))
            answer = worker.receive()
            self.assertEqual((answer["id"], answer["error"]["code"]), (None, "frame-too-large"))
            with self.assertRaises(EOFError):
                worker.receive()
            self.assert_clean(worker, 1, "at most 16777216")

    def test_terminated(self) -> None:
        with Worker() as worker:
            worker.call("load", worker="w", **AFFINE)
            worker.process.send_signal(signal.SIGTERM)
            self.assert_clean(worker, 128 + signal.SIGTERM)

    def test_killed_names_its_shared_memory_so_that_the_client_can_remove_it(self) -> None:
        with Worker() as worker:
            answer = worker.call("load", worker="w", **AFFINE)
            worker.process.kill()
            with self.assertRaises((EOFError, ConnectionError)):
                worker.call("hello", protocol=PROTOCOL)
            worker.process.wait(TIMEOUT_S)
            left = [path for path in worker.left_behind() if path != worker.path]
            self.assertEqual([path.name for path in left], [answer["batches"][0]["slots"][0]["shm"]])
        self.assertEqual(worker.left_behind(), [])

    def test_the_parent_dies(self) -> None:
        # The parent keeps the connection in a third process, so that only its death can be the reason.
        script = (
            "import os, sys, time\n"
            "from eclip_torch.client import Worker\n"
            "worker = Worker()\n"
            "worker.call('load', worker='w', model='tests.tiny:affine', batches=[1])\n"
            "if os.fork() == 0:\n    time.sleep(30)\n    os._exit(0)\n"
            "print(worker.process.pid, flush=True)\n"
            "os._exit(0)\n"
        )
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE
        ) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            parent.wait(TIMEOUT_S)
            self.assertTrue(wait_until(lambda: not list(Path("/dev/shm").glob(f"eclip-{pid}-*"))), "shared memory left")
            self.assertTrue(wait_until(lambda: not is_running(pid)), "the worker lives on without its parent")

    @unittest.skipIf(has_gpu(), "this machine has a GPU")
    def test_a_missing_gpu_is_one_line(self) -> None:
        with Worker(device="cuda") as worker:
            with self.assertRaises((EOFError, ConnectionError)):
                worker.call("hello", protocol=PROTOCOL)
            self.assert_clean(worker, 1, "sees no GPU")

    def test_nobody_connects(self) -> None:
        path = Path("/tmp") / f"eclip-test-{os.getpid()}.sock"
        run = start("--socket", str(path), "--accept-timeout", "0.2")
        self.assertEqual((run.returncode, path.exists()), (1, False))
        self.assertIn("no client within 0.2 s", run.stderr)

    def test_options_that_make_no_sense_are_one_line(self) -> None:
        for option, value in (
            ("--accept-timeout", "-1"),
            ("--accept-timeout", "0"),
            ("--accept-timeout", "nan"),
            ("--accept-timeout", "inf"),
            ("--accept-timeout", "1e300"),
            ("--accept-timeout", "soon"),
            ("--tensor-limit", "-5"),
            ("--tensor-limit", "9" * 5000),
            ("--device", "abacus"),
        ):
            run = start("--socket", "/tmp/eclip-test-unused.sock", option, value)
            self.assertEqual((run.returncode, run.stdout, len(run.stderr.splitlines())), (2, "", 1), run.stderr)
            self.assertIn(option, run.stderr)
        self.assertFalse(Path("/tmp/eclip-test-unused.sock").exists())

    def test_a_full_stdout_is_one_line(self) -> None:
        path = Path("/tmp") / f"eclip-test-{os.getpid()}.sock"
        with Path("/dev/full").open("w") as full:
            run = start("--socket", str(path), stdout=full, stderr=subprocess.PIPE)
        self.assertEqual((run.returncode, path.exists()), (1, False))
        self.assertEqual(run.stderr, "eclip_torch: stdout: No space left on device\n")

    def test_a_full_stderr_changes_nothing_about_the_end(self) -> None:
        with Path("/dev/full").open("w") as full:
            run = start("--socket", "/no/such/folder/x.sock", stdout=subprocess.PIPE, stderr=full)
        self.assertEqual(run.returncode, 1)

    def test_a_socket_that_cannot_be_made_is_one_line(self) -> None:
        run = start("--socket", "/no/such/folder/x.sock")
        self.assertEqual((run.returncode, len(run.stderr.splitlines())), (1, 1), run.stderr)


def is_running(pid: int) -> bool:
    """False for a process that is gone or only waits to be collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
