"""One co-located worker: its model, its runners by batch size, and the thread that serves it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .errors import WorkerError
from .models import Model
from .runner import Runner
from .shared import Slot

MOST_WAITING = 1024
"""The most requests that may wait for one worker, far more than it has slots."""


@dataclass
class BatchSize:
    """A runner and the slots in which its requests travel."""

    runner: Runner
    slots: list[Slot] = field(default_factory=list)
    levels: int = 1

    def as_json(self, batch: int) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "batch": batch,
            "mode": self.runner.mode,
            "kernels": self.runner.kernels,
            "otherNodes": self.runner.other_nodes,
            "slots": [slot.as_json() for slot in self.slots],
        }
        if self.runner.reason is not None:
            answer["reason"] = self.runner.reason
        return answer


class WorkerInstance:
    """Runs jobs one after another on the instance's own thread, except those of `run_here`: requests and plan swaps."""

    def __init__(self, name: str, model: Model, enter_thread: Callable[[], None], stream: int) -> None:
        self.name = name
        self.model = model
        self.stream = stream
        self.batches: dict[int, BatchSize] = {}
        self._enter_thread = enter_thread
        self._turn = threading.Lock()
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, name=f"worker-{name}", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Queues a job, which must handle its own failures. Raises WorkerError busy if too many are waiting."""
        if self._jobs.qsize() >= MOST_WAITING:
            raise WorkerError("busy", f"{self.name}: {MOST_WAITING} requests wait already")
        self._jobs.put(job)

    def run_here(self, job: Callable[[], None]) -> None:
        """Runs a job on the calling thread, which has entered the device, or queues it if another job runs or waits.

        Waking a second thread would take a good part of the time that a short model takes.
        """
        if self._jobs.unfinished_tasks > 0 or not self._turn.acquire(blocking=False):
            self.submit(job)
            return
        try:
            job()
        finally:
            self._turn.release()

    def call(self, job: Callable[[], None]) -> None:
        """Runs a job between two requests, waits for it, and raises its failure if there is one."""
        done = threading.Event()
        failure: list[BaseException] = []

        def run() -> None:
            try:
                job()
            except BaseException as error:
                failure.append(error)
            finally:
                done.set()

        self._jobs.put(run)
        done.wait()
        if failure:
            raise failure[0]

    def drain(self) -> None:
        """Waits until every job that is queued now has run."""
        self.call(lambda: None)

    def stop(self, timeout_s: float | None = None) -> None:
        self._jobs.put(None)
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        self._enter_thread()
        while (job := self._jobs.get()) is not None:
            with self._turn:
                job()
            self._jobs.task_done()
