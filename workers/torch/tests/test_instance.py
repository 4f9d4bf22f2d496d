"""Jobs of one worker: one at a time, in order, and without a second thread where none is needed."""

from __future__ import annotations

import threading
import unittest
from typing import Any, cast

from .needs import needs_torch, wait_until


@needs_torch
class InstanceTest(unittest.TestCase):
    def setUp(self) -> None:
        from eclip_torch.instance import WorkerInstance

        self.instance = WorkerInstance("w", cast(Any, None), lambda: None, 0)
        self.addCleanup(self.instance.stop)
        self.ran: list[tuple[str, str]] = []

    def job(self, name: str) -> None:
        self.ran.append((name, threading.current_thread().name))

    def test_where_nothing_runs_or_waits_a_job_runs_on_the_calling_thread(self) -> None:
        self.instance.run_here(lambda: self.job("a"))
        self.assertEqual(self.ran, [("a", threading.current_thread().name)])

    def test_what_comes_while_another_runs_waits_for_it_in_order(self) -> None:
        gate = threading.Event()
        begun = threading.Event()

        def first() -> None:
            begun.set()
            gate.wait()
            self.job("first")

        self.instance.submit(first)
        begun.wait()
        for name in ("second", "third"):
            self.instance.run_here(lambda name=name: self.job(name))
        self.assertEqual(self.ran, [])
        gate.set()
        self.instance.drain()
        self.assertEqual(self.ran, [(name, "worker-w") for name in ("first", "second", "third")])

    def test_a_job_of_another_thread_waits_for_one_that_runs_here(self) -> None:
        other = threading.Thread(target=lambda: self.instance.call(lambda: self.job("swap")))

        def serve() -> None:
            other.start()
            self.assertTrue(wait_until(lambda: self.instance._jobs.unfinished_tasks > 0))
            self.job("request")

        self.instance.run_here(serve)
        other.join()
        self.assertEqual([name for name, _ in self.ran], ["request", "swap"])

    def test_a_job_that_waits_is_not_overtaken(self) -> None:
        # The thread that takes it from the queue has not begun it yet.
        with self.instance._turn:
            self.instance.submit(lambda: self.job("waiting"))
            self.assertTrue(wait_until(self.instance._jobs.empty))
        self.instance.run_here(lambda: self.job("later"))
        self.instance.drain()
        self.assertEqual([name for name, _ in self.ran], ["waiting", "later"])
