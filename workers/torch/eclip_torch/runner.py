"""Serves one worker's requests at one batch size, on any device."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from .plan import KernelGroup

EAGER = "eager"
GRAPH = "graph"


@dataclass
class PlanFacts:
    """Facts about a prepared plan."""

    switches: int = 0
    partitions: int = 0


class PreparedPlan(Protocol):
    """A plan that is ready beside the one in force. `discard` returns what it took."""

    facts: PlanFacts

    def discard(self) -> None: ...


class Runner(Protocol):
    """A model at one batch size. Only one thread at a time may call `run` or `commit`."""

    mode: str
    reason: str | None
    kernels: int
    other_nodes: int
    inputs: list[Any]

    @property
    def outputs(self) -> list[Any]: ...

    def enter_thread(self) -> None:
        """Must be called once by every thread that will call `run`."""

    def run(self) -> None:
        """Runs one request from `inputs` to `outputs`, to its end."""

    def set_levels(self, levels: int) -> None:
        """Makes launches at `levels` priority levels possible, on the whole device. Called between requests."""

    def run_at(self, level: int) -> None:
        """Runs one request at a priority level that `set_levels` made possible; 0 is the lowest."""

    def start_at(self, level: int) -> None:
        """The same, but the request may run until the `copy_out` that must follow returns."""

    def launch(self, prepared: PreparedPlan) -> None:
        """Runs one request under a prepared plan that is not in force, to its end."""

    def time_ms(self, prepared: PreparedPlan, count: int) -> list[float]:
        """Latencies of `count` requests under a prepared plan, in ms."""

    def prepare(self, groups: Sequence[KernelGroup] | None, mode: str | None) -> PreparedPlan:
        """Makes a plan ready; None stands for the whole device. Raises WorkerError plan-mismatch."""

    def commit(self, prepared: PreparedPlan) -> None:
        """Puts the prepared plan in force and destroys the previous one."""

    def copy_in(self, sources: Sequence[Any], count: int) -> None:
        """Copies `count` rows of host tensors into `inputs`. The tensors must not change until the next `run` ends."""

    def copy_out(self, targets: Sequence[Any], count: int) -> None:
        """Copies the first `count` rows of `outputs` into host tensors."""

    def close(self) -> None: ...


def tensors_of(value: Any) -> list[Any]:
    """The tensors in a model's output, depth first through tuples, lists, dicts and model outputs."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for entry in value.values() for tensor in tensors_of(entry)]
    if isinstance(value, (list, tuple)):
        return [tensor for entry in value for tensor in tensors_of(entry)]
    return []


def copy_rows(targets: Sequence[Any], sources: Sequence[Any], count: int, batch: int) -> None:
    """Copies `count` rows if the first dimension is the batch, and otherwise the whole tensor.

    Between a GPU and the host, this returns before the copies end; they run in the order of the current stream.
    """
    for target, source in zip(targets, sources):
        if source.dim() > 0 and source.shape[0] == batch:
            target[:count].copy_(source[:count], non_blocking=True)
        else:
            target.copy_(source, non_blocking=True)


def host_times_ms(run: Callable[[], None], count: int) -> list[float]:
    """Latencies in ms by the host's clock, for work that ends before `run` returns."""
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        run()
        times.append((time.perf_counter() - begin) * 1e3)
    return times


class NoPlan:
    """The plan of a device without partitions."""

    def __init__(self) -> None:
        self.facts = PlanFacts()

    def discard(self) -> None:
        pass


class CpuRunner:
    """Runs a model eagerly on the CPU. Plans are accepted and change nothing."""

    mode = EAGER
    reason: str | None = "no graphs on a CPU"
    kernels = 0
    other_nodes = 0

    def __init__(self, module: Any, inputs: list[Any], batch: int) -> None:
        self._module = module
        self._batch = batch
        self.inputs = inputs
        self._outputs: list[Any] = []
        self.run()

    @property
    def outputs(self) -> list[Any]:
        return self._outputs

    def enter_thread(self) -> None:
        pass

    def run(self) -> None:
        with torch.no_grad():
            self._outputs = tensors_of(self._module(*self.inputs))

    def set_levels(self, levels: int) -> None:
        pass

    def run_at(self, level: int) -> None:
        self.run()

    def start_at(self, level: int) -> None:
        self.run()

    def launch(self, prepared: PreparedPlan) -> None:
        self.run()

    def time_ms(self, prepared: PreparedPlan, count: int) -> list[float]:
        return host_times_ms(self.run, count)

    def prepare(self, groups: Sequence[KernelGroup] | None, mode: str | None) -> NoPlan:
        return NoPlan()

    def commit(self, prepared: PreparedPlan) -> None:
        pass

    def copy_in(self, sources: Sequence[Any], count: int) -> None:
        copy_rows(self.inputs, sources, count, self._batch)

    def copy_out(self, targets: Sequence[Any], count: int) -> None:
        copy_rows(targets, self._outputs, count, self._batch)

    def close(self) -> None:
        self._outputs = []
