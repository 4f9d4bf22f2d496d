"""What serves one worker's requests at one batch size, whatever the device."""

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
    """What a prepared plan turned out to be."""

    switches: int = 0
    partitions: int = 0


class PreparedPlan(Protocol):
    """A plan that was made ready beside the one in force. `discard` gives back what it took."""

    facts: PlanFacts

    def discard(self) -> None: ...


class Runner(Protocol):
    """A model at one batch size. `run` is called by one thread at a time; so is `commit`."""

    mode: str
    reason: str | None
    kernels: int
    other_nodes: int
    inputs: list[Any]

    @property
    def outputs(self) -> list[Any]: ...

    def enter_thread(self) -> None:
        """Every thread that will call `run` calls this once before."""

    def run(self) -> None:
        """One request from `inputs` to `outputs`, to its end."""

    def set_levels(self, levels: int) -> None:
        """Makes launches at `levels` priority levels possible, on the whole device. Called between requests."""

    def run_at(self, level: int) -> None:
        """One request at a priority level, 0 the lowest, that `set_levels` made possible."""

    def start_at(self, level: int) -> None:
        """The same, but it may go on until the `copy_out` that has to follow returns."""

    def launch(self, prepared: PreparedPlan) -> None:
        """One request under a prepared plan that is not in force, to its end."""

    def time_ms(self, prepared: PreparedPlan, count: int) -> list[float]:
        """Latencies of `count` requests under a prepared plan."""

    def prepare(self, groups: Sequence[KernelGroup] | None, mode: str | None) -> PreparedPlan:
        """Makes a plan ready (None: the whole device). Raises WorkerError plan-mismatch."""

    def commit(self, prepared: PreparedPlan) -> None:
        """Puts the prepared plan in force and destroys the one before."""

    def copy_in(self, sources: Sequence[Any], count: int) -> None:
        """The first `count` rows of host tensors, unchanged until the next `run` ends, into `inputs`."""

    def copy_out(self, targets: Sequence[Any], count: int) -> None:
        """The first `count` rows of `outputs` into host tensors."""

    def close(self) -> None: ...


def tensors_of(value: Any) -> list[Any]:
    """The tensors of a model's output, depth first: tuples, lists, dicts and model outputs."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for entry in value.values() for tensor in tensors_of(entry)]
    if isinstance(value, (list, tuple)):
        return [tensor for entry in value for tensor in tensors_of(entry)]
    return []


def copy_rows(targets: Sequence[Any], sources: Sequence[Any], count: int, batch: int) -> None:
    """Copies row by row where the first dimension is the batch, and all of any other tensor.

    Between a GPU and the host this returns before the copies end; they are in the order of the current stream.
    """
    for target, source in zip(targets, sources):
        if source.dim() > 0 and source.shape[0] == batch:
            target[:count].copy_(source[:count], non_blocking=True)
        else:
            target.copy_(source, non_blocking=True)


def host_times_ms(run: Callable[[], None], count: int) -> list[float]:
    """Latencies by the host's clock, for work that ends before `run` returns."""
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
