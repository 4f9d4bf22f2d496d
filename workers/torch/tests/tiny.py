"""Small models for the tests, loaded as `tests.tiny:NAME`."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import torch


class Affine(torch.nn.Module):
    """y = 2x + 1: an output whose every value is known."""

    def forward(self, x: Any) -> Any:
        return x * 2 + 1


class Slow(torch.nn.Module):
    """Long enough that a second request arrives meanwhile."""

    def forward(self, x: Any) -> Any:
        time.sleep(0.3)
        return x + 1


class Several(torch.nn.Module):
    """Outputs nested in a tuple and a dict, one without a batch dimension."""

    def forward(self, x: Any) -> Any:
        return x + 1, {"sum": x.sum()}


class Failing(torch.nn.Module):
    """Fails on its first input."""

    def forward(self, x: Any) -> Any:
        raise ValueError("the model is broken\nand says so on two lines")


class Leaving(torch.nn.Module):
    """Ends the process, or so it thinks: on its first input, or on the one after `stay` others."""

    def __init__(self, stay: int) -> None:
        super().__init__()
        self.stay = stay

    def forward(self, x: Any) -> Any:
        self.stay -= 1
        if self.stay < 0:
            raise SystemExit(3)
        return x


class Gated(torch.nn.Module):
    """From its second input on waits until the test lets it pass."""

    first = True

    def forward(self, x: Any) -> Any:
        if not self.first:
            wait_at_gate()
        self.first = False
        return x


def wait_at_gate() -> None:
    """Says that it is here, by a file beside the gate, and waits until the gate is there."""
    gate = Path(os.environ["ECLIP_TEST_GATE"])
    gate.with_name("reached").touch()
    while not gate.exists():
        time.sleep(0.01)


class Starving(torch.nn.Module):
    """Runs out of memory on its first input."""

    def forward(self, x: Any) -> Any:
        raise MemoryError("out of memory: tried to allocate 1 PiB")


class Difference(torch.nn.Module):
    """Two inputs that must not be mixed up, and numbers as indices of ten weights."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = torch.nn.Parameter(torch.arange(10, dtype=torch.float32))

    def forward(self, plus: Any, ids: Any) -> Any:
        return plus - self.weights[ids]


class Pixels(torch.nn.Module):
    """The mean of an image, which it takes in channels-last order as well."""

    def forward(self, x: Any) -> Any:
        return x.mean(dim=(1, 2, 3))


def difference() -> Any:
    return Difference()


def difference_of_an_example() -> Any:
    return Difference(), (torch.zeros(1, 4), torch.tensor([[9, 8, 7, 6]]))


def scripted() -> Any:
    return torch.jit.trace(Affine(), torch.zeros(1, 4))


def pixels() -> Any:
    return Pixels()


def environment() -> Any:
    """A model that fails with the names and values of the variables that begin with PYTORCH or ECLIP_TEST."""
    names = [name for name in os.environ if name.startswith(("PYTORCH", "ECLIP_TEST"))]
    raise ValueError(" ".join(f"{name}={os.environ[name]}" for name in sorted(names)))


def last_words() -> Any:
    """Says more than a pipe holds, and ends the process."""
    os.write(2, b"a warning\n" * 20_000 + b"the last words\n\n")
    os._exit(7)


def returns_none() -> Any:
    return None


def returns_three() -> Any:
    return Affine(), (torch.zeros(1, 3),), "and a third thing"


def scalar() -> Any:
    return Affine(), (torch.tensor(1.0),)


def affine() -> Any:
    return Affine(), (torch.arange(4, dtype=torch.float32).reshape(1, 4),)


def slow() -> Any:
    return Slow(), (torch.zeros(1, 2),)


def several() -> Any:
    return Several(), (torch.zeros(1, 3),)


def failing() -> Any:
    return Failing(), (torch.zeros(1, 3),)


def leaving() -> Any:
    raise SystemExit("no such model here")


def leaving_at_first() -> Any:
    return Leaving(0), (torch.zeros(1, 3),)


def leaving_later() -> Any:
    return Leaving(1), (torch.zeros(1, 3),)


def gated() -> Any:
    return Gated(), (torch.zeros(1, 3),)


def gated_load() -> Any:
    wait_at_gate()
    return affine()


def starving() -> Any:
    return Starving(), (torch.zeros(1, 3),)


def wide() -> Any:
    return Affine(), (torch.zeros(1, 1 << 20),)


def weighted() -> tuple[Any, tuple[Any, ...]]:
    """Ten weights."""
    return torch.nn.Linear(4, 2), (torch.zeros(1, 4),)
