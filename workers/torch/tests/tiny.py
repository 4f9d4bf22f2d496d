"""Small models for the tests, loaded as `tests.tiny:NAME`."""

from __future__ import annotations

import time
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


class Starving(torch.nn.Module):
    """Runs out of memory on its first input."""

    def forward(self, x: Any) -> Any:
        raise MemoryError("out of memory: tried to allocate 1 PiB")


def affine() -> Any:
    return Affine(), (torch.arange(4, dtype=torch.float32).reshape(1, 4),)


def slow() -> Any:
    return Slow(), (torch.zeros(1, 2),)


def several() -> Any:
    return Several(), (torch.zeros(1, 3),)


def failing() -> Any:
    return Failing(), (torch.zeros(1, 3),)


def starving() -> Any:
    return Starving(), (torch.zeros(1, 3),)


def wide() -> Any:
    return Affine(), (torch.zeros(1, 1 << 20),)
